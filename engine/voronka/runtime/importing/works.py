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
from voronka.runtime.words import Json

__all__ = ["import_works"]


def import_works(folder: Path) -> Mapping[str, Work]:
    """Return the works ``import`` and ``import.undo``; lists of refused rows go into `folder`."""

    def bring_in(client: LocalClient, params: Mapping[str, Any], progress: Progress) -> Json:
        """Import a file: parameters mapping, file (an absolute path), dry_run, actor."""
        path = Path(_text(params, "file"))
        if not path.is_absolute():
            raise UsageFault(
                Text("The path is not absolute."),
                Text("Write it from the root: the service does not run where you stand."),
                place=str(path),
            )
        return import_file(
            client.engine,
            _text(params, "mapping"),
            path,
            actor=actor_of(client.engine.workspace, params),
            dry_run=params.get("dry_run") is True,
            folder=folder,
            progress=progress,
            plugins=client.plugins.host,
        ).to_json()

    return {"import": bring_in, "import.undo": _undo}


def _undo(client: LocalClient, params: Mapping[str, Any], progress: Progress) -> Json:
    """Undo an import: parameters import (its id), actor."""
    return undo_import(
        client.engine, _text(params, "import"), actor=actor_of(client.engine.workspace, params)
    ).to_json()


def _text(params: Mapping[str, Any], name: str) -> str:
    value = params.get(name)
    if isinstance(value, str) and value and "\0" not in value:
        return value
    raise UsageFault(Text("{key} is not a text.", key=name), Text("Write a text that is not empty."), place=name)
