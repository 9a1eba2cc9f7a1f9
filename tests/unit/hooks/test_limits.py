"""Limits: foreign code that hangs is left behind, and not called again before it has come back."""

from __future__ import annotations

import threading

import pytest

from voronka.hooks.limits import Calls, NoAnswer, StillAway, call_within
from voronka.hooks.phrases import EndedCallError, error_phrase


def test_a_call_gives_what_it_returns_and_raises_what_it_raises() -> None:
    assert call_within(5, lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        call_within(5, lambda: 1 / 0)


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit()])
def test_what_ends_a_program_ends_the_call_alone(error: BaseException) -> None:
    def call() -> None:
        raise error

    with pytest.raises(EndedCallError) as raised:
        call_within(5, call)
    assert error_phrase(raised.value) == error_phrase(error)  # no class of the engine's own is told


def test_calls_one_after_the_other_share_a_thread() -> None:
    threads = {call_within(5, threading.get_ident) for _ in range(50)}
    assert len(threads) < 5


def test_a_call_that_hangs_keeps_no_thread_from_the_next() -> None:
    never = threading.Event()
    with pytest.raises(NoAnswer):
        call_within(0.01, never.wait)
    assert call_within(5, lambda: 7) == 7
    never.set()


def test_no_call_is_made_before_the_one_left_behind_has_come_back() -> None:
    calls, go, made = Calls(), threading.Event(), []
    back = threading.Event()

    def hang() -> None:
        go.wait()
        back.set()

    with pytest.raises(NoAnswer):
        calls.within(0.01, hang)
    with pytest.raises(StillAway):
        calls.within(5, lambda: made.append(1))
    assert made == []
    go.set()
    assert back.wait(5)
    while True:  # it has returned, and in a moment its thread has said so
        try:
            assert calls.within(5, lambda: 7) == 7
        except StillAway:
            continue
        break
