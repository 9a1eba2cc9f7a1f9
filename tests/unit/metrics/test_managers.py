"""Managers side by side: what is proven, what chance explains, and what the mix of deals does."""

from __future__ import annotations

from random import Random

import pytest

from tests.unit.decisions.workspaces import workspace_of
from voronka.definition.rights import NOBODY
from voronka.mart.memory import memory_mart
from voronka.metrics.managers.comparison import Verdict, compared
from voronka.metrics.managers.report import Wanted, managers_report
from voronka.metrics.managers.silence import silent
from voronka.metrics.slices import Slice
from voronka.metrics.statistics.counts import Counts

DAY = 86_400_000_000


def one_stratum(**counts):
    return {name: {"": Counts(*pair)} for name, pair in counts.items()}


def verdicts(groups, **options):
    return {member.name: member.verdict for member in compared(groups, **options).members}


def test_rates_of_55_to_70_percent_are_no_proven_difference():
    found = compared(one_stratum(anna=(22, 40), boris=(28, 40), vera=(25, 40), gleb=(24, 40)))
    assert {member.verdict for member in found.members} == {Verdict.NOT_PROVEN}
    assert found.overall.p > 0.05
    assert found.rate == 99 / 160


def test_a_difference_that_holds_is_told_with_its_direction():
    groups = one_stratum(anna=(90, 100), boris=(40, 100), vera=(60, 100))
    assert verdicts(groups) == {"anna": Verdict.ABOVE, "boris": Verdict.BELOW, "vera": Verdict.NOT_PROVEN}


def test_the_mix_of_deals_may_explain_a_difference():
    # In either segment all win the same share: 80 % of small deals, 20 % of large ones.
    groups = {
        "anna": {"small": Counts(160, 200), "large": Counts(4, 20)},
        "boris": {"small": Counts(16, 20), "large": Counts(40, 200)},
    }
    assert set(verdicts(groups).values()) == {Verdict.MIX}
    for member in compared(groups).members:
        assert member.standard.rate == pytest.approx(0.5)
        assert member.expected.ratio == pytest.approx(1)


@pytest.mark.parametrize(
    ("anna", "boris"), [((60, 100), (40, 100)), ((540, 900), (30, 100)), ((32, 40), (9, 25)), ((9, 10), (2, 10))]
)
def test_where_all_deals_are_of_one_kind_no_mix_explains_a_difference(anna, boris):
    groups = one_stratum(anna=anna, boris=boris)
    assert verdicts(groups) == {"anna": Verdict.ABOVE, "boris": Verdict.BELOW}
    for member in compared(groups).members:
        assert member.mix_p == pytest.approx(member.p)


def test_who_wins_more_of_every_kind_of_deal_is_above_whatever_his_share_of_them():
    groups = {
        "anna": {"small": Counts(360, 600), "large": Counts(160, 200)},
        "boris": {"small": Counts(40, 100), "large": Counts(100, 200)},
    }
    assert verdicts(groups) == {"anna": Verdict.ABOVE, "boris": Verdict.BELOW}


def test_who_wins_more_in_all_and_less_of_every_kind_is_not_above():
    groups = {
        "anna": {"easy": Counts(800, 1000), "hard": Counts(0, 10)},
        "boris": {"easy": Counts(95, 100), "hard": Counts(200, 1000)},
    }
    found = compared(groups)
    assert all(member.mix_p < 0.01 for member in found.members)
    assert set(verdicts(groups).values()) == {Verdict.MIX}


def test_chance_makes_few_verdicts():
    random = Random(20)
    told, kinds = 0, (("small", 0.2), ("large", 0.6))
    for _ in range(300):
        sizes = [random.randint(15, 60) for _ in range(6)]
        groups = {
            name: {kind: Counts(sum(random.random() < rate for _ in range(n)), n) for kind, rate in kinds}
            for name, n in enumerate(sizes)
        }
        told += not {Verdict.ABOVE, Verdict.BELOW}.isdisjoint(verdicts(groups).values())
    assert told <= 24  # 15 are allowed; more than 24 come about once in a hundred


def test_members_with_few_cases_have_no_rate_and_stand_in_the_sums():
    found = compared(one_stratum(anna=(2, 3), boris=(10, 20), vera=(0, 0)), least=5)
    assert [member.verdict for member in found.members] == [Verdict.FEW, Verdict.NOT_PROVEN, Verdict.FEW]
    assert found.members[0].rate is None
    assert found.counts == (12, 23)


@pytest.mark.parametrize("groups", [{}, one_stratum(anna=(3, 9))])
def test_one_alone_is_compared_with_nobody(groups):
    found = compared(groups)
    assert found.overall is None
    assert {member.verdict for member in found.members} <= {Verdict.NOT_PROVEN}


@pytest.mark.parametrize("verdict", Verdict)
def test_the_mix_is_spoken_of_where_it_tells_kinds_apart(verdict):
    counts = {"anna": Counts(90, 100), "boris": Counts(40, 100)}
    of_one = compared({name: {"": each} for name, each in counts.items()})
    of_two = compared({name: {"new": each, "old": each} for name, each in counts.items()})
    assert (of_one.strata, of_two.strata) == (1, 2)
    if verdict in (Verdict.ABOVE, Verdict.BELOW):
        assert "same mix" in of_two.told(verdict).render("en")
        assert "same mix" not in of_one.told(verdict).render("en")
    else:
        assert of_one.told(verdict) == of_two.told(verdict)


def test_where_every_won_deal_has_a_call_no_alarm_is_raised():
    assert not any(each.alarm for each in silent({"anna": Counts(0, 50), "boris": Counts(0, 3), None: Counts(0, 0)}))


@pytest.mark.parametrize("others", [Counts(0, 3), Counts(0, 50), Counts(1, 50)])
def test_a_single_sale_without_a_call_accuses_nobody(others):
    assert not any(each.alarm for each in silent({"anna": Counts(1, 50), "boris": others}))
    assert not any(each.alarm for each in silent({"anna": Counts(1, 1), "boris": Counts(0, 1)}))


def test_many_sales_without_calls_beyond_the_limits_of_chance_raise_an_alarm():
    found = {
        each.owner: each for each in silent({"anna": Counts(9, 20), "boris": Counts(2, 60), "vera": Counts(1, 40)})
    }
    assert {owner: each.alarm for owner, each in found.items()} == {"anna": True, "boris": False, "vera": False}
    assert found["anna"].peers == 3 / 100
    assert found["anna"].share > found["anna"].limits.high
    assert not silent({"anna": Counts(5, 5)})[0].alarm


def deal(number, owner, *, created=0, closed=None, outcome=None, amount=None, role=None, came="talk"):
    """A deal, its version, visits to talk and offer, and what it is called."""
    return {
        "deal": {
            "deal": number,
            "id": f"d{number}",
            "funnel": "sales",
            "stage": outcome or "offer",
            "owner": owner,
            "created_at": created * DAY,
            "closed_at": None if closed is None else closed * DAY,
            "outcome": outcome,
            "f_amount": amount,
            "f_role": role,
        },
        "version": {"deal": number, "since": created * DAY, "stage": came, "owner": owner},
        "visit": {"deal": number, "visit": 1, "stage": "offer", "entered_at": (created + 1) * DAY},
    }


DEALS = [
    deal(1, "anna", closed=5, outcome="won", amount=100, role="dealer"),
    deal(2, "anna", closed=6, outcome="lost", amount=300, role="kit"),
    deal(3, "anna", created=40, closed=45, outcome="won", amount=None),
    deal(4, "boris", closed=99, outcome="won", amount=500, came="offer"),
    deal(5, "boris", amount=50),
    deal(6, None, closed=7, outcome="lost"),
]
ROWS = {
    "dim_deal": [each["deal"] for each in DEALS],
    "dim_deal_version": [each["version"] for each in DEALS]
    + [{"deal": 1, "since": 3 * DAY, "stage": "offer", "owner": "anna"}],
    "fact_visit": [each["visit"] for each in DEALS],
    "fact_interaction": [
        {"deal": 1, "seq": 1, "n": 0, "at": DAY, "kind": "call", "own": False, "user": "anna"},
        {"deal": 1, "seq": 2, "n": 0, "at": 2 * DAY, "kind": "meeting", "own": False, "user": "boris"},
        {"deal": 1, "seq": 3, "n": 0, "at": 2 * DAY, "kind": "call", "own": False, "direction": "in"},
        {"deal": 2, "seq": 9, "n": 0, "at": DAY, "kind": "message", "own": True, "user": None},
        {"deal": 4, "seq": 1, "n": 0, "at": DAY, "kind": "message", "own": True},
        {"deal": 2, "seq": 1, "n": 0, "at": 2 * DAY, "kind": "call", "own": False, "user": "anna"},
    ],
}
WANTED = Wanted(
    now=200 * DAY, stage="offer", amount="f_amount", edges=(0, 30 * DAY, 60 * DAY, 180 * DAY), first=("talk",), least=1
)


@pytest.fixture(scope="module")
def mart():
    workspace = workspace_of("rules: {r: {trigger: {event: deal.created}, do: [{log: {kind: call}}]}}\n")
    with memory_mart(workspace, ROWS) as made:
        yield made


def report(mart, wanted=WANTED, **sliced):
    schema, connection = mart
    return managers_report(Slice(connection=connection, tables=schema.tables, funnel="sales", **sliced), wanted)


def test_results_are_counted_by_owner_over_deals_closed_in_the_period(mart):
    found = {member.name: member.counts for member in report(mart).results.members}
    assert found == {"anna": (2, 3), "boris": (1, 1), None: (0, 1)}
    early = report(mart, start=0, end=10 * DAY).results
    assert {member.name: member.counts for member in early.members} == {"anna": (1, 2), None: (0, 1)}


def test_only_deals_that_may_be_seen_are_counted(mart):
    found = report(mart, owners=frozenset({"boris", NOBODY})).results
    assert {member.name for member in found.members} == {"boris", None}


def test_results_are_split_by_the_mix(mart):
    schema, _ = mart
    wanted = Wanted(now=0, mix=schema.tables["dim_deal"].c.f_role, least=1)
    found = report(mart, wanted).results.members
    assert next(member for member in found if member.name == "anna").expected.successes == pytest.approx(1 + 0 + 2 / 3)


def test_work_is_counted_by_who_did_it_and_by_what_came_of_it(mart):
    found = report(mart)
    assert found.activity == {"anna": {"call": 2}, "boris": {"meeting": 1}}
    assert found.effort["anna"] == (2, 3, 2, 3)
    assert found.effort["boris"] == (0, 0, 1, 1)


def test_the_average_cheque_is_of_deals_that_entered_the_stage(mart):
    assert report(mart).cheques == {"anna": (2, 200, 200), "boris": (2, 275, 275)}


def test_cohorts_are_judged_once_they_are_old_enough(mart):
    found = report(mart).cohorts
    assert [(each.owner, each.start // DAY, each.counts, each.mature) for each in found] == [
        ("anna", 0, (1, 2), True),
        ("anna", 30, (1, 1), True),
        ("boris", 0, (0, 2), True),  # won after 99 days
        (None, 0, (0, 1), True),
    ]
    young = report(mart, Wanted(now=100 * DAY, edges=WANTED.edges, least=1)).cohorts
    assert {(each.mature, each.rate) for each in young} == {(False, None)}


def test_sales_without_interactions_are_counted(mart):
    assert {each.owner: each.counts for each in report(mart).silent} == {"anna": (1, 2), "boris": (1, 1)}


def test_the_stage_in_which_deals_came_is_told(mart):
    assert report(mart).arrivals == {"anna": (3, 3), "boris": (0, 1), None: (1, 1)}


def test_deals_that_come_at_different_stages_are_warned_of(mart):
    workspace = workspace_of("rules: {r: {trigger: {event: deal.created}, do: [{log: {kind: call}}]}}\n")
    deals = [
        deal(n, "anna" if n < 20 else "boris", closed=5, outcome="won", came="talk" if n < 20 else "offer")
        for n in range(40)
    ]
    rows = {"dim_deal": [each["deal"] for each in deals], "dim_deal_version": [each["version"] for each in deals]}
    with memory_mart(workspace, rows) as (schema, connection):
        found = managers_report(Slice(connection=connection, tables=schema.tables), Wanted(now=0, first=("talk",)))
    assert len(found.warnings) == 1


def test_without_any_row_there_is_no_data_and_no_error():
    workspace = workspace_of("rules: {r: {trigger: {event: deal.created}, do: [{log: {kind: call}}]}}\n")
    with memory_mart(workspace, {}) as (schema, connection):
        found = managers_report(Slice(connection=connection, tables=schema.tables), WANTED)
    assert (found.results.members, found.results.rate, found.cohorts, found.silent) == ((), None, (), ())
