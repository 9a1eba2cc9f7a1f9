"""Commands: what is carried out, what is refused, what is carried out once."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from tests.integration.sales_workspace import FILES, open_sales
from voronka.errors import UsageFault
from voronka.process.commands import CreateDeal, Envelope, MoveDeal, SetFields
from voronka.process.state import Stream, StreamKind
from voronka.storage.tables import inbox
from voronka.testing import TestWorkspace, write_files


@pytest.fixture
def sales(tmp_path: Path) -> Iterator[TestWorkspace]:
    with open_sales(tmp_path) as workspace:
        yield workspace


def test_a_deal_goes_its_way(sales: TestWorkspace) -> None:
    made = sales.execute("deal.create", funnel="sales", actor="anna", fields={"owner": "anna", "amount": "1000.50"})
    assert (made["number"], made["stage"], made["seq"]) == (1, "new", 1)
    moved = sales.execute("deal.move", deal=1, to="offer", actor="anna")
    assert (moved["stage"], moved["refusal"], moved["seq"]) == ("offer", None, 2)
    shown = sales.query("deal.show", deal=1)
    assert {field["name"]: field["value"] for field in shown["fields"]} == {"amount": 100050}


def test_a_refused_creation_opens_nothing(sales: TestWorkspace) -> None:
    refused = sales.execute("deal.create", funnel="nowhere")
    assert (refused["refusal"]["code"], refused["seq"]) == ("unknown_funnel", 0)
    assert sales.query("deal.list") == []


def test_a_refused_creation_uses_up_no_number(sales: TestWorkspace) -> None:
    engine = sales.client.engine

    def asked(funnel: str) -> Envelope:
        stream = Stream(StreamKind.DEAL, engine.new_id())
        return Envelope(command=CreateDeal(funnel=funnel), stream=stream, actor="local", source="t")

    engine.execute_many([asked("nowhere"), asked("sales"), asked("nowhere"), asked("sales"), asked("nowhere")])
    engine.execute(asked("nowhere"))
    engine.execute(asked("sales"))
    assert sorted(deal["number"] for deal in sales.query("deal.list")) == [1, 2, 3]


def test_a_refused_move_is_an_answer_and_changes_no_stage(sales: TestWorkspace) -> None:
    sales.execute("deal.create", funnel="sales")
    answer = sales.execute("deal.move", deal=1, to="offer")
    assert answer["refusal"]["code"] == "gate"
    assert [failure["gate"] for failure in answer["refusal"]["failures"]] == ["new.leave.require.amount"]
    assert answer["stage"] == "new"


def test_the_same_key_and_request_get_the_same_answer_once_carried_out(sales: TestWorkspace) -> None:
    request = {"funnel": "sales", "idempotency_key": "web-1", "source": "site", "fields": {"amount": "5"}}
    first = sales.execute("deal.create", **request)
    again = sales.execute("deal.create", **request)
    assert again == first | {"replay": True}
    assert len(sales.query("deal.list")) == 1


def test_a_refusal_is_remembered_under_its_key_too(sales: TestWorkspace) -> None:
    sales.execute("deal.create", funnel="sales")
    first = sales.execute("deal.move", deal=1, to="offer", idempotency_key="m1")
    sales.execute("deal.set", deal=1, fields={"amount": "5"})
    again = sales.execute("deal.move", deal=1, to="offer", idempotency_key="m1")
    assert again == first | {"replay": True}


def test_the_same_key_with_another_request_is_a_conflict(sales: TestWorkspace) -> None:
    sales.execute("deal.create", funnel="sales", idempotency_key="k")
    answer = sales.execute("deal.create", funnel="sales", idempotency_key="k", fields={"amount": "5"})
    assert answer["refusal"]["code"] == "key_conflict"
    assert len(sales.query("deal.list")) == 1


def _without_the_field(sales: TestWorkspace) -> None:
    sales.execute("deal.set", deal=1, fields={"passport": None})
    fields = FILES["configs/fields/base.yaml"].replace("  passport: {type: text, pii: true}\n", "")
    write_files(sales.root, {"configs/fields/base.yaml": fields})
    sales.work("reload")


def _with_a_second_account(sales: TestWorkspace) -> None:
    sales.execute("account.create", fields={"name": "ACME"})


def _without_the_user(sales: TestWorkspace) -> None:
    sales.execute("deal.set", deal=1, fields={"owner": "petr"})
    people = FILES["configs/people/people.yaml"].replace("anna: {name: Anna, role: manager, reports_to: petr}, ", "")
    write_files(sales.root, {"configs/people/people.yaml": people})
    sales.work("reload")


@pytest.mark.parametrize("change", [_without_the_field, _with_a_second_account, _without_the_user])
def test_a_retry_gets_its_answer_though_what_it_names_is_gone_or_ambiguous(
    sales: TestWorkspace, change: Callable[[TestWorkspace], None]
) -> None:
    sales.execute("account.create", fields={"name": "Acme"})
    fields = {"account": "Acme", "passport": "4500"}
    request = {"funnel": "sales", "idempotency_key": "k", "actor": "anna", "fields": fields}
    first = sales.execute("deal.create", **request)
    change(sales)
    assert sales.execute("deal.create", **request) == first | {"replay": True}


@pytest.mark.parametrize(
    "request_",
    [
        {"command": "deal.create", "funnel": "sales", "fields": {"nothing": "5"}},
        {"command": "deal.set", "deal": 99, "fields": {"amount": "1"}},
        {"command": "deal.paint"},
        {"command": "deal.create", "funnel": "sales", "actor": "nobody"},
    ],
)
def test_the_same_key_with_a_request_that_means_nothing_is_a_conflict_too(
    sales: TestWorkspace, request_: dict[str, Any]
) -> None:
    sales.execute("deal.create", funnel="sales", idempotency_key="k")
    answer = sales.client.execute({**request_, "idempotency_key": "k"})
    assert (answer["refusal"]["code"], answer["replay"]) == ("key_conflict", False)


def test_a_source_gets_the_answer_to_an_item_that_cannot_be_read_any_more(sales: TestWorkspace) -> None:
    item = ("7", {"command": "deal.create", "funnel": "sales", "fields": {"passport": "4500"}})
    [first] = sales.client.engine.take_in([item], source="source:site", actor="plugin:site")
    _without_the_field(sales)
    [again] = sales.client.engine.take_in([item], source="source:site", actor="plugin:site")
    assert again == replace(first, replay=True)


def test_a_key_twice_in_one_call_is_carried_out_once(sales: TestWorkspace) -> None:
    stream = Stream(StreamKind.DEAL, bytes.fromhex(sales.execute("deal.create", funnel="sales")["id"]))
    command = SetFields(values={"amount": 500})
    envelopes = [Envelope(command=command, stream=stream, actor="local", source="t", key="k", digest="d")] * 2
    other = Envelope(command=command, stream=stream, actor="local", source="t", key="k", digest="e")
    first, again, conflict = sales.client.engine.execute_many([*envelopes, other])
    assert (first.replay, again.replay, first.seq, again.seq) == (False, True, 2, 2)
    assert conflict.refusal is not None
    assert conflict.refusal.code == "key_conflict"


def test_commands_of_one_call_see_each_other_in_order(sales: TestWorkspace) -> None:
    stream = Stream(StreamKind.DEAL, bytes.fromhex(sales.execute("deal.create", funnel="sales")["id"]))
    engine = sales.client.engine
    move = Envelope(command=MoveDeal(to="offer"), stream=stream, actor="local", source="t")
    give = Envelope(command=SetFields(values={"amount": 500}), stream=stream, actor="local", source="t")
    refused, _, moved = engine.execute_many([move, give, move])
    assert refused.refusal is not None
    assert (moved.refusal, moved.seq) == (None, 4)
    assert sales.verify().damages == ()


def test_a_command_for_an_older_state_is_refused(sales: TestWorkspace) -> None:
    sales.execute("deal.create", funnel="sales")
    sales.execute("deal.set", deal=1, fields={"amount": "5"})
    answer = sales.execute("deal.set", deal=1, fields={"amount": "6"}, expected_seq=1)
    assert answer["refusal"]["code"] == "stale"
    assert answer["seq"] == 2


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        ({"command": "deal.moove"}, "deal.move"),
        ({"command": "deal.set", "deal": 1}, "fields"),
        ({"command": "deal.set", "deal": 1, "fields": {}, "feilds": {}}, "fields"),
        ({"command": "deal.set", "deal": 1, "fields": {"amuont": "1"}}, "amount"),
        ({"command": "deal.set", "deal": 1, "fields": {"amount": "much"}}, "much"),
        ({"command": "deal.set", "deal": 1, "fields": {"amount": 1.5}}, "whole"),
        ({"command": "deal.set", "deal": 1, "fields": {"amount": 2**63}}, ""),
        ({"command": "deal.set", "deal": 77, "fields": {}}, "77"),
        ({"command": "deal.set", "deal": "ab" * 16, "fields": {}}, "ab"),
        ({"command": "deal.set", "deal": True, "fields": {}}, "deal"),
        ({"command": "deal.set", "deal": 1, "fields": {"account": "Nobody"}}, "Nobody"),
        ({"command": "deal.set", "deal": 1, "fields": {"amount": "6"}, "actor": "ana"}, "anna"),
        (
            {"command": "deal.set", "deal": 1, "fields": {"amount": "6"}, "idempotency_key": "k" * 201},
            "longer than 200",
        ),
        ({"command": "deal.set", "deal": {}, "fields": {"amount": "6"}}, "There is no deal {}."),
        ({"command": "deal.set", "deal": None, "fields": {"amount": "6"}}, "No deal is given."),
        ({"command": "deal.set", "deal": 1, "fields": {"amount": "6"}, "expected_seq": -1}, "expected_seq"),
        ({"command": "deal.set", "deal": 1, "fields": {"amount": "6"}, "occurred_at": "2030-01-01"}, "future"),
        ({"command": "row.put", "deal": 1, "collection": "linse", "fields": {}}, "lines"),
        ({"command": "row.put", "collection": "lines", "fields": {}}, "record"),
        ({"command": 5}, "command"),
    ],
)
def test_a_request_that_means_nothing_is_refused_with_a_remedy(
    sales: TestWorkspace, request_: dict[str, object], told: str
) -> None:
    sales.execute("deal.create", funnel="sales")
    with pytest.raises(UsageFault) as caught:
        sales.client.execute(request_)
    assert told in caught.value.render()
    assert sales.query("deal.show", deal=1)["seq"] == 1


def test_personal_values_lie_in_the_vault_alone(sales: TestWorkspace) -> None:
    secret = "7704 123456"
    sales.execute("contact.create", fields={"name": "Ivan Petrov", "email": "ivan@example.com"})
    sales.execute("deal.create", funnel="sales", fields={"passport": secret, "contact": "ivan  PETROV"})
    sales.execute("interaction.log", deal=1, fields={"kind": "call", "note": f"asked for {secret}"})
    sales.execute("deal.move", deal=1, to="offer", fields={"passport": secret, "amount": "1"})
    sales.client.close()
    database = sqlite3.connect(sales.root / ".voronka" / "voronka.db")
    for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        text = repr(database.execute(f'SELECT * FROM "{table}"').fetchall())
        found = [word for word in (secret, "Petrov", "ivan@example.com") if word in text]
        assert not found or table == "vault", table
    database.close()
    sales.reopen()
    shown = sales.query("deal.show", deal=1)
    assert shown["contact"]["name"] == "Ivan Petrov"
    assert secret in {field["value"] for field in shown["fields"]}


def test_a_personal_value_set_again_is_no_change(sales: TestWorkspace) -> None:
    sales.execute("deal.create", funnel="sales", fields={"passport": "1"})
    assert sales.execute("deal.set", deal=1, fields={"passport": "1"})["events"] == []
    assert sales.execute("deal.set", deal=1, fields={"passport": "2"})["events"] == ["field.changed"]


@pytest.mark.parametrize("kind", ["account", "contact"])
def test_of_two_records_of_one_name_neither_is_guessed(sales: TestWorkspace, kind: str) -> None:
    ids = [sales.execute(f"{kind}.create", fields={"name": "Ivan"})["id"] for _ in range(2)]
    with pytest.raises(UsageFault, match=ids[0]):
        sales.execute("deal.create", funnel="sales", fields={kind: "Ivan"})
    assert sales.execute("deal.create", funnel="sales", fields={kind: ids[1]})["refusal"] is None


def test_a_change_of_the_account_moves_the_deals_that_read_it(sales: TestWorkspace) -> None:
    sales.execute("account.create", fields={"name": "ООО Ромашка"})
    sales.execute("deal.create", funnel="sales", fields={"account": "ооо ромашка", "amount": "5"})
    sales.execute("deal.move", deal=1, to="offer")
    sales.execute("account.set", account="ООО Ромашка", fields={"turnover": "1000001"})
    assert sales.query("deal.show", deal=1)["stage"]["name"] == "won"
    links = [link["by"] for entry in sales.query("why", deal=1) for link in entry["links"]]
    assert any(by.startswith("auto:key@") for by in links)
    assert sales.verify().damages == ()


def test_why_rebuilds_a_condition_from_what_it_read(sales: TestWorkspace) -> None:
    sales.execute("account.create", fields={"name": "Acme", "turnover": "1000001"})
    sales.execute("deal.create", funnel="sales", fields={"account": "Acme", "amount": "5"})
    sales.execute("deal.move", deal=1, to="offer")
    judgements = [
        judgement
        for entry in sales.query("why", deal=1)
        for link in entry["links"]
        for judgement in link["judgements"]
        if judgement["text"] == "account.turnover > 1000000"
    ]
    assert judgements[-1]["result"] is True
    assert judgements[-1]["values"] == {"account.turnover": 100000100}
    assert judgements[-1]["tree"]["parts"][0] == {"text": "account.turnover", "result": 100000100, "parts": []}
    assert "1,000,001.00" in judgements[-1]["words"]["en"]


@pytest.mark.parametrize("source", ["chain", "import", "import:list", "outbox", "release", "timer"])
def test_nobody_speaks_under_a_source_of_the_engine(sales: TestWorkspace, source: str) -> None:
    made = sales.execute("deal.create", funnel="sales", fields={"amount": "5"})
    with pytest.raises(UsageFault, match="own"):
        sales.execute("deal.set", deal=1, fields={"amount": "1"}, source=source, idempotency_key=f"{made['id']}.2.1")
    assert sales.execute("deal.move", deal=1, to="offer")["seq"] == 2


@pytest.mark.parametrize("other", [{"seq": 1}, {"events": []}])
def test_an_answer_that_is_not_what_its_entry_tells_is_a_damage(tmp_path: Path, other: dict[str, Any]) -> None:
    with open_sales(tmp_path) as sales:
        sales.execute("deal.create", funnel="sales", idempotency_key="k1")
        answer = sales.execute("deal.set", deal=1, fields={"amount": "5"}, idempotency_key="k2")
        assert sales.verify().sound
        change = update(inbox).where(inbox.c.key == "k2").values(answer=json.dumps(answer | other))
        sales.client.engine.write(lambda work: work.execute(change))
        (found,) = sales.verify().damages
        assert "request k2 of" in found.what.render("en")
        assert found.number == 1
