"""Every name that `check` lets a template say is said at delivery, with its true value."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.integration.sales_workspace import open_sales, with_changes
from voronka.config import read_workspace
from voronka.definition.fields import FieldType, Subject
from voronka.definition.templates import SAID_OF_TIMED, said_of
from voronka.definition.vocabulary import COMPUTED_NAMES, USER_NAMES

FUNNEL = """\
funnel: sales
label: {en: Sales to shops}
fields: [base]
stages:
  new:
    label: {en: First talk}
    why: analytics
    timed: {all: {after: 2 days, do: [{send: {channel: email, to: owner, template: every}}]}}
"""
VALUES = {
    "text": ("words", "words"),
    "long_text": ("more words", "more words"),
    "number": (2.5, "2.5"),
    "integer": (1200, "1,200"),
    "money": (150000, "1,500.00 RUB"),
    "percent": (0.1, "10%"),
    "bool": (False, "no"),
    "date": ("2026-03-08", "2026-03-08"),
    "datetime": (1_772_431_200_000_000, "2026-03-02 09:00"),
    "duration": ("2 days", "2 days"),
    "choice": ("price", "Too dear"),
    "choices": (["no_answer", "price"], "Too dear, no_answer"),
    "phone": ("+79161234567", "+79161234567"),
    "email": ("a@example.com", "a@example.com"),
    "url": ("https://example.com/a", "https://example.com/a"),
    "user": ("anna", "Anna"),
    "account": ("Rivet", "Rivet"),
    "contact": ("Olga", "Olga"),
    "file": ("plan.pdf", "plan.pdf"),
}
BUILT_IN = {
    "owner": "Anna", "owner.name": "Anna", "account": "Acme", "contact": "Ivan", "buyer_step": "Overview of solutions",
    "account.name": "Acme", "account.owner": "Petr", "account.segment": "key", "account.region": "North",
    "account.zone": "Asia/Omsk",
    "contact.name": "Ivan", "contact.account": "Rivet", "contact.email": "ivan@example.com", "contact.locale": "en",
    "contact.phone": "+79160000000", "contact.zone": "Europe/Moscow", "contact.status": "Client",
    "created_at": "2026-03-02 09:00", "entered_at": "2026-03-02 09:00", "last_interaction_at": "2026-03-02 09:00",
    "deal.number": "1", "number": "1", "funnel": "Sales to shops", "stage": "First talk",
    "timed.name": "all", "timed.offset": "2 days", "timed.due": "2026-03-04 09:00",
}  # fmt: skip
PREFIXES = {"": "deals", "account.": "accounts", "contact.": "contacts"}
EXPECTED = {
    **BUILT_IN,
    **{f"{prefix}{of[0]}_{kind}": VALUES[kind][1] for prefix, of in PREFIXES.items() for kind in VALUES},
}


def fields_file() -> str:
    lines = ["set: base", "fields:"]
    for of in PREFIXES.values():
        for kind in FieldType:
            options = ", options: {price: {en: Too dear}, no_answer: {}}" if kind in ("choice", "choices") else ""
            lines.append(f"  {of[0]}_{kind}: {{of: {of}, type: {kind}{options}}}")
    return "\n".join(lines).replace("no_answer: {}", "no_answer: no_answer") + "\n"


def given(of: str) -> dict[str, object]:
    return {f"{of[0]}_{kind}": value for kind, (value, _) in VALUES.items()}


def files() -> dict[str, str]:
    body = "".join(f"{name}={{{{ {name} }}}}\n" for name in sorted([*EXPECTED, "closed_at"]))
    return {
        **with_changes(funnel=FUNNEL, fields=fields_file()),
        "configs/templates/hello.en.md": "Hello\n",
        "configs/templates/every.en.md": body,
    }


def test_the_table_of_this_test_is_that_of_the_engine() -> None:
    workspace = read_workspace({path: text.encode() for path, text in files().items()}).workspace
    assert workspace is not None
    assert {*EXPECTED, "closed_at"} == {*said_of(workspace.fields), *SAID_OF_TIMED}


def test_every_name_that_is_accepted_is_said_with_its_value(tmp_path: Path) -> None:
    with open_sales(tmp_path, files()) as sales:
        sales.execute("account.create", fields={"name": "Rivet"})
        sales.execute("contact.create", fields={"name": "Olga"})
        account = {
            "name": "Acme",
            "owner": "petr",
            "segment": "key",
            "region": "North",
            "zone": "Asia/Omsk",
            **given("accounts"),
        }
        sales.execute("account.create", fields=account)
        contact = {
            "name": "Ivan", "account": "Rivet", "email": "ivan@example.com", "phone": "+79160000000",
            "zone": "Europe/Moscow", "locale": "en", "status": "client", **given("contacts"),
        }  # fmt: skip
        sales.execute("contact.create", fields=contact)
        deal = {"account": "Acme", "contact": "Ivan", "owner": "anna", "buyer_step": "solutions", **given("deals")}
        sales.execute("deal.create", funnel="sales", fields=deal)
        sales.advance("2 days")
        (text,) = sales.messages().values()
    said = dict(line.split("=", 1) for line in text.splitlines() if re.fullmatch(r"[\w.]+=.*", line))

    assert said == {**EXPECTED, "closed_at": ""}


@pytest.mark.parametrize(
    "name",
    [
        *sorted({*COMPUTED_NAMES[Subject.DEALS], *(f"owner.{name}" for name in USER_NAMES)} - {*BUILT_IN, "closed_at"}),
        *("account.id", "account.created_at", "notice.stage", "today", "now", "deal.open"),
    ],
)
def test_a_name_that_no_message_can_say_is_refused(name: str) -> None:
    texts = {**files(), "configs/templates/every.en.md": f"{{{{ {name} }}}}\n"}
    findings = read_workspace({path: text.encode() for path, text in texts.items()}).findings

    assert [(each.code, each.place.line, each.place.column) for each in findings] == [("V3604", 1, 4)]
