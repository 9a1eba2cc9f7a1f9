"""Attempts to reach clients: how they end, where they fail, and who leaves without a word."""

from __future__ import annotations

import pytest

from tests.unit.decisions.workspaces import workspace_of
from voronka.mart.memory import memory_mart
from voronka.metrics.contacts.report import contacts_report
from voronka.metrics.slices import Slice
from voronka.metrics.statistics.rates import difference

DAY = 86_400_000_000
RULES = "rules: {r: {trigger: {event: deal.created}, do: [{log: {kind: call}}]}}\n"

# By deal: how it ended, and its attempts: + reached, - failed, ? nobody said, i a word from the client.
LIVES = {
    1: ("won", "--+-"),
    2: ("lost", "---"),
    3: ("lost", "-i--"),
    4: (None, "+----"),
    5: (None, "--?-"),
    6: ("lost", ""),
}
OUTCOMES = {"+": "connected", "-": "no_answer", "?": None, "i": None}


def rows():
    deals, visits, attempts = [], [], []
    for number, (outcome, course) in LIVES.items():
        closed = None if outcome is None else 50 * DAY
        deals.append(
            {
                "deal": number,
                "id": str(number),
                "funnel": "sales",
                "outcome": outcome,
                "closed_at": closed,
                "created_at": 0,
            }
        )
        visits += [
            {"deal": number, "visit": 1, "stage": "talk", "entered_at": 0, "left_at": 2 * DAY},
            {"deal": number, "visit": 2, "stage": "offer", "entered_at": 2 * DAY, "left_at": closed},
        ]
        attempts += [
            {
                "deal": number,
                "seq": n,
                "n": 0,
                "at": n * DAY,
                "kind": "call",
                "channel": "phone",
                "own": False,
                "direction": "in" if sign == "i" else "out",
                "outcome": OUTCOMES[sign],
            }
            for n, sign in enumerate(course)
        ]
    return {"dim_deal": deals, "fact_visit": visits, "fact_interaction": attempts}


def report(given=None, **asked):
    with memory_mart(workspace_of(RULES), rows() if given is None else given) as (schema, connection):
        part = Slice(connection=connection, tables=schema.tables, funnel="sales", start=0, end=99 * DAY)
        return contacts_report(part, least=1, **asked)


@pytest.fixture(scope="module")
def found():
    return report()


def test_attempts_are_told_by_how_they_ended(found):
    assert {each.outcome: each.n for each in found.attempts} == {"no_answer": 16, "connected": 2, None: 1}
    assert (found.tried, found.whole) == (19, (16, 18))


def test_touchpoints_are_the_stage_of_then_and_the_channel(found):
    shares = {(each.of.stage, each.of.channel): each.of.counts for each in found.touchpoints}
    assert shares == {("talk", "phone"): (8, 9), ("offer", "phone"): (8, 9)}


def test_what_the_engine_sends_is_no_attempt_and_without_a_channel_the_kind_is_told():
    given = rows()
    sent = {**given["fact_interaction"][0], "seq": 90, "kind": "message", "channel": "email", "own": True}
    met = {**given["fact_interaction"][0], "seq": 91, "kind": "meeting", "channel": None, "outcome": "connected"}
    given["fact_interaction"] = [sent, met]
    found = report(given)
    assert [(each.kind, each.n) for each in found.attempts] == [("meeting", 1)]
    assert [(each.of.channel, each.of.counts) for each in found.touchpoints] == [("meeting", (0, 1))]


def test_a_series_ends_when_the_client_is_reached_or_writes(found):
    # Of those that closed: two in a row (1), three (2), two (3), none (6).
    assert {each.length: each.counts for each in found.patience} == {0: (0, 1), 2: (1, 2), 3: (0, 1)}
    assert found.worn == difference(0, 1, 1, 3)


def test_clients_who_never_said_a_word_are_counted_among_the_lost(found):
    assert (found.silent, found.silent_deals) == ((1, 3), (2,))


def test_open_deals_with_failures_in_a_row_are_due_for_another_channel(found):
    assert found.failing == ((4, 4), (5, 3))


def test_of_contacts_at_one_moment_the_later_one_ends_a_series():
    given = rows()
    for each in given["fact_interaction"]:
        each["at"] = DAY
    assert report(given).failing == ((4, 4), (5, 3))


def test_a_question_may_name_other_outcomes():
    assert report(failed=["connected"]).whole == (2, 18)


def test_without_interactions_there_is_no_share():
    empty = report({})
    assert (empty.tried, empty.whole, empty.interval, empty.touchpoints, empty.patience) == (0, (0, 0), None, (), ())
    assert (empty.worn, empty.silent_interval) == (None, None)
