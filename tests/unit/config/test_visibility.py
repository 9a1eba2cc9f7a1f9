"""A field that not everybody sees is told of with its roles as people call them."""

import pytest

from tests.unit.config.corpus import base, workspace_of
from tests.unit.config.workspaces import files
from voronka.config import read_workspace

CASE = {
    "case": "a hidden field told to the contact",
    "edit": {
        "configs/fields/deal.yaml": {"cost: {type: money}": "cost: {type: money, visible_to: [owner, head]}"},
        "configs/templates/materials.en.md": {"{{ amount }}": "{{ cost | default('-') }}"},
    },
    "expect": [],
}


def test_who_may_see_a_field_is_told_by_the_labels_of_the_roles():
    (finding,) = read_workspace(workspace_of(CASE), scenarios=True).findings
    assert finding.code == "V3606"
    assert "which only the owner, Head of sales (head) may see" in finding.reason.render("en")
    assert "владелец, Head of sales (head)" in finding.reason.render("ru")


def test_a_blank_that_only_a_case_leaves_is_told_of_the_case():
    files = base()
    funnel = files["configs/funnels/sales.yaml"].decode()
    asks = funnel.replace("- task: {title: Approve, due: 1 working day}", "- notify: {to: owner, template: costs}")
    lost = asks.replace("small:\n      stages:\n", "small:\n      stages:\n        needs: null\n")
    files = files | {
        "configs/funnels/sales.yaml": lost.encode(),
        "configs/templates/costs.en.md": b"Needed: {{ need }}\n",
    }
    told = [each.reason.render() for each in read_workspace(files).findings if each.code == "V3609"]
    assert [reason.partition("may be")[0] for reason in told] == ["In the case small: The field need "]


FUNNEL = """\
funnel: sales
fields: [base]
stages: {new: {journey: problem}, talk: {journey: solutions}}
timed:
  last_call: {in: new, before: 2 days, from: closes, do: [{notify: {to: TO, template: call}}]}
"""
FIELDS = """\
set: base
fields:
  closes: {type: date, visible_to: [head]}
  cost: {type: money, visible_to: [head]}
  margin: {type: money, visible_to: [head, seller]}
"""
PEOPLE = """\
roles: {head: {label: Head}, seller: {label: Seller}, engineer: {label: Engineer}}
people: {anna: {role: seller}, petr: {role: head}, oleg: {role: engineer}}
"""


@pytest.mark.parametrize(
    ("to", "template", "told"),
    [
        ("head", "{{ cost }} {{ margin }} {{ timed.due }}", None),
        ("seller", "{{ margin }} until {{ timed.offset }}", None),
        ("seller", "until {{ timed.due }}", "timed.due (closes)"),
        ("seller", "{{ closes }} {{ timed.due }}", "closes"),
        ("engineer", "{{ cost }} {{ margin }} {{ timed.due }}", "cost, margin, timed.due (closes)"),
        ("owner", "{{ cost }} {{ margin }}", "cost, margin"),
    ],
)
def test_every_hidden_field_of_a_template_is_told_and_so_is_the_date_that_a_timed_event_counts_from(to, template, told):
    written = files(funnels=FUNNEL.replace("TO", to), fields=FIELDS, people=PEOPLE)
    findings = read_workspace(written | {"configs/templates/call.en.md": template.encode()}).findings
    found = [each for each in findings if each.code == "V3606"]
    assert [each.remedy.render().partition(" out of")[0] for each in found] == ([f"Take {told}"] if told else [])
    for name in told.split(", ") if told else ():
        assert name in found[0].reason.render("ru")
