"""A recorded move says what somebody gave with it; what the process sets of itself on the way is expected to follow."""

import pytest

from tests.integration.scenarios.test_recording import Desk
from voronka.testing import write_files

STEPPED = """\
funnel: stepped
fields: [stepped]
stages:
  talk: {why: sales_model, leave: {do: [{set: {need: left}}]}}
  offer: {why: sales_model, enter: {require: [need], do: [{set: {sum: 5, state: offered}}]}}
  last: {why: sales_model, enter: {do: [{assign: {by: round_robin, role: manager}}]}}
transitions:
  quick: {from: talk, to: last, require: [need], set: {state: quick}}
"""
STEPPED_FIELDS = """\
set: stepped
fields:
  need: {type: text}
  told: {type: text}
  sum: {type: money}
  state: {type: text, set_by: [head]}
"""


def stepped(tmp_path, *steps):
    """Return the moves of a scenario recorded of a deal in a process that sets fields on the way."""
    more = {"configs/funnels/stepped.yaml": STEPPED, "configs/fields/stepped.yaml": STEPPED_FIELDS}
    with Desk(tmp_path, more) as desk:
        deal = desk.do("deal.create", funnel="stepped", fields={"owner": "anna"})["number"]
        for to, fields in steps:
            desk.execute("deal.move", deal=deal, to=to, fields=fields, actor="anna")
        _, scenario = desk.recorded(deal)
    return [step["move"] for step in scenario["steps"] if "move" in step]


WITH_NEED = {"to": "offer", "set": {"need": "abc"}}


@pytest.mark.parametrize(
    ("steps", "moves"),
    [
        ([("offer", {"need": "abc"})], [WITH_NEED]),
        ([("offer", {"need": "abc", "sum": "7"})], [{"to": "offer", "set": {"need": "abc", "sum": "7"}}]),
        ([("offer", {"need": "abc"}), ("last", {})], [WITH_NEED, "last"]),
        (
            [("offer", {"need": "abc"}), ("talk", {}), ("offer", {"told": "x"})],
            [WITH_NEED, "talk", {**WITH_NEED, "set": {"told": "x"}}],
        ),
        ([("last", {"need": "abc"})], [{"to": "last", "set": {"need": "abc"}}]),
        ([("last", {})], ["last"]),  # refused
        ([("last", {"need": "abc"}), ("lost", {})], [{"to": "last", "set": {"need": "abc"}}, "lost"]),
    ],
)
def test_a_move_is_told_with_what_came_with_it_and_not_with_what_the_process_sets(tmp_path, steps, moves):
    assert stepped(tmp_path, *steps) == moves


def test_what_has_become_personal_since_it_was_given_is_not_told(tmp_path):
    more = {"configs/funnels/stepped.yaml": STEPPED, "configs/fields/stepped.yaml": STEPPED_FIELDS}
    with Desk(tmp_path, more) as desk:
        fields = {"owner": "anna", "told": "Ivan 4444"}
        deal = desk.do("deal.create", funnel="stepped", fields=fields)["number"]
        desk.do("deal.set", deal=deal, fields={"told": "Ivan 5555"})
        desk.do("deal.set", deal=deal, fields={"told": None})
        personal = STEPPED_FIELDS.replace("told: {type: text}", "told: {type: text, pii: true}")
        write_files(tmp_path, {"configs/fields/stepped.yaml": personal})
        assert desk.work("reload")["changed"]
        text, _ = desk.recorded(deal)
    assert "Ivan" not in text
    assert "told: …" in text


def test_an_address_or_a_number_of_somebody_is_not_told_though_the_field_is_not_personal(tmp_path):
    fields = STEPPED_FIELDS + "  mail: {type: email}\n  tel: {type: phone}\n"
    more = {"configs/funnels/stepped.yaml": STEPPED, "configs/fields/stepped.yaml": fields}
    with Desk(tmp_path, more) as desk:
        given = {"owner": "anna", "mail": "ivan@client.example", "tel": "+79161234567"}
        text, _ = desk.recorded(desk.do("deal.create", funnel="stepped", fields=given)["number"])
    assert "ivan" not in text
    assert "9161234567" not in text
