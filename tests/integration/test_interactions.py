"""The ledger: whatever the channel, a contact with a person becomes a row of one list, with the person it was with."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.integration.import_workspace import MAPPINGS, deal_row, open_importing, write_table
from tests.integration.sales_workspace import FILES
from voronka.errors import UsageFault
from voronka.testing import TestWorkspace, write_files

FUNNEL = """\
funnel: sales
fields: [base]
stages:
  new:
    timed: {materials: {after: 2 days, do: [{send: {channel: email, to: contact, template: hello}}]}}
  offer: {enter: {do: [{log: {kind: visit, channel: fair, direction: in}}]}}
"""


@pytest.fixture(scope="module")
def sales(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestWorkspace]:
    root = tmp_path_factory.mktemp("ledger") / "sales"
    with open_importing(root) as workspace:
        write_files(root, {**FILES, **MAPPINGS, "configs/funnels/sales.yaml": FUNNEL})
        workspace.work("reload")
        acme = workspace.execute("account.create", fields={"name": "Acme"})["id"]
        for name in ("Ivan", "Vera"):
            workspace.execute("contact.create", fields={"name": name, "account": acme, "email": f"{name}@acme.ru"})
        yield workspace


def typed(sales: TestWorkspace, _: Path) -> None:
    sales.execute("interaction.log", deal=1, fields={"kind": "call", "direction": "out", "note": "Asks for a price"})


def with_another(sales: TestWorkspace, _: Path) -> None:
    sales.execute("interaction.log", deal=1, fields={"kind": "meeting", "contact": "Vera"})


def sent(sales: TestWorkspace, _: Path) -> None:
    sales.advance("3 days")


def from_a_source(sales: TestWorkspace, _: Path) -> None:
    said = {"kind": "message", "channel": "telegram", "direction": "in", "note": "Yes"}
    item = ("m1", {"command": "interaction.log", "deal": 1, "fields": said})
    sales.client.engine.take_in([item], source="source:bot", actor="plugin:bot")


def by_the_process(sales: TestWorkspace, _: Path) -> None:
    sales.execute("deal.move", deal=1, to="offer")


def imported(sales: TestWorkspace, folder: Path) -> None:
    sales.work("import", mapping="list", file=str(write_table(folder / "deals.csv", [deal_row(1, person="Vera")])))
    log = folder / "log.csv.gz"
    log.write_bytes(gzip.compress(b"id,at,what,result,who\nD1,2026-02-01 10:00,call,no_answer,anna\n"))
    sales.work("import", mapping="log", file=str(log))


CHANNELS: list[tuple[Callable[[TestWorkspace, Path], None], Mapping[str, object]]] = [
    (typed, {"kind": "call", "direction": "out", "contact": "Ivan", "note": "Asks for a price", "own": False}),
    (with_another, {"kind": "meeting", "contact": "Vera", "own": False}),
    (sent, {"kind": "message", "channel": "email", "direction": "out", "contact": "Ivan", "own": True}),
    (from_a_source, {"channel": "telegram", "direction": "in", "contact": "Ivan", "note": "Yes", "own": False}),
    (by_the_process, {"kind": "visit", "channel": "fair", "direction": "in", "contact": "Ivan", "own": False}),
    (imported, {"kind": "call", "outcome": "no_answer", "user": "anna", "contact": "Vera", "own": False}),
]


def told(row: Mapping[str, Any]) -> dict[str, object]:
    values = {cell["name"]: cell["value"] for cell in row["fields"]}
    names = {cell["name"]: cell["shown"] for cell in row["fields"]}
    contact = names["contact"][""] if "contact" in names else None
    return {**values, "contact": contact, "own": row["own"], "deal": row["deal"]}


@pytest.mark.parametrize(("happens", "expected"), CHANNELS, ids=[happens.__name__ for happens, _ in CHANNELS])
def test_what_happens_in_a_channel_lands_in_the_ledger(
    sales: TestWorkspace, tmp_path: Path, happens: Callable[[TestWorkspace, Path], None], expected: Mapping[str, object]
) -> None:
    if not sales.query("deal.list", limit=1):
        sales.execute("deal.create", funnel="sales", fields={"contact": "Ivan", "account": "Acme", "amount": "5"})
    before = {(row["deal"], row["interaction"]) for row in sales.query("interactions")}
    happens(sales, tmp_path)
    new = [row for row in sales.query("interactions") if (row["deal"], row["interaction"]) not in before]
    assert [told(row).items() >= expected.items() for row in new] == [True], [told(row) for row in new]
    assert sales.verify().damages == ()


def test_contacts_with_a_person_stay_theirs_when_two_records_of_them_become_one(sales: TestWorkspace) -> None:
    twice = sales.execute("contact.create", fields={"name": "Ivan the Second"})["id"]
    keep = sales.query("contact.show", contact="Ivan")["id"]
    deal = sales.execute("deal.create", funnel="sales", fields={"owner": "anna"})["number"]
    said = {"kind": "call", "direction": "in", "note": "Call me Ivan", "contact": twice}
    sales.execute("interaction.log", deal=deal, fields=said)
    sales.execute("row.put", deal=deal, collection="participants", fields={"contact": twice})
    (before,) = sales.query("interactions", deal=deal)
    sales.work("contact.merge", keep=keep, drop=twice)
    (row,) = sales.query("interactions", deal=deal, contact="Ivan")
    assert told(row) == {**told(before), "contact": "Ivan"}
    assert sales.query("why", deal=deal)
    assert (row["at"], row["interaction"]) == (before["at"], before["interaction"])
    (person,) = sales.query("deal.show", deal=deal)["participants"]
    assert person["last_interaction_at"] == row["at"]
    assert sales.verify().damages == ()


def test_the_ledger_is_told_newest_first_by_deal_account_contact_kind_channel_and_time(sales: TestWorkspace) -> None:
    def found(**asked: object) -> list[str]:
        return [row["interaction"] for row in sales.query("interactions", **asked)]

    if not sales.query("deal.list", limit=1):
        sales.execute("deal.create", funnel="sales", fields={"contact": "Ivan", "account": "Acme"})
    other = sales.execute("deal.create", funnel="sales")["number"]
    for fields in ({"kind": "chat", "channel": "wire"}, {"kind": "chat", "contact": "Vera"}, {"kind": "gift"}):
        sales.execute("interaction.log", deal=other, fields=fields)
        sales.advance("1 hour")
    moments = [row["at"] for row in sales.query("interactions")]
    assert moments == sorted(moments, reverse=True)
    assert found(deal=other) == ["4.1", "3.1", "2.1"]
    assert found(deal=other, limit=1, skip=1) == ["3.1"]
    assert found(deal=other, kind="chat") == ["3.1", "2.1"]
    assert found(channel="wire") == ["2.1"]
    assert found(contact="Vera")[0] == "3.1"
    by_account = {(row["deal"], row["interaction"]) for row in sales.query("interactions", account="Acme")}
    assert (other, "3.1") in by_account  # with a contact of the account
    assert (other, "2.1") not in by_account
    assert found(since="2026-02-01 10:01", kind="call", contact="Vera") == []
    with pytest.raises(UsageFault, match="not a date with a time"):
        sales.query("interactions", since="soon")


@pytest.mark.parametrize("fields", [3, True, "kind", ["at"]], ids=str)
def test_fields_that_are_no_names_and_values_are_refused(sales: TestWorkspace, fields: object) -> None:
    request = {"command": "interaction.log", "deal": 1, "fields": fields}
    with pytest.raises(UsageFault, match="not an object"):
        sales.client.execute(request)
