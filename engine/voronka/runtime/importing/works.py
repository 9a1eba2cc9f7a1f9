"""Importing as long works by name, for whoever owns the workspace: a command or the service that it asks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from voronka.errors import UsageFault
from voronka.messages import Text
from voronka.runtime.client import Progress
from voronka.runtime.commanding import actor_of
from voronka.runtime.importing.run import import_file
from voronka.runtime.importing.undo import undo_import
from voronka.runtime.local import LocalClient, Work
from voronka.runtime.viewer import check_everybodys, viewer_of
from voronka.runtime.words import Json

__all__ = ["import_works"]


def import_works(folder: Path) -> Mapping[str, Work]:
    """Return the works ``import`` and ``import.undo``; lists of refused rows go into `folder`."""

    def bring_in(client: LocalClient, params: Mapping[str, Any], progress: Progress) -> Json:
        """Import a file: parameters mapping, file (an absolute path), dry_run, actor, language (of the list
        of refused rows)."""
        actor = _actor(client, params)
        path = Path(_text(params, "file"))
        if not path.is_absolute():
            raise UsageFault(
                Text("The path is not absolute."),
                Text("Write it from the root: the service does not run where you stand."),
                place=str(path),
            )
        mapping = _text(params, "mapping")
        _check_in_force(client, mapping)
        return import_file(
            client.engine,
            mapping,
            path,
            actor=actor,
            dry_run=params.get("dry_run") is True,
            folder=folder,
            progress=progress,
            plugins=client.plugins.host,
            language=_text(params, "language") if params.get("language") is not None else None,
        ).to_json()

    return {"import": bring_in, "import.undo": _undo}


def _check_in_force(client: LocalClient, mapping: str) -> None:
    """Raise `UsageFault` if a mapping that is not known may be in the files that could not come into force."""
    workspace, fault = client.engine.workspace, client.kept_back
    if fault is not None and mapping not in workspace.imports and mapping not in workspace.row_imports:
        raise UsageFault(
            Text(
                "The import mapping {name} is not in force, for the changed files are not: {reason}",
                name=mapping,
                reason=fault.reason,
            ),
            fault.remedy,
            place=fault.place,
        )


def _undo(client: LocalClient, params: Mapping[str, Any], progress: Progress) -> Json:
    """Undo an import: parameters import (its id), actor."""
    if not client.attended:  # what a killed process has queued would only keep accounts and contacts
        client.run_queue()
    return undo_import(client.engine, _text(params, "import"), actor=_actor(client, params)).to_json()


def _actor(client: LocalClient, params: Mapping[str, Any]) -> str:
    """Return who imports; `Forbidden` unless they may change everybody's records, as a file may hold anybody's."""
    engine = client.engine
    actor = actor_of(engine.workspace, params)
    with engine.read() as reader:
        check_everybodys(viewer_of(reader, engine.workspace, actor, engine.clock.now()))
    return actor


def _text(params: Mapping[str, Any], name: str) -> str:
    value = params.get(name)
    if isinstance(value, str) and value and "\0" not in value:
        return value
    raise UsageFault(Text("{key} is not a text.", key=name), Text("Write a text that is not empty."), place=name)
