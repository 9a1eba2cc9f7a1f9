"""The text that the chain covers is the canonical text of the JSON form, whoever writes it."""

from __future__ import annotations

from dataclasses import MISSING, fields

import pytest

from voronka.process import events
from voronka.process.codec import canonical, encode
from voronka.process.commands import Chain, Sealed
from voronka.process.events import DealCreated, EffectRequested, Event, FieldsChanged, TaskOpened, TimerEnded
from voronka.process.state import Stream, StreamKind, Timer, TimerKey, VaultRef
from voronka.process.step import Judgement, Link
from voronka.process.texts import text_of, texts_of

KEY = TimerKey(1, "позвонить", 2, "", 3)
SUBJECT = bytes(range(16))
JUDGED = Judgement(name="a.b", text='x > "1"', result=None, values={"x": 1.5, "b": True, "a": VaultRef(SUBJECT, "r")})
VALUES = [
    TimerEnded(key=KEY, result="fired", at=1, due=-5, offset="1 day", anchor=0),
    TimerEnded(
        key=KEY,
        result="x",
        at=1,
        due=2,
        offset="",
        anchor=0,
        reason='"\n',
        armed=False,
        through=9,
        counts=True,
        over=True,
    ),
    TaskOpened(n=1, title={"ru": "Да", "en": "Yes"}, assignee=None, at=1),
    TaskOpened(n=1, title={"": "é\u2028"}, assignee="anna", at=1, due=2, day="2026-01-01"),
    EffectRequested(n=1, channel="c", recipient="", template="t", at=1, locale="ru", timed={"n": 1, "a": "b"}),
    DealCreated(
        id=SUBJECT,
        number=1,
        funnel="f",
        case=None,
        at=2**53 + 1,
        account=SUBJECT,
        fields={"z": ("b", "a"), "b": Sealed(SUBJECT, "r", "00"), "a": None},
        keys=(("crm", "1"),),
    ),
    FieldsChanged(new={"b": True, "a": 1e30}, old={"b": VaultRef(SUBJECT, "r")}, at=1),
    events.CommandQueued(n=1, target="deal:00", command={"z": [1, {"y": None, "x": 2}]}, chain=Chain("o", 1, ("a",))),
    Link(by="anna", first=0),
    Link(by="anna", first=3, judgements=(JUDGED, JUDGED)),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_written_straight_as_through_the_json_form(value):
    assert text_of(value) == canonical(encode(value))


def test_lists_of_them():
    assert texts_of(VALUES) == canonical([encode(value) for value in VALUES])
    assert texts_of(()) == "[]"


KINDS = [kind for name in events.__all__ if isinstance(kind := getattr(events, name), type) and kind is not Event]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
def test_every_kind_of_event_can_be_written(kind):
    samples = {"int": 7, "str": "ё", "bool": True, "bytes": SUBJECT, "TimerKey": KEY, "Chain": Chain("o")}
    given = {}
    for part in fields(kind):
        if part.default is MISSING and part.default_factory is MISSING:
            hint = str(part.type)
            stream = Stream(StreamKind.DEAL, SUBJECT)
            empty = () if hint.startswith("tuple") else {}
            timer = Timer(KEY, 1, 2, "1 day", 2, 1)
            more = {"Timer": timer, "Stream": stream, "str | None": None}
            given[part.name] = {**samples, **more}.get(hint, empty)
    event = kind(**given)
    assert text_of(event) == canonical(encode(event))
