"""Guards: functions and row formats of plugins are never waited for long, and give nothing but what they declare."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import IO, Any

import pytest

from voronka.errors import PluginFault
from voronka.expressions.function import ExpressionFunction
from voronka.expressions.values import Kind
from voronka.hooks.functions import guarded
from voronka.hooks.importers import BrokenFormat, FormatOptions, Row, RowFault, RowFormat, guarded_format
from voronka.messages import Label, Sentence

OPTIONS = FormatOptions(encoding="utf-8", delimiter=",")
HEADER = Row(1, ["no", "opened"])


def function(call: Callable[..., Any], result: Kind = Kind.INTEGER) -> ExpressionFunction:
    return ExpressionFunction(name="erp.fee", parameters=(Kind.INTEGER,), result=result, call=call)


def raising(error: BaseException) -> Callable[..., Any]:
    def call(*_: object) -> Any:
        raise error

    return call


class MuteError(Exception):
    def __str__(self) -> str:
        raise ZeroDivisionError


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3), KeyboardInterrupt(), MuteError()])
def test_whatever_a_function_raises_makes_its_value_missing(error: BaseException) -> None:
    troubles: dict[str, Sentence] = {}
    assert guarded(function(raising(error)), troubles).call(1) is None
    assert type(error).__name__ in str(troubles["function erp.fee"])


@pytest.mark.parametrize("kind", [Kind.NUMBER, Kind.PERCENT])
@pytest.mark.parametrize(("given", "taken"), [(1, 1.0), (-(2**60), -(2.0**60)), (True, None), (10**400, None)])
def test_a_whole_number_is_a_number(kind: Kind, given: int, taken: float | None) -> None:
    found = guarded(function(lambda _: given, kind), {}).call(1)
    assert (found, type(found)) == (taken, type(taken))


def test_half_a_character_is_no_text() -> None:
    assert guarded(function(lambda _: "a\ud800", Kind.TEXT), {}).call(1) is None


def test_a_function_that_hangs_is_named_and_refused_afterwards(caplog: pytest.LogCaptureFixture) -> None:
    never, made = threading.Event(), []

    def hang(number: int) -> int:
        made.append(number)
        never.wait()
        return number

    troubles: dict[str, Sentence] = {}
    guard = guarded(function(hang), troubles, seconds=0.01)
    for number in (1, 2):
        with pytest.raises(PluginFault, match=r"erp.*erp\.fee does not give a value: no answer within 0\.01 s"):
            guard.call(number)
    never.set()
    assert made == [1]
    assert str(troubles["function erp.fee"]) == "no answer within 0.01 s"
    assert caplog.text.count("erp.fee is called no more") == 1


def read_all(rows: Callable[[], Iterator[Any]], troubles: dict[str, Sentence] | None = None) -> list[Row]:
    form = RowFormat(name="erp", label=Label.plain("It"), read=lambda file, options: rows())
    return list(guarded_format(form, {} if troubles is None else troubles).read(BytesIO(), OPTIONS))


def test_a_format_gives_its_rows_in_their_order() -> None:
    rows = [HEADER, *(Row(number, [str(number), "x"]) for number in range(2, 1_000))]
    assert read_all(lambda: iter(rows)) == rows


def test_rows_before_one_that_cannot_be_read_are_given_first() -> None:
    def rows() -> Iterator[Row]:
        yield HEADER
        raise KeyError("x")

    form = RowFormat(name="erp", label=Label.plain("It"), read=lambda file, options: rows())
    reading = guarded_format(form, {}).read(BytesIO(), OPTIONS)
    assert next(reading) == HEADER
    with pytest.raises(KeyError):
        next(reading)


@pytest.mark.parametrize(
    "row",
    [
        7,
        ("1", "x"),
        Row("x", ["1", "x"]),  # type: ignore[arg-type]  # what a plugin may give
        Row(True, ["1", "x"]),
        Row(0, ["1", "x"]),
        Row(-3, ["1", "x"]),
        Row(10**40, ["1", "x"]),
        Row(10**5000, ["1", "x"]),
        Row(2, None),  # type: ignore[arg-type]  # what a plugin may give
        Row(2, "1x"),
        Row(2, ["1", None]),  # type: ignore[list-item]  # what a plugin may give
        Row(2, ["1\ud800", "x"]),
        Row(2, ["1", "x"], "bad"),  # type: ignore[arg-type]  # what a plugin may give
    ],
)
def test_what_is_no_row_is_told_as_a_fault_of_the_format(row: object) -> None:
    with pytest.raises(BrokenFormat):
        read_all(lambda: iter([HEADER, row]))


def test_the_fault_of_a_row_is_told_in_words_that_can_be_shown() -> None:
    fault = RowFault("no\nluck\ud800", None, value=7)  # type: ignore[arg-type]  # what a plugin may give
    _, row = read_all(lambda: iter([HEADER, Row(2, [], fault)]))
    assert row.fault is not None
    assert (str(row.fault.reason), str(row.fault.remedy), row.fault.value) == ("no luck\ufffd", "", "7")


def test_a_format_that_hangs_is_named_and_refused_until_it_comes_back(caplog: pytest.LogCaptureFixture) -> None:
    go, back = threading.Event(), threading.Event()

    def read(file: IO[bytes], options: FormatOptions) -> Iterator[Row]:
        yield HEADER
        if not go.is_set():
            go.wait()
            back.set()

    troubles: dict[str, Sentence] = {}
    form = guarded_format(RowFormat(name="erp", label=Label.plain("It"), read=read), troubles, seconds=0.01)
    for told in ("no answer within 0.01 s", "has not come back"):
        with pytest.raises(BrokenFormat, match=told):
            list(form.read(BytesIO(), OPTIONS))
    assert str(troubles["format erp"]) == "no answer within 0.01 s"
    assert "The format erp has stopped" in caplog.text
    go.set()
    assert back.wait(5)
    while True:  # it has returned, and in a moment its thread has said so
        try:
            assert list(form.read(BytesIO(), OPTIONS)) == [HEADER]
        except BrokenFormat:
            continue
        break
    assert troubles == {}


def test_a_check_that_hangs_is_left_behind() -> None:
    never = threading.Event()
    form = RowFormat(
        name="erp",
        label=Label.plain("It"),
        read=lambda file, options: iter([]),
        check=lambda file: never.wait() and None,
    )
    check = guarded_format(form, {}, seconds=0.01).check
    assert check is not None
    with pytest.raises(BrokenFormat, match=r"no answer within 0\.01 s"):
        check(BytesIO())
    never.set()
