"""What a release changes: each part of the process told by what is otherwise in it, to those whom it concerns."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.integration.people.staffed_workspace import FILES
from voronka.config import read_workspace
from voronka.definition.workspace import Workspace
from voronka.documents.audience import share_of
from voronka.documents.release_notes import ReleaseNotes

SALES, PEOPLE, BASE = "configs/funnels/sales.yaml", "configs/people/people.yaml", "configs/fields/base.yaml"
RULES, KPIS = "configs/rules/rules.yaml", "configs/kpis/kpis.yaml"
BEFORE: Mapping[str, str] = {
    **FILES,
    SALES: FILES[SALES].replace("Sales\n", "{en: Sales, ru: Продажи}\n"),
    RULES: "rules: {big: {label: Big, trigger: {field: amount}, where: amount > 5, do: [{task: {title: Praise}}]}}\n",
    KPIS: "kpis: {opened: {label: Opened, definition: Deals, owner: dan, kind: activity, measure: count(deals), "
    "time: created_at}}\n",
}


def read(files: Mapping[str, str]) -> Workspace:
    reading = read_workspace({path: text.encode() for path, text in files.items()})
    assert reading.workspace is not None, reading.findings
    return reading.workspace


OLD = read(BEFORE)


def changed(*edits: tuple[str, str, str]) -> ReleaseNotes:
    files = dict(BEFORE)
    for path, old, new in edits:
        assert old in files[path]
        files[path] = files[path].replace(old, new)
    return ReleaseNotes(OLD, read(files))


def told(notes: ReleaseNotes, user: str, language: str = "en") -> list[tuple[str, ...]]:
    """Return each alteration with its place, and each change without any."""
    found: list[tuple[str, ...]] = []
    for change in notes.of(notes.new.people[user]):
        place = (change.kind.value, change.part.render(language), change.title.render(language))
        for each in change.alterations:
            sentences = (each.about, each.before, each.after)
            found.append((*place, *("-" if text is None else text.render(language) for text in sentences)))
        if not change.alterations:
            found.append(place)
    return found


WORKING = {"sam", "sid", "sol", "lea", "lou", "tom", "dan", "cal"}
"""Those whose roles change deals."""
FUNNEL = "Funnel “Sales”"


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (
            (SALES, "coalesce(margin, 0) >= 0", "coalesce(margin, 0) >= 5"),
            (
                "changed",
                FUNNEL,
                "Stage “offer”",
                "To enter it",
                "Holds: “Margin” (if empty: 0 RUB) is at least 0",
                "Holds: “Margin”",
            ),
        ),
        (
            (SALES, "leave: {", "leave: {require: [amount], "),
            ("changed", FUNNEL, "Stage “new”", "To go on from it", "-", "Filled in: “Amount”"),
        ),
        (
            (SALES, "leave: {checklist: {seen: {label: Seen}}}", "leave: {checklist: {met: {label: Met}}}"),
            ("changed", FUNNEL, "Stage “new”", "To go on from it", "-", "Ticked: Met"),
        ),
        (
            (SALES, "after: 2 days", "after: 3 days"),
            ("changed", FUNNEL, "Stage “new”", "By the clock", "2 days after the stage was entered (remind) — notice"),
        ),
        (
            (SALES, "offer: {why: analytics,", "offer: {why: analytics, sla: 2 days,"),
            ("changed", FUNNEL, "Stage “offer”", "Time allowed", "-", "2 days, then the owner is told"),
        ),
        (
            (SALES, "task: {title: Call, due: 1 day}", "task: {title: Write, due: 1 day}"),
            ("changed", FUNNEL, "Stage “new”", "To enter it", "Then, by itself: task for", "Then, by itself: task for"),
        ),
        ((SALES, "transitions:", "  talk: {why: analytics}\ntransitions:"), ("added", FUNNEL, "Stage “talk”")),
        (
            (SALES, "transitions:\n", "transitions:\n  back: {from: offer, to: new, require: [amount]}\n"),
            ("changed", FUNNEL, "Stage “offer”", "Special moves from here", "-", "To “new” (back) — Who: everybody"),
        ),
        (
            (
                SALES,
                "transitions:\n",
                "timed: {both: {in: [new, offer], after: 5 days, do: [{set: {limit: 1}}]}}\ntransitions:\n",
            ),
            (
                "changed",
                FUNNEL,
                "By the clock, in several stages",
                "-",
                "-",
                "5 days after the stage was entered (both)",
            ),
        ),
        (
            (BASE, "amount: {type: money", "amount: {type: money, ttl: 30 days"),
            ("changed", "Fields of deals", "Amount", "Comes from", "-", "good for 30 days"),
        ),
        (
            (BASE, "fields:\n", "fields:\n  need: {type: text, label: Need}\n"),
            ("added", "Fields of deals", "Need", "Type", "-", "text"),
        ),
        (
            (RULES, "amount > 5", "amount > 7"),
            ("changed", "Rules", "Big", "-", "Holds: “Amount” is more than 5", "Holds: “Amount” is more than 7"),
        ),
        ((RULES, "label: Big,", "label: Big, mode: off,"), ("dropped", "Rules", "Big")),
        ((BASE, "Amount", "Sum"), ("changed", "Fields of deals", "Sum", "What it is called", "Amount", "Sum")),
    ],
)
def test_each_part_of_the_process_is_told_by_what_is_otherwise_in_it(
    edit: tuple[str, str, str], expected: tuple[str, ...]
) -> None:
    found = told(changed(edit), "sam")
    matching = [row for row in found if all(map(str.startswith, row, expected)) and len(row) >= len(expected)]
    assert matching, found


def test_what_is_called_otherwise_is_told_once_and_not_wherever_it_is_spoken_of() -> None:
    assert told(changed((BASE, "label: Margin", "label: Profit")), "sam") == [
        ("changed", "Fields of deals", "Profit", "What it is called", "Margin", "Profit"),
    ]
    stage = ("offer: {why: analytics,", "offer: {why: analytics, label: {en: Proposal, ru: КП},")
    rows = told(changed((SALES, *stage)), "sam", "ru")
    assert rows == [("changed", "Воронка «Продажи»", "Этап «КП»", "Как называется", "Этап «offer»", "Этап «КП»")]


def test_a_new_funnel_is_told_as_a_whole_and_its_stages_stand_in_its_passport() -> None:
    files = {
        **BEFORE,
        "configs/funnels/care.yaml": "funnel: care\nstages: {met: {why: analytics}, kept: {why: analytics}}\n",
    }
    new = read(files)
    (change,) = ReleaseNotes(OLD, new).of(new.people["sam"])
    assert (change.kind.value, str(change.part), str(change.alterations[0].after)) == (
        "added",
        "Funnel “care”",
        "met → kept",
    )
    (gone,) = ReleaseNotes(new, OLD).of(OLD.people["sam"])
    assert (gone.kind.value, str(gone.part), gone.alterations) == ("dropped", "Funnel “care”", ())


VARIANTS = "variants:\n  by: size\n  cases: {big: {stages: {offer: {enter: {require: [amount]}}}}, small: {}}\n"


def test_what_a_variant_has_from_its_base_is_told_once() -> None:
    size = (BASE, "fields:\n", "fields:\n  size: {type: choice, label: Size, options: {big: Big, small: Small}}\n")
    files = dict(BEFORE)
    files[BASE] = files[BASE].replace(size[1], size[2])
    files[SALES] += VARIANTS
    old = read(files)
    files[SALES] = (
        files[SALES].replace("after: 2 days", "after: 3 days").replace("require: [amount]", "require: [limit]")
    )
    new = read(files)
    found = [(str(each.part), str(each.title)) for each in ReleaseNotes(old, new).every]
    assert found == [(FUNNEL, "Stage “new”"), ("Funnel “Sales”, variant “Big”", "Stage “offer”")]


def test_rights_are_told_before_the_process_to_those_who_have_them() -> None:
    notes = changed((PEOPLE, "seller: {label: Seller, sees: own}", "seller: {label: Seller, sees: team}"))
    ((kind, part, _, _, before, after),) = told(notes, "sam")
    assert (kind, part) == ("changed", "Your rights")
    assert before.startswith("Sees own deals")
    assert after.startswith("Sees the deals of Sam, Sid, Lea")
    assert told(notes, "lou") == []


def test_somebody_who_is_new_is_told_what_changes_for_their_role() -> None:
    nina = (PEOPLE, "people:\n", "people:\n  nina: {name: Nina, role: seller}\n")
    assert told(changed(nina), "nina") == []
    assert told(changed(nina, (RULES, "amount > 5", "amount > 7")), "nina")[0][:3] == ("changed", "Rules", "Big")


@pytest.mark.parametrize(
    ("edit", "concerned"),
    [
        ((BASE, "margin: {type: money", "margin: {type: integer"), WORKING),
        ((BASE, "limit: {type: money", "limit: {type: integer"), WORKING),
        (
            (BASE, "turnover: {of: accounts, type: money", "turnover: {of: accounts, type: integer"),
            {"lea", "lou", "tom"},
        ),
        ((KPIS, "Deals,", "All deals,"), {"dan"}),
        ((RULES, "amount > 5", "amount > 7"), WORKING),
        (
            (SALES, "by: [leader]", "by: [leader, auditor]"),
            WORKING | {"ada"},
        ),
    ],
)
def test_a_change_is_told_to_those_whom_it_concerns(edit: tuple[str, str, str], concerned: set[str]) -> None:
    notes = changed(edit)
    assert {name for name, user in notes.new.people.items() if notes.of(user)} == concerned


@pytest.mark.parametrize(
    ("routing", "concerned"),
    [
        ("", WORKING),
        ("- {funnel: sales, assign: {team: north}}", {"sam", "sid", "lea", "dan"}),
        ("- {funnel: sales, assign: {team: south}}", {"sol", "lou", "tom", "dan"}),
        ("- {where: amount > 1, funnel: sales, assign: {team: south}}", WORKING),
        (
            "- {where: amount > 1, funnel: sales, assign: {role: colleague}}\n- {funnel: sales, assign: {team: north}}",
            {"sam", "sid", "lea", "cal", "dan"},
        ),
        ("- {funnel: sales}", WORKING),
    ],
)
def test_those_work_in_a_funnel_to_whom_its_deals_are_given_and_who_may_change_theirs(
    routing: str, concerned: set[str]
) -> None:
    entries = f"routing:\n{routing}\n" if routing else ""
    free = FILES[SALES].replace(", by: [leader]", "")  # or it would name all leaders
    workspace = read({**FILES, PEOPLE: FILES[PEOPLE] + entries, SALES: free})
    working = {name for name, user in workspace.people.items() if "sales" in share_of(workspace, user).funnels}
    assert working == concerned
