"""What may be asked for of the mart, in plain JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voronka.errors import UsageFault
from voronka.mart.marts import Marts
from voronka.messages import Text
from voronka.runtime.client import Progress
from voronka.runtime.local import LocalClient, Work
from voronka.runtime.operations.operator import operator_of
from voronka.runtime.state import is_state
from voronka.runtime.viewer import viewer_of
from voronka.runtime.words import Json

if TYPE_CHECKING:
    from voronka.mart.mart import Mart

__all__ = ["mart_works"]


def mart_works(marts: Marts) -> Mapping[str, Work]:
    """Return the works on a mart by name; each is for whoever may change everybody's records."""

    def told(run: Callable[[LocalClient, Mapping[str, Any]], Json]) -> Work:
        def work(client: LocalClient, params: Mapping[str, Any], progress: Progress) -> Json:
            actor = operator_of(client, params)
            return run(client, {**params, "actor": actor})

        return work

    def refresh(client: LocalClient, params: Mapping[str, Any]) -> Json:
        return _told(marts.fresh(client.engine.workspace))

    def rebuild(client: LocalClient, params: Mapping[str, Any]) -> Json:
        return _told(marts.rebuild(client.engine.workspace))

    def status(client: LocalClient, params: Mapping[str, Any]) -> Json:
        state, changed = marts.status(client.engine.workspace)
        return {
            "built": state is not None,
            "refreshed_at": None if state is None else state.refreshed_at,
            "release": None if state is None else state.release,
            "changed": changed,
        }

    def write(client: LocalClient, params: Mapping[str, Any]) -> Json:
        from voronka.mart.export import FORMATS, export
        from voronka.mart.veil import veil_of

        form, folder = params.get("format", FORMATS[0]), Path(str(params.get("folder", "")))
        if form not in FORMATS:
            raise UsageFault(
                Text("{form} is no format of files of the mart.", form=str(form)),
                Text("Known are: {names}.", names=", ".join(FORMATS)),
            )
        if not folder.is_absolute() or is_state(folder / "file"):
            raise UsageFault(
                Text("The files cannot be written there."),
                Text("Give a folder outside the state folder of the workspace, by its whole path."),
                place=str(folder),
            )
        workspace = client.engine.workspace
        with client.engine.read() as reader:
            rights = viewer_of(reader, workspace, params["actor"], client.engine.clock.now()).rights
        with marts.in_duckdb(workspace) as mart, mart.connect() as connection:
            veil, replace = veil_of(workspace, rights, mart.schema), params.get("replace") is True
            return {
                "files": export(connection, mart.schema, veil, folder, str(form), replace=replace),
                "left_out": [
                    {"file": f"{each.view}.{form}", "columns": list(each.columns), "of": list(each.of)}
                    for each in veil.left_out(mart.schema)
                ],
            }

    works = {"mart.refresh": refresh, "mart.rebuild": rebuild, "mart.status": status, "mart.export": write}
    return {name: told(run) for name, run in works.items()}


def _told(mart: Mart) -> Json:
    from sqlalchemy import func, select

    with mart.connect() as connection:
        rows = {
            name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in mart.schema.tables.items()
        }
    return {"refreshed_at": mart.state.refreshed_at, "release": mart.state.release, "rows": rows}
