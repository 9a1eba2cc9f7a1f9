"""Conversions, funnels, stays and survival over random lives, beside the same counted one by one in Python."""

from __future__ import annotations

import os
from bisect import bisect_right
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.metrics.kpi.lives import DAY, FIRST, MINUTE, STAGES, Life, lives, rows_of
from tests.metrics.kpi.workspaces import Mart, ask, at, formula, kpi, measure, ratio
from voronka.calendars import Duration
from voronka.definition.kpis import Grain, Version
from voronka.definition.kpis.methods import (
    Basis,
    Conversion,
    Cumulative,
    Derived,
    Entity,
    FunnelMode,
    FunnelSteps,
    Mark,
    OpenVisits,
    Stat,
    Survival,
    TimeInStage,
    Used,
)
from voronka.expressions import Kind, Type
from voronka.metrics.kpi import compute
from voronka.metrics.statistics import survival

DEEP = bool(os.environ.get("VORONKA_DEEP"))
NOW = at("2026-06-15 12:00")
MOSCOW = ZoneInfo("Europe/Moscow")
MONTHS = [date(2026, month, 1) for month in range(2, 8)]
ASKED = ask("2026-02-01", "2026-06-30", Grain.MONTH, now=NOW)
BY_OWNER = ask("2026-02-01", "2026-06-30", Grain.MONTH, now=NOW, by=("owner",))
few = settings(
    max_examples=100 if DEEP else 2, deadline=None, suppress_health_check=list(HealthCheck), derandomize=not DEEP
)


def month(moment):
    """The first day of the month around a moment, by the clock of Moscow."""
    return datetime.fromtimestamp(moment / 1e6, MOSCOW).date().replace(day=1)


def by_keys(result, *names):
    return {(*(row.keys[name].value for name in names), row.period): row for row in result.rows}


@few
@given(found=lives(12))
def test_measures_and_windows_of_sparse_groups(found):
    won = kpi(measure("count(deals, won)"), "won", time="closed_at")
    worth = kpi(measure("sum(deals, amount)"), "worth", time="closed_at")
    rate = kpi(ratio("count(deals, won)", "count(deals)"), "rate", time="closed_at")
    window = kpi(Cumulative(kpi="won", window=Duration.parse("2 months")), "window")
    change = kpi(
        Derived(
            formula=formula("a - b", a=Type(Kind.INTEGER), b=Type(Kind.INTEGER)),
            uses={"a": Used(kpi="window"), "b": Used(kpi="window", offset=Duration.parse("1 month"))},
        ),
        "change",
    )
    with Mart(rows_of(found), kpis=(won, worth, rate, window, change)) as data:
        told = {
            each: by_keys(compute(data, data.workspace.kpis[each], BY_OWNER), "owner") for each in data.workspace.kpis
        }
    for owner in ("anna", "boris"):
        mine = [life for life in found if life.owner == owner and life.outcome]

        def rolling(place, mine=mine):
            since = {MONTHS[place], MONTHS[place - 1] if place else date(2026, 1, 1)}
            return sum(life.outcome == "won" and month(life.closed) in since for life in mine)

        for place, first in enumerate(MONTHS[:-1]):
            here = [life for life in mine if month(life.closed) == first]
            key = owner, first
            if key not in told["won"]:
                assert not mine or all(month(life.closed) not in MONTHS[:-1] for life in mine)
                continue
            wins = sum(life.outcome == "won" for life in here)
            assert told["won"][key].value == wins
            amounts = [life.amount for life in here if life.amount is not None]
            assert told["worth"][key].value == (sum(amounts) / 100 if amounts else None)
            assert told["worth"][key].n == len(amounts)
            assert told["rate"][key].value == (wins / len(here) if here else None)
            assert told["window"][key].value == rolling(place)
            assert told["change"][key].value == rolling(place) - (rolling(place - 1) if place else 0)


@few
@given(found=lives(), within=st.sampled_from((None, "10 days", "1 month")), by_account=st.booleans())
def test_a_conversion_by_cohort_and_by_event(found, within, by_account):
    start, end = Mark(event="entered", funnel="sales", stage="talk"), Mark(event="won")
    length = None if within is None else Duration.parse(within)
    entity = Entity.ACCOUNT if by_account else Entity.DEAL
    told = {}
    with Mart(rows_of(found)) as data:
        for basis in Basis:
            method = Conversion(start=start, end=end, entity=entity, basis=basis, within=length)
            told[basis] = by_keys(compute(data, kpi(method, by=()), ASKED))
    groups = {}
    for life in found:
        groups.setdefault(life.number % 2 if by_account else life.number, []).append(life)
    wholes, parts = {}, {}
    for group in groups.values():
        starts = [life.first("talk") for life in group if life.first("talk") is not None]
        if not starts:
            continue
        began = min(starts)
        ends = [life.closed for life in group if life.outcome == "won" and life.closed >= began]
        end = min(ends, default=None)
        limit = None if within is None else _later(began, within)
        done = end is not None and (limit is None or end <= limit)
        wholes.setdefault(month(began), []).append((done, limit is None or limit <= NOW))
        if done:
            parts[month(end)] = parts.get(month(end), 0) + 1
    for first in MONTHS[:-1]:
        mature = [done for done, ripe in wholes.get(first, ()) if ripe]
        cohort, event = told[Basis.COHORT][first,], told[Basis.EVENT][first,]
        assert cohort.value == (sum(mature) / len(mature) if mature else None)
        assert cohort.n == len(mature)
        whole = len(wholes.get(first, ()))
        assert event.value == (parts.get(first, 0) / whole if whole else None)


def _later(moment, within):
    wall = datetime.fromtimestamp(moment / 1e6, MOSCOW).replace(tzinfo=None)
    if within == "10 days":
        wall += timedelta(days=10)
    else:
        after = (wall.replace(day=1) + timedelta(days=31)).replace(day=1)
        last = ((after + timedelta(days=31)).replace(day=1) - timedelta(days=1)).day
        wall = after.replace(day=min(wall.day, last))
    return round(wall.replace(tzinfo=MOSCOW).timestamp() * 1e6)


@few
@given(found=lives(), mode=st.sampled_from(FunnelMode), windowed=st.booleans())
def test_a_funnel_in_each_mode(found, mode, windowed):
    steps = ("talk", "offer", "won")
    windows = {"offer": Duration.parse("10 days")} if windowed else {}
    with Mart(rows_of(found)) as data:
        method = FunnelSteps(funnel="sales", mode=mode, steps=steps, windows=windows)
        told = by_keys(compute(data, kpi(method, time=None), BY_OWNER), "owner", "stage")
    counts = {}
    for life in found:
        passed = _passed(life, steps, mode, windowed)
        for place, stage in enumerate(steps):
            key = life.owner, stage, month(life.created)
            have = counts.setdefault(key, [0, 0])
            have[0] += passed[place]
            have[1] += passed[place] and (place == 0 or passed[place - 1])
    for key, (count, both) in counts.items():
        if key[0] is not None and key[2] in MONTHS[:-1]:
            assert (told[key].value, told[key].part) == (count, both)


def _passed(life, steps, mode, windowed):
    if mode is FunnelMode.STRICT:
        found, since = [], None
        for place, stage in enumerate(steps):
            since = life.first(stage, since) if place == 0 or since is not None else None
            if windowed and stage == "offer" and since is not None and since > found[-1] + 10 * DAY:
                since = None
            found.append(since)
        return [moment is not None for moment in found]
    moments = [life.first(stage) for stage in steps]
    if mode is FunnelMode.IMPUTED:
        moments = [min((m for m in moments[place:] if m is not None), default=None) for place in range(len(steps))]
    passed = [moment is not None for moment in moments]
    if windowed and passed[1] and passed[0]:
        passed[1] = moments[1] <= moments[0] + 10 * DAY
    return passed


@few
@given(found=lives(), open_=st.sampled_from(OpenVisits))
def test_time_in_stage_with_stays_that_last(found, open_):
    stats = tuple(Stat)
    with Mart(rows_of(found)) as data:
        method = TimeInStage(funnel="sales", stats=stats, open=open_)
        told = by_keys(compute(data, kpi(method, time=None), ask("2026-01-01", "2026-12-31", now=NOW)), "stage", "stat")
    for stage in STAGES:
        stays = [stay for life in found for stay in life.stays if stay[0] == stage]
        if open_ is OpenVisits.EXCLUDE:
            stays = [stay for stay in stays if stay[2] is not None]
        known = [
            survival.Life(
                max((NOW if left is None else left) - entered, 0) // MINUTE,
                "left" if left is not None or open_ is OpenVisits.SO_FAR else None,
            )
            for _, entered, left in stays
        ]
        if not known:
            assert (stage, "p50", None) not in told
            continue
        curve = survival.kaplan_meier(known)
        for stat, share in ((Stat.P50, 0.5), (Stat.P80, 0.8), (Stat.P95, 0.95)):
            expected = survival.quantile(curve, share)
            assert told[stage, stat.value, None].value == (None if expected is None else expected / 1440)
            assert told[stage, stat.value, None].n == len(known)
        if open_ is not OpenVisits.CENSOR:
            mean = sum(life.length for life in known) / len(known) / 1440
            assert told[stage, "mean", None].value == pytest.approx(mean)


def test_where_all_have_ended_the_share_is_known_of_any_later_time():
    stays = [[("talk", FIRST, FIRST + days * DAY), ("won", FIRST + days * DAY, None)] for days in (10, 20)]
    found = [Life(number=n, owner=None, amount=None, stays=each) for n, each in enumerate(stays, start=1)]
    method = Survival(start=Mark(event="created"), event=Mark(event="won"), at=(Duration.parse("90 days"),))
    with Mart(rows_of(found)) as data:
        (row,) = compute(data, kpi(method, by=()), ask("2026-01-01", "2026-12-31", now=NOW)).rows
    assert (row.value, row.n) == (pytest.approx(1.0), 2)


@few
@given(found=lives(12))
def test_survival_with_a_competing_end(found):
    times = ("5 days", "30 days")
    method = Survival(
        start=Mark(event="created"), event=Mark(event="won"), competing=(Mark(event="lost"),),
        at=tuple(map(Duration.parse, times)),
    )  # fmt: skip
    with Mart(rows_of(found)) as data:
        told = by_keys(compute(data, kpi(method, by=()), ask("2026-01-01", "2026-12-31", now=NOW)), "cause", "at")
    known = [survival.Life(max((life.closed or NOW) - life.created, 0) // MINUTE, life.outcome) for life in found]
    curves = survival.aalen_johansen(known)
    for cause in ("won", "lost"):
        steps = curves.get(cause, [])
        for text, days in zip(times, (5, 30), strict=True):
            if not known:
                continue
            place = bisect_right([step.time for step in steps], days * 1440)
            expected = steps[place - 1].share if place else 0.0
            longest = max(life.length for life in known)
            if longest < days * 1440 and any(not life.outcome for life in known if life.length == longest):
                expected = None  # unless all have ended by then
            assert told[cause, text, None].value == (expected if expected is None else pytest.approx(expected))


@pytest.mark.parametrize("days", ["2026-03-01", "2026-09-20"])
def test_a_limit_in_days_is_of_calendar_days_in_conversions_and_in_survival_alike(days):
    """60 days later at the same time of day, over both changes of the clock: they last an hour less, or more."""
    zone = ZoneInfo("Europe/Berlin")
    begun = datetime.combine(date.fromisoformat(days), datetime.min.time(), zone).replace(hour=10)

    def life_of(number, late):
        start, end = (int(moment.timestamp()) * 1_000_000 for moment in (begun, begun + timedelta(days=60)))
        end += late * 1_000_000
        return Life(number=number, owner=None, amount=None, stays=[("talk", start, end), ("won", end, None)])

    # Exactly 60 days, half a minute and half an hour later, and somewhat sooner.
    found = [life_of(number, late) for number, late in enumerate((0, 30, 1800, -1800), start=1)]
    asked = ask("2026-01-01", "2026-12-31", now=at("2027-06-01 12:00"))
    limit = Duration.parse("60 days")
    conversion = Conversion(
        start=Mark(event="created"), end=Mark(event="won"), entity=Entity.DEAL, basis=Basis.COHORT, within=limit
    )
    lasting = Survival(start=Mark(event="created"), event=Mark(event="won"), at=(limit,))
    with Mart(rows_of(found)) as data:
        data = replace(data, workspace=replace(data.workspace, timezone="Europe/Berlin"))
        values = [compute(data, kpi(method, time=None, by=()), asked).rows[0].value for method in (conversion, lasting)]
    assert values == [pytest.approx(0.5), pytest.approx(0.5)]


@pytest.mark.parametrize(("now", "n", "coverage"), [("2026-02-01", 0, None), ("2026-03-10", 1, 1.0)])
def test_who_is_too_young_to_be_judged_lacks_no_data(now, n, coverage):
    stays = [[("talk", at(f"2026-{begun} 12:00"), None)] for begun in ("01-05", "01-25")]
    found = [Life(number=n, owner=None, amount=None, stays=each) for n, each in enumerate(stays, start=1)]
    limit = Duration.parse("60 days")
    method = Conversion(
        start=Mark(event="created"), end=Mark(event="won"), entity=Entity.DEAL, basis=Basis.COHORT, within=limit
    )
    with Mart(rows_of(found)) as data:
        asked = ask("2026-01-01", "2026-01-31", now=at(f"{now} 12:00"))
        result = compute(data, kpi(method, time=None, by=()), asked)
    assert (result.rows[0].n, result.coverage) == (n, coverage)


def test_hours_pass_by_themselves_whatever_the_clock_shows():
    start = int(datetime(2026, 3, 28, 12, tzinfo=ZoneInfo("Europe/Berlin")).timestamp()) * 1_000_000
    stays = [("talk", start, start + DAY), ("won", start + DAY, None)]
    method = Survival(start=Mark(event="created"), event=Mark(event="won"), at=(Duration.parse("24 hours"),))
    with Mart(rows_of([Life(number=1, owner=None, amount=None, stays=stays)])) as data:
        data = replace(data, workspace=replace(data.workspace, timezone="Europe/Berlin"))
        (row,) = compute(data, kpi(method, time=None, by=()), ask("2026-01-01", "2026-12-31", now=NOW)).rows
    assert row.value == 1.0


def test_a_basis_that_a_later_version_changes_gives_no_share_of_more_than_all():
    # Won in a week in which none began: by event that is one of none.
    found = [
        Life(
            number=n,
            owner=None,
            amount=None,
            stays=[
                ("talk", at(f"2026-01-{5 + n:02} 12:00"), at("2026-01-20 12:00")),
                ("won", at("2026-01-20 12:00"), None),
            ],
        )
        for n in range(3)
    ]
    ways = [
        Conversion(start=Mark(event="created"), end=Mark(event="won"), entity=Entity.DEAL, basis=basis)
        for basis in (Basis.EVENT, Basis.COHORT)
    ]
    versions = (Version(number=1, method=ways[0]), Version(number=2, method=ways[1], since=date(2026, 2, 2)))
    with Mart(rows_of(found)) as data:
        asked = ask("2026-01-05", "2026-02-15", Grain.WEEK, now=at("2026-03-10 12:00"))
        rows = compute(data, kpi(None, versions=versions, time=None, by=()), asked).rows
        first = compute(data, kpi(ways[0], time=None, by=()), asked).rows
    assert [(row.part, row.low, row.high) for row in rows[:4]] == [(row.part, row.low, row.high) for row in first[:4]]
