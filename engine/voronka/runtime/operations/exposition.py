"""What can be watched of a running workspace, in the text format of Prometheus.

Labels name channels, actions, results and the release: what the configuration declares, never a deal or a person.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

from sqlalchemy import Column, ColumnElement, func, select, text

from voronka import __version__
from voronka.runtime import measures
from voronka.runtime.engine import Engine
from voronka.storage import BACKUP, HELD, Reader
from voronka.storage.tables import outbox, timers

__all__ = ["CONTENT_TYPE", "Exposition"]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# What has ended is found by a look through the whole outbox: no oftener than this, in seconds.
_AGAIN = 60.0
_ENDS: Mapping[str, str] = {
    "dead": "Messages and actions that were given up.",
    "unknown": "Messages and actions of which nobody knows whether they left.",
}
_Number = float | int


class Exposition:
    """Writes what is counted in this process and what the database says now."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._ended: Mapping[str, int] = {}
        self._ended_at: float | None = None

    def write(self) -> str:
        """Return the page. Raises `EnvironmentFault` if the database is away."""
        return "".join([*self._stored(), *_counted()])

    def _stored(self) -> Iterator[str]:
        engine, now = self._engine, self._engine.clock.now()
        info = {"version": __version__, "release": engine.workspace.release}
        yield _gauge("voronka_info", "The version that runs and the release in force, as its hash.", 1, info)
        with engine.read() as reader:
            late = (timers.c.state == text("'waiting'")) & (timers.c.due_at <= now)
            count, oldest = _amount(reader, timers.c.due_at, late)
            yield _gauge("voronka_timers_overdue", "Timers that are due and have not ended.", count)
            yield _gauge("voronka_timers_overdue_oldest_seconds", "How late the latest is.", _age(now, oldest))
            waits = outbox.c.status == text("'pending'")
            count, oldest = _amount(reader, outbox.c.at, waits)
            yield _gauge("voronka_outbox_waiting", "Messages and actions that have not left.", count)
            yield _gauge("voronka_outbox_oldest_seconds", "How long the oldest of them has waited.", _age(now, oldest))
            for status, told in _ENDS.items():
                yield _gauge(f"voronka_outbox_{status}", told, self._ends(reader).get(status, 0))
            yield _gauge("voronka_queue_waiting", "Queued commands that wait.", reader.queue_length())
            yield _gauge(
                "voronka_effects_held", "1 while messages and actions are held back.", bool(reader.counter(HELD))
            )
            yield _gauge(
                "voronka_beat_age_seconds", "How long ago the last beat was.", _age(now, reader.counter("beat"))
            )
            if (backup := reader.counter(BACKUP)) is not None:
                yield _gauge("voronka_backup_age_seconds", "How long ago the last backup was made.", _age(now, backup))

    def _ends(self, reader: Reader) -> Mapping[str, int]:
        moment = time.monotonic()
        if self._ended_at is None or moment - self._ended_at >= _AGAIN:
            query = select(outbox.c.status, func.count().label("rows")).group_by(outbox.c.status)
            ended = outbox.c.status.in_(list(_ENDS))
            self._ended = {row.status: row.rows for row in reader.execute(query.where(ended))}
            self._ended_at = moment
        return self._ended


def _amount(reader: Reader, moment: Column[int], which: ColumnElement[bool]) -> tuple[int, int | None]:
    """Return how many rows there are, and the first of their moments."""
    row = reader.execute(select(func.count().label("rows"), func.min(moment).label("first")).where(which)).one()
    return row.rows, row.first


def _counted() -> Iterator[str]:
    yield _counter("voronka_effects_total", "Attempts at messages and actions.", measures.EFFECTS, "channel", "result")
    yield _counter("voronka_replays_total", "Requests answered as before under their key.", measures.REPLAYS)
    yield _counter("voronka_lease_losses_total", "Effects whose lease was lost on the way.", measures.LEASE_LOSSES)
    yield _histogram("voronka_timer_lateness_seconds", "How late timers ended.", measures.LATENESS)


def _age(now: int, moment: int | None) -> float:
    return 0.0 if moment is None else max(now - moment, 0) / 1_000_000


def _gauge(name: str, told: str, value: _Number, labels: Mapping[str, str] | None = None) -> str:
    return _head(name, told, "gauge") + _sample(name, value, labels or {})


def _counter(name: str, told: str, count: measures.Count, *labels: str) -> str:
    found = count.read() if labels else {(): 0} | dict(count.read())
    samples = (_sample(name, number, dict(zip(labels, key, strict=True))) for key, number in sorted(found.items()))
    return _head(name, told, "counter") + "".join(samples)


def _histogram(name: str, told: str, histogram: measures.Histogram) -> str:
    counts, total = histogram.read()
    lines, below = [_head(name, told, "histogram")], 0
    for bound, number in zip((*map(str, histogram.bounds), "+Inf"), counts, strict=True):
        below += number
        lines.append(_sample(f"{name}_bucket", below, {"le": bound}))
    return "".join([*lines, _sample(f"{name}_sum", total, {}), _sample(f"{name}_count", below, {})])


def _head(name: str, told: str, kind: str) -> str:
    return f"# HELP {name} {told}\n# TYPE {name} {kind}\n"


def _sample(name: str, value: _Number, labels: Mapping[str, str]) -> str:
    told = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
    return f"{name}{{{told}}} {_number(value)}\n" if told else f"{name} {_number(value)}\n"


def _number(value: _Number) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
