"""Bottlenecks, activity for each won deal, hygiene, spreads, decompositions and drills, counted by hand."""

from __future__ import annotations

import pytest

from tests.metrics.kpi.lives import DAY, Life, rows_of
from tests.metrics.kpi.test_counting import ROWS
from tests.metrics.kpi.workspaces import WORKSPACE, Mart, ask, at, kpi, measure, over
from tests.unit.decisions.workspaces import workspace_of
from voronka.definition.kpis import Grain
from voronka.definition.kpis.methods import (
    Basis,
    Bottleneck,
    Conversion,
    Decomposition,
    Entity,
    Hygiene,
    Mark,
    OpenVisits,
    PerSuccess,
    RankBy,
    Shares,
    Spread,
    Stat,
    SuccessOn,
    TimeInStage,
)
from voronka.metrics.kpi import compute

START = at("2026-03-02 00:00")  # a Monday
WHOLE = ask("2026-03-02", "2026-03-31", now=at("2026-04-01 00:00"))


def life(number, *stays, owner="anna"):
    """A deal of the spring whose stays are told in days since its beginning."""
    return Life(
        number=number,
        owner=owner,
        amount=None,
        stays=[
            (stage, START + first * DAY, None if last is None else START + last * DAY) for stage, first, last in stays
        ],
    )


FLOWS = rows_of(
    [
        life(1, ("talk", 0, 2), ("offer", 2, 12), ("won", 12, None)),
        life(2, ("talk", 0, 4), ("offer", 4, 14), ("talk", 14, 16), ("offer", 16, 20), ("lost", 20, None)),
        life(3, ("talk", 10, None)),
        life(4, ("offer", 0, 20), ("lost", 20, None)),
    ]
)
for _visit in FLOWS["fact_visit"]:
    _visit["first_own_at"] = _visit["entered_at"] + DAY
    _visit["automatic"] = _visit["deal"] == 4


@pytest.fixture(scope="module")
def flows():
    with Mart(FLOWS) as data:
        yield data


@pytest.fixture(scope="module")
def deals():
    kpis = (
        kpi(measure("count(deals)"), "made"),
        kpi(measure("count(deals, won)"), "won"),
        kpi(measure("avg(deals, amount)"), "cheque"),
        kpi(measure("sum(deals, amount, amount is not missing)"), "worth"),
        kpi(measure("count(deals, amount is not missing)"), "priced"),
    )
    with Mart(ROWS, kpis=kpis) as data:
        yield data


def by(result, *names):
    return {tuple(row.keys[name].value for name in names): row for row in result.rows}


def test_a_bottleneck_tells_the_flow_of_each_stage(flows):
    method = Bottleneck(funnel="sales", rank_by=RankBy.TIME, least=2)
    told = by(compute(flows, kpi(method, time=None), WHOLE), "stage")
    assert [key for (key,) in told] == ["talk", "offer"]
    talk, offer = told["talk",].details, told["offer",].details
    assert (talk["entries"], talk["exits"], talk["wip"]) == (4, 3, 1)
    assert (offer["entries"], offer["exits"], offer["wip"]) == (4, 4, 0)
    assert (talk["rework"], offer["rework"]) == (0.25, 0.25)
    assert (talk["conversion"], offer["conversion"], offer["lost"], offer["back"]) == (1.0, 0.25, 0.5, 0.25)
    # Of stays of 2, 2, 4 days and one that has lasted 20: half have ended after 2, four out of five not yet.
    assert (talk["p50"], talk["p80"]) == (2.0, None)
    assert (offer["p50"], offer["p80"], offer["mean"]) == (10.0, 20.0, 11.0)
    assert (offer["wait"], offer["handling"], offer["automatic"], offer["timer"]) == (1.0, 10.0, 0.25, False)
    assert (talk["queue_age"], talk["oldest"]) == (20.0, 20.0)
    assert talk["average_wip"] == pytest.approx((2 + 4 + 2 + 20) / 30)
    assert offer["expected_wip"] == pytest.approx(offer["average_wip"])  # Little's law, for all have left
    assert (talk["rank"], offer["rank"]) == (2, 1)


def test_a_stage_is_where_deals_are_lost_by_its_own_funnel_and_not_by_another_that_has_one_of_its_name():
    orders = "funnel: orders\nowner: manager\nstages: {taken: {why: sales_model}, offer: {outcome: lost}}\n"
    rule = "rules: {r: {trigger: {event: deal.created}, do: [{log: {kind: call}}]}}\n"
    workspace = workspace_of(rule, **{"configs/funnels/orders.yaml": orders})
    lives = [life(n, ("talk", 0, 2), ("offer", 2, 12), ("won", 12, None)) for n in (1, 2, 3)]
    with Mart(rows_of(lives), workspace) as data:
        method = Bottleneck(funnel="sales", rank_by=RankBy.TIME, least=2)
        talk = by(compute(data, kpi(method, time=None), WHOLE), "stage")["talk",].details
    assert (talk["lost"], talk["conversion"]) == (0.0, 1.0)


def test_how_long_deals_stay_is_counted_no_further_than_the_end_of_the_period_so_that_both_sides_of_littles_law_agree():
    """Of deals that come one a day for 60 days, every other stays for ever: here are 30, as many as are expected, and
    not what would be here if they had gone on coming until now."""
    stays = [("talk", number, None) for number in range(0, 60, 2)]
    stays += [("talk", number, number + 1) for number in range(1, 60, 2)]
    stuck = [life(number, stay, *[("offer", stay[2], None)] * (number >= 30)) for number, stay in enumerate(stays)]
    last = "2026-04-30"
    with Mart(rows_of(stuck)) as data:
        method = Bottleneck(funnel="sales", rank_by=RankBy.TIME, least=2)
        told = {
            year: by(
                compute(data, kpi(method, time=None), ask("2026-03-02", last, now=at(f"{year}-05-01 00:00"))), "stage"
            )
            for year in (2026, 2036)
        }
    for rows in told.values():
        talk = rows["talk",].details
        # The curve: half are gone after a day, the others last to the horizon of 60 days.
        assert talk["mean"] == pytest.approx(1 + 0.5 * 59)
        assert talk["expected_wip"] == pytest.approx(30.5)
        assert talk["wip"] == 31  # one of them goes as the period ends
    assert told[2026]["talk",].details["expected_wip"] == told[2036]["talk",].details["expected_wip"]


@pytest.mark.parametrize(
    ("rank_by", "said"), [(RankBy.TIME, "mean stay"), (RankBy.WAIT, "wait"), (RankBy.LEAK, "lost")]
)
def test_a_bottleneck_says_by_what_it_ranks(flows, rank_by, said):
    told = compute(flows, kpi(Bottleneck(funnel="sales", rank_by=rank_by, least=2), time=None), WHOLE)
    assert said in str(told.words[0])
    assert "fewer than 2" in str(told.words[1])


def test_a_move_to_a_stage_that_the_funnel_has_no_more_counts_as_a_move_on_and_is_told():
    rows = rows_of(
        [
            life(1, ("talk", 0, 2), ("demo", 2, 4), ("offer", 4, 6), ("won", 6, None)),
            life(2, ("talk", 0, 2), ("offer", 2, 6), ("lost", 6, None)),
        ]
    )
    with Mart(rows) as data:
        told = compute(data, kpi(Bottleneck(funnel="sales", rank_by=RankBy.TIME, least=1), time=None), WHOLE)
    stages = by(told, "stage")
    assert set(stages) == {("talk",), ("offer",)}
    assert [stages["talk",].details[name] for name in ("exits", "conversion", "lost", "back")] == [2, 1.0, 0.0, 0.0]
    assert "(1) count as moves on" in str(told.words[2])


def test_stages_that_timers_end_or_few_leave_are_told_and_not_ranked(flows):
    method = Bottleneck(funnel="sales", rank_by=RankBy.TIME, least=4)
    told = by(compute(flows, kpi(method, time=None, where="created_at is not missing"), WHOLE), "stage")
    assert (told["talk",].details["rank"], told["offer",].details["rank"]) == (None, 1)
    automatic = {**FLOWS, "fact_visit": [{**visit, "automatic": True} for visit in FLOWS["fact_visit"]]}
    with Mart(automatic) as data:
        told = by(compute(data, kpi(method, time=None), WHOLE), "stage")
    assert (told["offer",].details["timer"], told["offer",].details["rank"]) == (True, None)


def test_where_no_step_of_ours_is_known_neither_waiting_nor_handling_is_told():
    method = Bottleneck(funnel="sales", rank_by=RankBy.TIME, least=2)
    known = [
        {**row, "first_own_at": row["first_own_at"] if row["stage"] == "talk" else None} for row in FLOWS["fact_visit"]
    ]
    with Mart({**FLOWS, "fact_visit": known}) as data:
        told = by(compute(data, kpi(method, time=None), WHOLE), "stage")
    assert [(told[name,].details["wait"], told[name,].details["handling"]) for name in ("talk", "offer")] == [
        (1.0, pytest.approx(5 / 3)),
        (None, None),
    ]


def test_working_time_passes_by_the_calendar_alone(flows):
    calendar = WORKSPACE.calendar
    method = TimeInStage(
        funnel="sales", stats=(Stat.MEAN,), open=OpenVisits.EXCLUDE, stages=("talk",), calendar=calendar.name
    )
    told = by(compute(flows, kpi(method, time=None), WHOLE), "stage")
    # Monday to Wednesday, Monday to Friday, and from the third Monday to Wednesday.
    assert told["talk",].value == pytest.approx((2 + 4 + 2) / 3)


def test_activity_for_each_won_deal_counts_on_won_deals_or_on_all(deals):
    def told(on, *names):
        method = PerSuccess(activity=over("count(interactions)", "interactions"), on=on)
        asked = ask("2026-01-01", "2026-03-31", by=names)
        return [(row.value, row.part, row.whole) for row in compute(deals, kpi(method, time=None), asked).rows]

    assert told(SuccessOn.WON) == [(1.0, 3, 3)]
    assert told(SuccessOn.ALL, "owner") == [(1.0, 2, 2), (1.0, 1, 1)]


def test_an_average_of_activity_is_missing_where_there_is_none():
    def told(text):
        method = PerSuccess(activity=over(text, "interactions"), on=SuccessOn.WON)
        with Mart({"dim_deal": ROWS["dim_deal"]}) as data:
            (row,) = compute(data, kpi(method, time=None), ask("2026-01-01", "2026-03-31")).rows
        return row.value

    assert (told("count(interactions)"), told("max(interactions, deal.amount)")) == (0.0, None)


def test_hygiene_multiplies_completeness_validity_and_freshness():
    rows = [
        {"deal": n, "id": str(n), "funnel": "sales", "stage": "talk", "created_at": START, "f_city": city, "f_fit": fit}
        for n, (city, fit) in enumerate([("Omsk", 5), (" N/A ", 9), ("-", 3), (None, None)], start=1)
    ]
    versions = [{**row, "since": START - 100 * DAY if row["deal"] == 1 else START} for row in rows]
    from voronka.calendars import Duration

    method = Hygiene(fields=("city", "fit"), fresh=Duration.parse("60 days"))
    asked = ask("2026-03-01", "2026-03-31", now=START + DAY)
    with Mart({"dim_deal": rows, "dim_deal_version": versions}) as data:
        found = compute(data, kpi(method, time=None), asked)
    assert str(found.words[0]) == "The fields as they are now, whatever the period."
    assert any("should have" in str(each) for each in found.words[1:])
    told = by(found, "field")
    city, fit = told["city",], told["fit",]
    assert (city.details["completeness"], city.details["freshness"], city.value) == (0.25, 0.0, 0.0)
    assert (fit.details["completeness"], fit.details["validity"], fit.details["freshness"]) == (0.75, 2 / 3, 0.5)
    assert (fit.value, fit.part, fit.whole) == (0.25, 1, 4)


@pytest.mark.parametrize(
    ("value", "filled"),
    [
        ("Omsk", True),
        ("Test drive", True),
        ("55", True),
        ("555", False),
        ("---", False),
        ("ЙЦУКЕН", False),
        ("нет ", False),
        ("asdf", False),
        ("123", False),
        ("x", True),
    ],
)
def test_what_stands_for_nothing_is_not_filled_in(value, filled):
    row = {"deal": 1, "id": "1", "funnel": "sales", "stage": "talk", "created_at": START, "f_city": value}
    with Mart({"dim_deal": [row]}) as data:
        (told,) = compute(data, kpi(Hygiene(fields=("city",)), time=None), ask("2026-03-01", "2026-03-31")).rows
    assert told.details["completeness"] == float(filled)


def test_a_spread_tells_how_much_members_differ(deals):
    method = Spread(kpi="made", over="owner", against="won")
    (row,) = compute(deals, kpi(method, by=()), ask("2026-01-01", "2026-03-31")).rows
    assert (row.value, row.n, row.details["mean"]) == (pytest.approx(2**0.5), 2, 2)


def test_who_is_compared_in_a_month_does_not_depend_on_the_other_months_asked_for(deals):
    method = Spread(kpi="made", over="owner")
    spread = kpi(method, by=())
    whole = compute(deals, spread, ask("2026-01-01", "2026-04-30", Grain.MONTH)).rows
    alone = [
        compute(deals, spread, ask(f"2026-0{month}-01", f"2026-0{month}-28", Grain.MONTH)).rows for month in (1, 2)
    ]
    assert [(row.value, row.n) for row in whole[:2]] == [(row.value, row.n) for (row,) in alone]
    assert whole[0].n == 1


def test_contributions_add_up_to_the_change(deals):
    method = Decomposition(kpi="worth", factors=("priced", "cheque"), by=Shares.LMDI)
    told = compute(deals, kpi(method, by=()), ask("2026-02-01", "2026-02-28", Grain.MONTH)).rows
    assert [row.keys["factor"].value for row in told] == ["priced", "cheque"]
    assert sum(row.value for row in told) == pytest.approx(500.01 - 1099)
    assert told[0].details["rest"] == pytest.approx(0)


@pytest.mark.parametrize(("factors", "said"), [(("priced", "cheque"), 0), (("won", "cheque"), 1)])
def test_factors_whose_product_is_not_the_kpi_are_told_of(deals, factors, said):
    """The deals that were won, times the average of all, is not what all make up."""
    method = Decomposition(kpi="worth", factors=factors, by=Shares.SHAPLEY)
    told = compute(deals, kpi(method, by=()), ask("2026-02-01", "2026-02-28", Grain.MONTH))
    assert len(told.words) == said


CONVERSION = Conversion(start=Mark(event="created"), end=Mark(event="won"), entity=Entity.DEAL, basis=Basis.COHORT)
