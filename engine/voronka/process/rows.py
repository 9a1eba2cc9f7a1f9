"""Rows that hang on a record, as events change them: what a decision sees of its own doing."""

from __future__ import annotations

from collections.abc import Mapping

from voronka.calendars import EARLIEST
from voronka.process import events as happened
from voronka.process.events import Event
from voronka.process.evolve import held
from voronka.process.step import Row

__all__ = ["evolve_rows", "in_order", "shown_title"]

Rows = Mapping[str, Row]


def in_order(collection: str, rows: Rows) -> Rows:
    """Return rows that are in the order in which they were first put, in that of their collection.

    Contacts and orders are in the order of their times, orders of one moment in that of their numbers, a shorter one
    first: 9 before 10. What has no time comes first.
    """
    if collection == "interactions":
        return dict(sorted(rows.items(), key=_time))
    if collection == "orders":
        return dict(sorted(rows.items(), key=lambda row: (_time(row), len(row[0]), row[0])))
    return rows


def shown_title(texts: Mapping[str, str]) -> str:
    """Return what the `title` of a task reads as: its text without a language, else that of the first by name.

    It does not depend on the order of `texts`, which a stored event does not keep.
    """
    return texts.get("") or (texts[min(texts)] if texts else "")


def evolve_rows(rows: Mapping[str, Rows], event: Event, seq: int) -> Mapping[str, Rows]:
    """Return the rows of one record, by collection, after an event of its entry `seq`.

    Collections that `rows` does not hold were not loaded, and stay away. Rows are in the order of `in_order`.
    """
    match event:
        case happened.RowPut(collection=collection, key=key, values=values):
            return _put(rows, collection, key, {name: held(value) for name, value in values.items()})
        case happened.OrderImported(key=key, values=values):
            return _put(rows, "orders", key, {name: held(value) for name, value in values.items()})
        case happened.RowRemoved(collection=collection, key=key):
            if collection not in rows:
                return rows
            left = {name: row for name, row in rows[collection].items() if name != key}
            return {**rows, collection: left}
        case happened.InteractionLogged(n=n, at=at, values=values):
            row = {name: held(value) for name, value in values.items()}
            return _put(rows, "interactions", f"{seq}.{n}", {**row, "at": at})
        case happened.TaskOpened(n=n):
            task: Row = {
                "title": shown_title(event.title),
                "due": event.due,
                "assignee": event.assignee,
                "done": False,
                "done_at": None,
            }
            return _put(rows, "tasks", f"{seq}.{n}", task)
        case happened.TaskAssigned() | happened.TaskDone():
            return _changed(rows, "tasks", event.task, _of_task(event))
        case happened.StageEntered(stage=stage, visit=visit, at=at):
            entered: Row = {"stage": stage, "entered_at": at, "left_at": None, "number": visit}
            return _put(rows, "visits", str(visit), entered)
        case happened.StageLeft(visit=visit, at=at):
            return _changed(rows, "visits", str(visit), {"left_at": at})
    return rows


def _of_task(event: happened.TaskAssigned | happened.TaskDone) -> Row:
    """Return what an event changes of the row of its task."""
    if isinstance(event, happened.TaskAssigned):
        return {"assignee": event.assignee}
    return {"done": True, "done_at": event.at}


def _put(rows: Mapping[str, Rows], collection: str, key: str, row: Row) -> Mapping[str, Rows]:
    if collection not in rows:
        return rows
    return {**rows, collection: in_order(collection, {**rows[collection], key: row})}


def _changed(rows: Mapping[str, Rows], collection: str, key: str, changes: Row) -> Mapping[str, Rows]:
    if key not in rows.get(collection, ()):
        return rows
    return _put(rows, collection, key, {**rows[collection][key], **changes})


def _time(item: tuple[str, Row]) -> int:
    at = item[1].get("at")
    return at if isinstance(at, int) else EARLIEST
