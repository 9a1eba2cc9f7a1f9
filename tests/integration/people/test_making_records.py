"""What may be said of a record as it is made is what may be said of it afterwards: it goes by whose it will be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.people.staffed_workspace import FILES, open_staffed
from voronka.testing import TestWorkspace, write_files

PEOPLE = FILES["configs/people/people.yaml"]
ROUTED = """\
routing:
  - {where: amount > 1000, funnel: sales, assign: {users: [sid]}}
  - {where: amount > 100, funnel: sales, assign: {users: [sam]}}
"""
FIELDS = FILES["configs/fields/base.yaml"] + "  plan: {type: text, label: Plan, set_by: [owner]}\n"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[TestWorkspace]:
    files = {**FILES, "configs/people/people.yaml": PEOPLE + ROUTED, "configs/fields/base.yaml": FIELDS}
    with open_staffed(tmp_path, files) as workspace:
        yield workspace


def refused(answer: dict[str, Any]) -> tuple[str, str] | None:
    """Why a command was refused for the first of its failures, and what to do; None if it was not."""
    if answer["refusal"] is None:
        return None
    failure = answer["refusal"]["failures"][0]
    return failure["reason"]["en"], failure["unblock"]["en"]


def test_a_contact_of_ones_own_account_is_made_with_what_is_for_its_owner(office: TestWorkspace) -> None:
    office.execute("account.create", actor="sam", fields={"name": "Acme"})
    made = {"name": "Ivan", "account": "Acme", "birthday": "1980-01-01"}
    assert refused(office.execute("contact.create", actor="sam", fields=made)) is None
    told = refused(office.execute("contact.create", actor="cal", fields={**made, "name": "Petr"}))
    assert told == ("“Birthday” is not yours to set.", "These may: the owner.")


def test_a_contact_that_a_row_brings_with_its_account_is_of_whoever_brings_both(tmp_path: Path) -> None:
    mapping = """\
import: persons
rows: {format: csv}
into: {records: contacts}
mode: live
match: [name]
row: {name: {column: name}, account: {column: firm}, birthday: {column: born}}
"""
    with open_staffed(tmp_path, {**FILES, "configs/imports/persons.yaml": mapping}) as office:
        (tmp_path / "a.csv").write_text(
            "name,firm,born\nPia,NewCo,1980-01-01\nTom,NewCo,1981-01-01\n", encoding="utf-8"
        )
        report = office.work("import", actor="dan", mapping="persons", file=str(tmp_path / "a.csv"))
        assert (report["taken"], report["refusals"]) == (2, [])
        assert len(office.query("contact.list", actor="dan")) == 2


def test_an_account_may_have_a_field_called_account(tmp_path: Path) -> None:
    fields = FILES["configs/fields/base.yaml"] + "  account: {of: accounts, type: text}\n"
    with open_staffed(tmp_path, {**FILES, "configs/fields/base.yaml": fields}) as office:
        for actor, number in (("sam", "K-17"), ("sid", "abcd")):
            made = office.execute("account.create", actor=actor, fields={"name": number, "account": number})
            assert refused(made) is None


def test_of_a_contact_that_nobody_owns_the_refusal_says_how_it_gets_an_owner(office: TestWorkspace) -> None:
    told = refused(office.execute("contact.create", actor="sam", fields={"name": "Ivan", "birthday": "1980-01-01"}))
    assert told is not None
    assert "nobody owns this record yet" in told[1]
    office.execute("contact.create", actor="sam", fields={"name": "Ivan"})
    assert (
        refused(office.execute("contact.set", actor="sam", contact="Ivan", fields={"birthday": "1980-01-01"})) == told
    )
    office.execute("deal.create", actor="sam", funnel="sales", fields={"contact": "Ivan"})
    assert not refused(office.execute("contact.set", actor="sam", contact="Ivan", fields={"birthday": "1980-01-01"}))


@pytest.mark.parametrize(("amount", "sets"), [("50", True), ("500", True), ("5000", False)])
def test_what_is_for_the_owner_goes_by_whom_the_routing_gives_the_deal(
    office: TestWorkspace, amount: str, sets: bool
) -> None:
    for funnel in ({"funnel": "sales"}, {}):
        if amount == "50" and not funnel:
            continue  # no entry of the routing is for it
        fields = {"amount": amount, "plan": "A", "margin": "5"}
        answer = office.execute("deal.create", actor="sam", **funnel, fields=fields)
        told = refused(answer)
        if sets:
            assert told is None
            assert office.query("deal.show", deal=answer["number"])["owner"]["name"] == "sam"
        else:
            assert told == ("“Plan” is not yours to set. The routing gives this deal to Sid.", "These may: the owner.")
            assert [each["gate"] for each in answer["refusal"]["failures"]] == ["create.plan", "create.margin"]


def test_whoever_sees_an_account_may_bring_it_a_person_and_a_deal_and_then_answers_for_what_is_theirs(
    office: TestWorkspace,
) -> None:
    office.execute("account.create", actor="sam", fields={"name": "Acme"})
    assert not refused(office.execute("contact.create", actor="cal", fields={"name": "Ivan", "account": "Acme"}))
    assert refused(office.execute("contact.set", actor="cal", contact="Ivan", fields={"zone": "UTC"}))
    office.execute("contact.create", actor="cal", fields={"name": "Olga"})
    assert not refused(office.execute("contact.set", actor="cal", contact="Olga", fields={"account": "Acme"}))
    assert refused(office.execute("contact.set", actor="cal", contact="Olga", fields={"zone": "UTC"}))
    assert refused(office.execute("account.set", actor="cal", account="Acme", fields={"owner": "cal"}))
    office.execute("deal.create", actor="cal", funnel="sales", fields={"account": "Acme"})
    assert not refused(office.execute("contact.set", actor="cal", contact="Olga", fields={"zone": "UTC"}))
    assert not refused(office.execute("account.set", actor="cal", account="Acme", fields={"owner": "cal"}))


def test_a_role_that_changes_nothing_is_told_so_where_nobody_could_be_asked(office: TestWorkspace) -> None:
    told = refused(office.execute("deal.create", actor="ada", funnel="sales"))
    assert told is not None
    assert told[0] == "Your role changes nothing, not even what nobody owns."


GUARDED = """\
  phone: {of: contacts, type: phone, label: Direct line, visible_to: [owner, leader]}
  email: {of: contacts, type: email, set_by: [leader]}
"""


def test_the_built_in_ways_to_reach_a_contact_are_for_whom_a_set_says(tmp_path: Path) -> None:
    name = "configs/fields/base.yaml"
    note = FILES["configs/templates/note.en.md"].replace("{{ margin }}", "{{ contact.phone }}")
    files = {**FILES, name: FILES[name] + GUARDED, "configs/templates/note.en.md": note}
    with open_staffed(tmp_path, files) as office:
        office.execute("account.create", actor="sam", fields={"name": "Acme"})
        ivan = {"name": "Ivan", "account": "Acme", "phone": "+79161234567"}
        assert not refused(office.execute("contact.create", actor="sam", fields=ivan))
        assert refused(
            office.execute("contact.create", actor="sam", fields={**ivan, "email": "ivan@acme.example"})
        ) == (
            "“Email” is not yours to set.",
            "These may: Leader.",
        )
        office.execute("contact.create", fields={**ivan, "name": "Petr"})
        office.execute("deal.create", actor="sam", funnel="sales", fields={"account": "Acme", "contact": "Ivan"})
        for actor, sees in (("sam", True), ("lea", True), ("cal", False), ("ada", False), ("dan", False)):
            told = [
                office.query("contact.show", actor=actor, contact="Ivan"),
                office.query("contact.list", actor=actor),
            ]
            assert ("9161234567" in str(told)) is sees, actor
            assert ("phone" in str(office.query("contact.duplicates", actor=actor))) is False, actor
        told = refused(office.execute("contact.set", actor="dan", contact="Ivan", fields={"phone": "+79160000000"}))
        assert told == ("“Direct line” is not yours to set.", "These may: the owner, Leader.")
        # What a set says of them comes and goes with a release, and their values stay.
        write_files(tmp_path, {name: FILES[name]})
        office.work("reload")
        assert "9161234567" in str(office.query("contact.show", actor="cal", contact="Ivan"))
        assert office.verify().damages == ()
