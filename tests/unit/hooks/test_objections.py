"""The check of a plugin is foreign code: it has a limit of time, and what it gives is looked at."""

from __future__ import annotations

from itertools import repeat
from threading import Event

import pytest

from voronka.hooks.checks import CheckCall, FailedCheck, Objection, objections
from voronka.messages import Text

CALL = CheckCall(values={}, settings={}, allowed_hosts=frozenset())
WRONG = Objection(path=("tray",), reason=Text("It is wrong."), remedy=Text("Mend it."))


def test_a_check_that_hangs_is_given_up_after_its_time():
    ever = Event()

    def hangs(call):
        ever.wait()
        yield WRONG

    try:
        with pytest.raises(FailedCheck, match="no answer within 0 s"):
            objections(hangs, CALL, seconds=0)
    finally:
        ever.set()


def test_a_check_that_hangs_after_an_objection_tells_nothing():
    ever = Event()

    def hangs(call):
        yield WRONG
        ever.wait()

    try:
        with pytest.raises(FailedCheck, match="no answer"):
            objections(hangs, CALL, seconds=0)
    finally:
        ever.set()


def test_a_check_that_never_stops_objecting_is_cut_short():
    assert objections(lambda call: repeat(WRONG), CALL) == (WRONG,) * 100
