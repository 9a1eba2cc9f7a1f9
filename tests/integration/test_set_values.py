"""What an expression sets is refused, or is held as if it had been typed; what is held stays where it still fits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.sales_workspace import FILES, open_sales, with_changes
from voronka.config import read_workspace
from voronka.runtime.merging import MergeRefusedError
from voronka.testing import TestWorkspace, write_files

FIELDS = """\
set: base
fields:
  answer: {type: text}
  mail: {type: email}
  site: {type: url}
  tel: {type: phone}
  share: {type: percent, max: 60%}
  tags: {type: choices, options: [price, terms, quality]}
  wishes: {type: choices, options: [quality, terms, price]}
  own_mail: {type: email, pii: true}
  billing: {of: accounts, type: email}
  margin: {of: accounts, type: percent, max: 60%}
  second: {of: contacts, type: email, pii: true}
"""
FUNNEL = """\
funnel: sales
fields: [base]
stages:
  new: {leave: {do: [{set: {SET: VALUE}}, {send: {channel: email, to: contact, template: hello}}]}}
  offer: {}
transitions:
  back: {from: lost, to: new}
"""


def files(name: str = "answer", value: str = "=answer", fields: str = FIELDS) -> dict[str, str]:
    return {
        **with_changes(fields=fields, funnel=FUNNEL.replace("SET", name).replace("VALUE", value)),
        "configs/templates/hello.en.md": "---\nsubject: Hello\n---\nHello {{ contact.name }}\n",
    }


def setting(root: Path, name: str, answer: str) -> Iterator[TestWorkspace]:
    with open_sales(root, files(name)) as sales:
        sales.execute("account.create", fields={"name": "Acme"})
        sales.execute("contact.create", fields={"name": "Ivan", "email": "i@x.ru"})
        who = {"contact": "Ivan", "account": "Acme", "owner": "anna"}
        sales.execute("deal.create", funnel="sales", fields={**who, "answer": answer})
        yield sales


def of(sales: TestWorkspace, kind: str) -> dict[str, Any]:
    given = {"deal": 1} if kind == "deal" else {kind: {"account": "Acme", "contact": "Ivan"}[kind]}
    return {field["name"]: field["value"] for field in sales.query(f"{kind}.show", **given)["fields"]}


def told(sales: TestWorkspace) -> list[str]:
    return [each["status"] for each in sales.query("outbox") if each["channel"] == "email"]


@pytest.mark.parametrize(
    ("name", "answer", "kept"),
    [
        ("contact.email", "Boss@X.RU", "boss@x.ru"),
        ("contact.phone", "8 916 123-45-67", "+79161234567"),
        ("contact.second", " Boss@X.ru ", "boss@x.ru"),
        ("account.billing", "Boss@X.ru", "boss@x.ru"),
        ("mail", "Boss@X.RU", "boss@x.ru"),
        ("tel", "8 (916) 123-45-67", "+79161234567"),
        ("site", "https://acme.example/a", "https://acme.example/a"),
    ],
)
def test_what_an_expression_sets_is_held_as_if_it_had_been_typed(
    tmp_path: Path, name: str, answer: str, kept: str
) -> None:
    for sales in setting(tmp_path, name, answer):
        assert sales.execute("deal.move", deal=1, to="offer")["refusal"] is None
        kind, _, field = name.rpartition(".")
        assert of(sales, kind or "deal")[field] == kept
        subject = {"deal": 1} if not kind else {kind: {"account": "Acme", "contact": "Ivan"}[kind]}
        assert sales.execute(f"{kind or 'deal'}.set", **subject, fields={field: answer})["events"] == []
        assert sales.verify().damages == ()


@pytest.mark.parametrize("name", ["contact.email", "contact.phone", "contact.second"])
def test_a_personal_field_takes_nothing_that_does_not_fit_it(tmp_path: Path, name: str) -> None:
    for sales in setting(tmp_path, name, "call me later"):
        sales.execute("deal.move", deal=1, to="offer")
        held = of(sales, "contact")
        assert held["email"] == "i@x.ru"
        assert held.get(name.partition(".")[2]) in (None, "i@x.ru")
        sales.advance_to("2026-03-02 12:00")
        assert told(sales) == ["sent"]
        assert sales.verify().damages == ()


def test_an_expression_gives_a_deal_no_address_that_is_none(tmp_path: Path) -> None:
    for sales in setting(tmp_path, "mail", "call me later"):
        answer = sales.execute("deal.move", deal=1, to="offer")
        assert answer["refusal"]["code"] == "value"


def test_what_an_expression_chooses_stands_in_the_order_of_the_field(tmp_path: Path) -> None:
    with open_sales(tmp_path, files("tags", "=wishes")) as sales:
        sales.execute("deal.create", funnel="sales", fields={"wishes": "price, quality"})
        sales.execute("deal.move", deal=1, to="offer")
        assert of(sales, "deal")["tags"] == ["price", "quality"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[price, terms, quality]", "[quality, terms, price]"),
        ("[price, terms, quality]", "[price, quality, service, terms]"),
        ("share: {type: percent, max: 60%}", "share: {type: percent, max: 50%}"),
    ],
)
def test_a_release_that_takes_no_value_away_comes_into_force_and_lets_closed_deals_back(
    tmp_path: Path, old: str, new: str
) -> None:
    with open_sales(tmp_path, files()) as sales:
        for _ in range(2):
            sales.execute("deal.create", funnel="sales", fields={"tags": "price, quality, terms", "share": "55%"})
        sales.execute("deal.move", deal=2, to="lost")
        write_files(tmp_path, {**FILES, **files(fields=FIELDS.replace(old, new))})
        sales.work("reload")
        before = sales.query("why", deal=1)
        sales.execute("deal.set", deal=1, fields={"tags": "terms, price, quality"})
        assert sales.query("why", deal=1) == before  # the same options are no change
        answer = sales.execute("deal.move", deal=2, to="new")
        assert answer["refusal"] is None
        assert answer["stage"] == "new"
        assert sales.verify().damages == ()


@pytest.mark.parametrize("followed", ["", ", ttl: 90 days"])
def test_a_merge_carries_over_what_a_bound_of_today_would_not_let_in(tmp_path: Path, followed: str) -> None:
    bound = "accounts, type: percent, max: 60%"
    with open_sales(tmp_path, files(fields=FIELDS.replace(bound, bound + followed))) as sales:
        keep = sales.execute("account.create", fields={"name": "Acme"})["id"]
        drop = sales.execute("account.create", fields={"name": "Acme Ltd", "margin": "55%"})["id"]
        write_files(
            tmp_path,
            files(fields=FIELDS.replace(bound, bound.replace("60", "50") + followed)),
        )
        sales.work("reload")
        assert sales.work("account.merge", keep=keep, drop=drop)["taken"] == ["margin"]
        assert of(sales, "account")["margin"] == 0.55


def test_a_personal_value_that_its_field_cannot_be_any_more_keeps_no_message_back(tmp_path: Path) -> None:
    with open_sales(tmp_path, files()) as sales:
        sales.execute("contact.create", fields={"name": "Ivan", "email": "i@x.ru"})
        sales.execute("deal.create", funnel="sales", fields={"contact": "Ivan", "own_mail": "a@x.ru"})
        sales.execute("deal.move", deal=1, to="lost")
        write_files(tmp_path, files(fields=FIELDS.replace("own_mail: {type: email", "own_mail: {type: integer")))
        sales.work("reload")
        sales.execute("deal.move", deal=1, to="new")
        sales.execute("deal.move", deal=1, to="offer")
        sales.advance_to("2026-03-02 12:00")
        assert set(told(sales)) == {"sent"}


def test_an_expression_puts_no_personal_value_of_the_deal_into_the_history(tmp_path: Path) -> None:
    write_files(tmp_path, files("own_mail"))
    assert "V3404" in [each.code for each in read_workspace(tmp_path).findings]


def test_a_merge_makes_no_sum_that_a_bound_would_not_let_in(tmp_path: Path) -> None:
    sources = "set: base\nsources: {crm: {class: transactional}, web: {class: client}}\n"
    seats = "  seats: {of: accounts, type: integer, max: 100, sources: [crm, web], merge: sum}\n"
    summed = FIELDS.replace("set: base\n", sources) + seats
    with open_sales(tmp_path, files(fields=summed)) as sales:
        keep, drop = (sales.execute("account.create", fields={"name": name})["id"] for name in ("Acme", "Acme Ltd"))
        sales.execute("account.set", account=keep, fields={"seats": "60"}, **{"from": "crm"})
        sales.execute("account.set", account=drop, fields={"seats": "70"}, **{"from": "web"})
        with pytest.raises(MergeRefusedError):
            sales.work("account.merge", keep=keep, drop=drop)
        assert of(sales, "account")["seats"] == 60
