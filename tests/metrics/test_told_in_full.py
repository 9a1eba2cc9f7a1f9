"""What a report has worked out is told: every number of its answer stands in its document, or is known not to."""

from __future__ import annotations

import importlib
from contextlib import closing
from datetime import date
from random import Random

import pytest

from voronka.bootstrap import init_workspace, open_workspace
from voronka.calendars import day_start
from voronka.metrics.reports.asking import About
from voronka.simulation.clock import VirtualClock
from voronka.simulation.year import live

# What stands in JSON alone: another number or the sentences tell it, or it is how another was found.
IN_JSON = {
    "funnel": {"won", "open", "lost", "stages.visits", "stages.finished", "stages.half_days", "stages.seen_days"},
    "bottleneck": {"dropped", "stages.value"},
    "managers": {
        "arrivals", "interval", "overall", "fewer", "within",
        "managers.against", "managers.p", "managers.mix_p", "managers.expected", "managers.effort", "managers.cheque.n",
        "managers.cheque.median", "managers.standard.interval", "managers.standard.covered", "silent.p", "silent.peers",
    },
    "hygiene": {"dropped", "deals.due", "deals.good", "fields.part", "fields.whole"},
    "forecast": {
        "least", "backtest.accuracy.n", "backtest.accuracy.wape",
        "backtest.months.forecast.deviation", "backtest.months.forecast.unit", "backtest.months.within",
        "calibration.interval", "calibration.p", "calibration.rate", "calibration.said",
        "months.survival.deviation", "months.survival.unit", "months.weighted.deviation", "months.weighted.unit",
        "outside.survival.later", "outside.weighted.later", "outside.survival.unvalued",
        "outside.survival.untold_amount", "outside.weighted.untold_amount", "stages.probability",
    },
    "winloss": {
        "compared", "counts", "interval", "least", "proven", "signs.difference", "signs.other_interval",
        "signs.of.having.successes", "signs.of.lacking.successes", "signs.of.value",
    },
    "contacts": {
        "in_a_row", "interval", "share", "tried", "whole", "differ.exact", "differ.freedom", "differ.statistic",
        "worn.interval", "worn.value",  # told where it is proven
    },
}  # fmt: skip


class Told(dict):
    """An answer that notes what is read of it."""

    def __init__(self, given, path, read, held):
        super().__init__()
        self._path, self._read = path, read
        for key, value in given.items():
            held[self._at(key)] = value
            dict.__setitem__(self, key, self._within(value, self._at(key), held))

    def _within(self, value, path, held):
        if isinstance(value, dict):
            return Told(value, path, self._read, held)
        return [self._within(each, path, held) for each in value] if isinstance(value, list) else value

    def _at(self, key):
        return f"{self._path}.{key}".lstrip(".")

    def __getitem__(self, key):
        self._read.add(self._at(key))
        return super().__getitem__(key)

    def get(self, key, default=None):
        self._read.add(self._at(key))
        return super().get(key, default)

    def items(self):
        self._read.update(map(self._at, self))
        return super().items()


@pytest.fixture(scope="module")
def season(tmp_path_factory):
    root = tmp_path_factory.mktemp("season") / "season"
    init_workspace(root)
    clock = VirtualClock(day_start(date(2025, 1, 9), "Europe/Moscow"))
    with closing(open_workspace(root, clock=clock, random=Random(1).randbytes, durable=False)) as client:
        live(client.engine, clock, seed=1, days=150, deals=100)
        yield client


def numbers(value):
    """Whether there is a number in a value, however deep."""
    if isinstance(value, dict):
        return any(map(numbers, value.values()))
    if isinstance(value, list):
        return any(map(numbers, value))
    return isinstance(value, (int, float)) and not isinstance(value, bool)


@pytest.mark.parametrize("report", sorted(IN_JSON))
def test_no_number_of_an_answer_is_left_out_of_the_report_by_oversight(season, report):
    read, held = set(), {}
    answer = Told(season.query(f"report.{report}", {"funnel": "react"}), "", read, held)
    make = getattr(importlib.import_module(f"voronka.metrics.reports.{report}"), f"{report}_document")
    make(answer, About(workspace=season.engine.workspace, now=season.engine.clock.now()))
    about = {"from", "to", "versions", "fresh_at"}
    unread = {path for path, value in held.items() if path not in read and path not in about and numbers(value)}
    top = {path for path in unread if path.rpartition(".")[0] in ("", *read)}
    assert top - IN_JSON[report] == set()
