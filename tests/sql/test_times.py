"""Dates and moments in every zone: what a database makes of them is what the calendars make of them."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest
from sqlalchemy import BigInteger, Column, Engine, Integer, MetaData, Table, Text, insert, select

from tests.sql.conftest import BACKENDS
from voronka.calendars import DAY, EARLIEST, LATEST, TimeSpan, WorkingCalendar, parse_datetime
from voronka.expressions import Env, Expression, Kind, Name, Scope, Type, compile_expression
from voronka.sql.bindings import Bindings
from voronka.sql.columns import TypedColumns
from voronka.sql.compiler import compile_sql

ZONES = ["Europe/Moscow", "America/New_York", "Pacific/Apia", "Asia/Gaza"]
NOW = parse_datetime("2026-02-25 10:00", "UTC")
LATER = [parse_datetime(at, "UTC") for at in ("2026-03-08 12:00", "2026-11-02 03:30", "2031-01-01 00:00")]
SCOPE = Scope({"at": Name(Type(Kind.DATETIME)), "day": Name(Type(Kind.DATE))})
TEXTS = [
    "start_of_week(at)",
    "at + days(1)",
    "at - weeks(3)",
    "at + months(1)",
    "at - months(14)",
    "at + hours(30)",
    "at - minutes(90)",
    "day + days(1)",
    "day - weeks(2)",
    "day + months(1)",
    "day - months(13)",
    "day - hours(5)",
    "weekday(day)",
    "start_of_quarter(day)",
    "days_since(at)",
    "workdays_since(at)",
    "workdays_since(day)",
    "days_since(at) >= 5",
    "days_since(at) == 0",
    "workdays_since(day) != 2",
    "workdays_since(at) < 3",
    "workdays_since(day) > -4",
    'at <= "2026-03-08"',
    'at == "2026-03-08"',
    'day != "2026-03-08"',
    "at < now - working_days(2)",
    "day == today",
    "at >= start_of_month(today)",
    "days_since(at) - workdays_since(day) > days_since(day)",
]
EXPRESSIONS = [compile_expression(text, SCOPE, expect=None) for text in TEXTS]
CALENDAR = WorkingCalendar(
    name="RU", week=((TimeSpan(540, 1080),),) * 5 + ((), ()), country="RU", off=frozenset({date(2026, 3, 5)})
)
TABLE = Table("times", MetaData(), Column("n", Integer), Column("c_at", BigInteger), Column("c_day", Text))


def near(zone: str) -> list[int]:
    """Return moments around changes of clocks, over the present, and over all of time."""
    random = Random(zone)
    changes = ["2011-12-30", "2011-10-29", "2026-03-08", "2026-11-01", "2007-11-04", "2092-03-09", "3500-11-01"]
    known = [parse_datetime(day, zone) for day in changes]
    return [
        *(at + random.randrange(-2 * DAY, 2 * DAY) for at in known for _ in range(4)),
        *(NOW + random.randrange(-40 * DAY, 40 * DAY) for _ in range(20)),
        *(random.randrange(EARLIEST + 4000 * DAY, LATEST - 4000 * DAY) for _ in range(20)),
    ]


@pytest.mark.parametrize("zone", ZONES)
def test_every_database_counts_time_as_the_calendars_do(engines: dict[str, Engine], zone: str) -> None:
    random = Random(1)
    env = Env(values={}, now=NOW, zone=zone, calendar=CALENDAR)
    moments = near(zone)
    days = [date.fromordinal(int(at // DAY) + date(1970, 1, 1).toordinal()).isoformat() for at in moments]
    random.shuffle(days)
    rows = [{"n": n, "c_at": at, "c_day": day} for n, (at, day) in enumerate(zip(moments, days, strict=True))]
    wanted: dict[tuple[str, int], list[object]] = {}
    for name, engine in engines.items():
        columns = TypedColumns(names={"at": TABLE.c.c_at, "day": TABLE.c.c_day})
        with engine.begin() as connection:
            TABLE.drop(connection, checkfirst=True)
            TABLE.create(connection)
            connection.execute(insert(TABLE), rows)
            for place, expression in enumerate(EXPRESSIONS):
                assert isinstance(expression, Expression), expression
                bindings = Bindings()
                sql = compile_sql(expression.node, columns, BACKENDS[name](), env, bindings)
                query = select(TABLE.c.n, sql.label("found")).order_by(TABLE.c.n)
                # What does not ask for the time is the same at every time; what does meets each one in some zone.
                later = LATER[(place + ZONES.index(zone)) % len(LATER)]
                for now in (NOW, later) if expression.reads.clock else (NOW,):
                    bound = bindings.at(Env(values={}, now=now, zone=zone, calendar=CALENDAR))
                    if bound is None:  # another form is asked for, as where the clock runs back over midnight
                        assert now != NOW
                        continue
                    if (expression.text, now) not in wanted:
                        wanted[expression.text, now] = [value(expression, row, now, zone) for row in rows]
                    found = [one for _, one in connection.execute(query, bound).all()]
                    assert found == wanted[expression.text, now], (name, expression.text, now)


def value(expression: Expression, row: dict[str, object], now: int, zone: str) -> object:
    """Return what the expression gives in Python."""
    values = {"at": row["c_at"], "day": row["c_day"]}
    return expression.evaluate(Env(values=values, now=now, zone=zone, calendar=CALENDAR))
