"""A field that not everybody sees is told of with its roles as people call them."""

from tests.unit.config.corpus import base, workspace_of
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
