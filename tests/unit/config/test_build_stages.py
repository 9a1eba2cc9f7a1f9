"""Stages, their gates, their timed events and what is done."""

import pytest

from tests.unit.config.workspaces import funnel, read
from voronka.calendars import Duration, Unit
from voronka.definition.actions import (
    CancelAction,
    LogAction,
    MoveAction,
    NotifyAction,
    OpenDealAction,
    SetAction,
    TaskAction,
)
from voronka.definition.timed import AnchorKind, OnMissed, Rhythm, TimedSource
from voronka.expressions import Expression

PEOPLE = "roles: {head: {}, seller: {}}\npeople: {anna: {role: seller}}\n"


def base(text, **kinds):
    return funnel(text, people=PEOPLE, **kinds).variants[None]


def test_a_stage_with_a_step_of_the_buyer_exists_for_the_journey():
    stages = base("funnel: f\nstages: {a: {journey: problem}, b: {journey: supplier, why: analytics}}").stages

    assert [(stage.journey, stage.why) for stage in list(stages.values())[:2]] == [
        ("problem", "journey"),
        ("supplier", "analytics"),
    ]


def test_a_label_defaults_to_the_name_and_reads_by_language():
    stages = base(
        "funnel: f\nstages: {a: {why: analytics}, b: {why: analytics, label: {ru: Второй, en: Second}}}"
    ).stages

    assert stages["a"].label.render("ru") == "a"
    assert (stages["b"].label.render("ru"), stages["b"].label.render("en")) == ("Второй", "Second")


def test_the_checks_of_a_gate_are_named_by_their_place():
    stages = base(
        """
        funnel: f
        stages:
          a: {why: analytics, leave: {when: amount > 1, override: {by: [head]}}}
          b: {why: analytics, enter: {checks: [{when: amount > 1}, {when: due is not missing, message: Due}]}}
        """
    ).stages

    assert [(check.name, check.override_by) for check in stages["a"].leave.checks] == [("a.leave.when", ("head",))]
    assert [check.name for check in stages["b"].enter.checks] == ["b.enter.checks.1", "b.enter.checks.2"]


def test_an_agreed_time_is_a_timed_event_of_the_stage():
    event = base("funnel: f\nstages: {a: {why: analytics, sla: 5 working days}}").timed["a.sla"]

    assert (event.source, event.stages, event.offsets) == (TimedSource.SLA, {"a"}, (Duration.parse("5 working days"),))


def timed(text, fields="set: own\nfields: {amount: {type: money}, due: {type: date}}\n"):
    return (
        funnel(
            "funnel: f\nstages: {a: {why: analytics}, b: {why: analytics}}\ntimed: {x: {in: [a, b], "
            + text
            + ", do: [{task: {title: T}}]}}",
            fields=fields,
        )
        .variants[None]
        .timed["x"]
    )


@pytest.mark.parametrize(
    ("text", "rhythm", "kind", "name"),
    [
        ("after: 2 days", Rhythm.AFTER, AnchorKind.STAGE, ""),
        ("after: 2 days, from: stage", Rhythm.AFTER, AnchorKind.STAGE, ""),
        ("before: 2 days, from: due", Rhythm.BEFORE, AnchorKind.FIELD, "due"),
        ("every: 1 week, from: last_interaction_at", Rhythm.EVERY, AnchorKind.LAST_INTERACTION, "last_interaction_at"),
        ("after: 1 hour, from: event interaction.logged", Rhythm.AFTER, AnchorKind.EVENT, "interaction.logged"),
        ("after: 1 hour, from: created_at", Rhythm.AFTER, AnchorKind.FIELD, "created_at"),
    ],
)
def test_a_timed_event_counts_from_its_anchor(text, rhythm, kind, name):
    event = timed(text)

    assert event.stages == {"a", "b"}
    assert (event.rhythm, event.anchor.kind, event.anchor.name) == (
        rhythm,
        kind,
        "" if kind != AnchorKind.FIELD and kind != AnchorKind.EVENT else name,
    )


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("after: 2 days", None),
        ("after: 2 days, on_missed: run", None),
        ("after: 2 days, on_missed: skip", Duration(0, Unit.MINUTES)),
        ("after: 2 days, on_missed: {skip_if_later_than: 4 hours}", Duration(4, Unit.HOURS)),
    ],
)
def test_what_is_missed_runs_is_skipped_or_skipped_when_late(text, limit):
    assert timed(text).on_missed == OnMissed(limit=limit)


def test_offsets_conditions_and_limits_of_a_timed_event():
    event = timed('before: [10 days, 3 days], from: due, at: "09:30", when: amount > 5')
    again = timed("every: 1 day, at_most: 4, until: replied")

    assert [str(each) for each in event.offsets] == ["10 days", "3 days"]
    assert (event.at, event.when.text) == (9 * 60 + 30, "amount > 5")
    assert (again.at_most, again.until.text) == (4, "replied")


ACTIONS = """
funnel: f
stages:
  a:
    why: analytics
    timed:
      soon:
        after: 1 day
        do:
          - set: {amount: 12.34, due: null, note: == literal, contact.status: client, owner: anna}
          - set: {amount: =amount + 1, note: "= account.name"}
          - task: {title: {ru: Позвонить, en: Call}, due: today, assignee: head}
          - task: {title: Later, due: 2 working days}
          - notify: {to: owner.reports_to, template: gate_stopped}
          - move: b
          - move: {to: lost, set: {note: gone}}
          - open_deal: {funnel: f, copy: [account, amount], set: {owner: anna}}
          - log: {kind: call, direction: out, duration: 5}
          - cancel: a.sla
    sla: 1 week
  b: {why: analytics}
"""


def test_actions_in_the_order_written():
    fields = "set: own\nfields: {amount: {type: money}, due: {type: date}, note: {type: text}}\n"
    one, two, today, later, notice, move, lose, child, log, cancel = base(ACTIONS, fields=fields).timed["soon"].actions

    assert one == SetAction(
        values={"amount": 1234, "due": None, "note": "= literal", "contact.status": "client", "owner": "anna"}
    )
    assert isinstance(two, SetAction)
    assert {name: value.text for name, value in two.values.items() if isinstance(value, Expression)} == {
        "amount": "amount + 1",
        "note": "account.name",
    }
    assert isinstance(today, TaskAction)
    assert (today.title.render("ru"), today.due, today.assignee) == ("Позвонить", "today", "head")
    assert isinstance(later, TaskAction)
    assert (later.due, later.assignee) == (Duration(2, Unit.WORKING_DAYS), "owner")
    assert notice == NotifyAction(to="owner.reports_to", template="gate_stopped")
    assert move == MoveAction(to="b", set={})
    assert lose == MoveAction(to="lost", set={"note": "gone"})
    assert child == OpenDealAction(funnel="f", copy=("account", "amount"), set={"owner": "anna"})
    assert log == LogAction(values={"kind": "call", "direction": "out", "duration": 5.0})
    assert cancel == CancelAction(event="a.sla")


def test_a_funnel_without_field_sets_uses_all():
    workspace = read(funnels="funnel: f\nstages: {a: {why: analytics}}", fields="set: s\nfields: {x: {type: text}}")

    assert workspace.funnels["f"].fields == {"x"}
