"""From the events of the workspace's own history to its state: releases, outside users, imports, absences."""

from __future__ import annotations

from voronka.process import events as happened
from voronka.process.events import Event
from voronka.process.state import ImportedState, WorkspaceState

__all__ = ["evolve_workspace"]


def evolve_workspace(state: WorkspaceState, event: Event) -> WorkspaceState:
    """Return the state of the workspace after one event of its next entry."""
    users, imports, release, absences = state.users, state.imports, state.release, state.absences
    match event:
        case happened.ReleaseActivated():
            release = event.release
        case happened.UserAdded():
            users = {**users, event.name: event.label}
        case happened.ImportStarted():
            imports = {**imports, event.import_id: ImportedState(event.mapping, event.at)}
        case happened.ImportFinished():
            imports = {**imports, event.import_id: imports[event.import_id]._replace(finished_at=event.at)}
        case happened.ImportUndone():
            imports = {**imports, event.import_id: imports[event.import_id]._replace(undone_at=event.at)}
        case happened.AbsencesChanged():
            absences = {**absences, event.user: event.absences}
    return WorkspaceState(seq=state.seq, release=release, users=users, imports=imports, absences=absences)
