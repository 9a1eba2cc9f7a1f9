"""A scope and an environment to try expressions on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from voronka.calendars import TimeSpan, WorkingCalendar, parse_datetime
from voronka.expressions import Env, Expression, Kind, Name, Problem, Scope, Type, compile_expression

NINE_TO_SIX = (TimeSpan(9 * 60, 18 * 60),)
CALENDAR = WorkingCalendar(
    name="office",
    week=(NINE_TO_SIX,) * 5 + ((), ()),
    off=frozenset({date(2026, 2, 23), date(2026, 3, 9)}),
)
ZONE = "Europe/Moscow"
NOW = parse_datetime("2026-02-25 10:00", ZONE)


def name(kind: Kind, *options: str, **more: Any) -> Name:
    return Name(Type(kind, options), **more)


NAMES = {
    "amount": name(Kind.MONEY),
    "budget": name(Kind.MONEY),
    "discount": name(Kind.PERCENT),
    "percent_done": name(Kind.INTEGER, least=0, most=100),
    "only": name(Kind.CHOICE, "one"),
    "score": name(Kind.NUMBER),
    "count_of_sites": name(Kind.INTEGER),
    "comment": name(Kind.TEXT),
    "stage": name(Kind.CHOICE, "needs", "proposal", "won", "lost", present=True),
    "loss_reason": name(Kind.CHOICE, "price", "timing", "no_answer"),
    "topics": name(Kind.CHOICES, "price", "service", "delivery"),
    "replied": name(Kind.BOOL, present=True),
    "vip": name(Kind.BOOL),
    "deadline": name(Kind.DATE),
    "created_at": name(Kind.DATETIME, present=True),
    "last_interaction_at": name(Kind.DATETIME),
    "lead_time": name(Kind.DURATION),
    "owner": Name(Type(Kind.REFERENCE, ("anna", "petr"), "user")),
    "buyer": Name(Type(Kind.REFERENCE, reference="contact")),
    "account": Name(Type(Kind.REFERENCE, reference="account")),
    "account.turnover": name(Kind.MONEY),
    "contact.email": name(Kind.TEXT, pii=True),
    "fee": name(Kind.MONEY, formula="amount * 10%"),
    "big": name(Kind.BOOL, formula="amount >= 100000"),
    "tenth": name(Kind.NUMBER, formula="amount * 10%"),
    "rest": name(Kind.NUMBER, formula="budget - amount * 10%"),
    "rate": name(Kind.MISSING, formula="10%"),
    "limit": name(Kind.MISSING, formula="1000.30"),
    "left": name(Kind.NUMBER, formula="right + 1"),
    "right": name(Kind.NUMBER, formula="left + 1"),
    "broken": name(Kind.NUMBER, formula="amuont + 1"),
}
COLLECTIONS = {
    "orders": {
        "number": name(Kind.TEXT),
        "at": name(Kind.DATETIME),
        "amount": name(Kind.MONEY),
        "paid": name(Kind.MONEY),
        "open": name(Kind.BOOL),
        "due": name(Kind.MONEY, formula="amount - paid"),
    },
    "components": {
        "component": name(Kind.CHOICE, "service", "delivery", "training"),
        "confirmed": name(Kind.BOOL),
        "share": name(Kind.PERCENT),
        "weight": name(Kind.NUMBER),
        "units": name(Kind.INTEGER),
        "note": name(Kind.TEXT, pii=True),
    },
    "interactions": {
        "at": name(Kind.DATETIME),
        "contact": Name(Type(Kind.REFERENCE, reference="contact")),
        "direction": name(Kind.CHOICE, "in", "out"),
        "outcome": name(Kind.TEXT),
    },
    "people": {"person": Name(Type(Kind.REFERENCE, reference="contact")), "role": name(Kind.TEXT)},
}
SCOPE = Scope(names=NAMES, collections=COLLECTIONS, stages=frozenset({"needs", "proposal", "won", "lost"}))


def env(
    rows: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    previous: Mapping[str, Any] | None = None,
    visits: Mapping[str, int] | None = None,
    zone: str = ZONE,
    now: int = NOW,
    **values: Any,
) -> Env:
    """Return an environment; two underscores in a name stand for a dot."""
    return Env(
        values={key.replace("__", "."): value for key, value in values.items()},
        rows=rows or {},
        previous=previous,
        visits=visits or {},
        now=now,
        zone=zone,
        calendar=CALENDAR,
    )


def good(text: str, expect: Type | Kind | None = None, scope: Scope = SCOPE) -> Expression:
    outcome = compile_expression(text, scope, expect=expect)
    assert isinstance(outcome, Expression), [(p.code, str(p.reason)) for p in outcome]
    return outcome


def bad(text: str, expect: Type | Kind | None = None, scope: Scope = SCOPE) -> tuple[Problem, ...]:
    outcome = compile_expression(text, scope, expect=expect)
    assert not isinstance(outcome, Expression), text
    return outcome


def value(text: str, environment: Env | None = None, expect: Type | Kind | None = None) -> object:
    return good(text, expect).evaluate(env() if environment is None else environment)


def at(text: str) -> int:
    return parse_datetime(text, ZONE)
