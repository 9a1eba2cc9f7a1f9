"""Rows that tell how records stand: accounts, contacts, orders; found again, changed, and never twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from tests.integration import sales_workspace
from tests.integration.import_workspace import write_table
from tests.integration.sales_workspace import START, ZONE, with_changes
from voronka.process.state import StreamKind
from voronka.storage.tables import orders
from voronka.testing import TestWorkspace, write_files

FIELDS = """\
set: base
fields:
  amount: {type: money}
  deal_no: {type: text}
  paid_off: {type: bool, formula: "sum(orders, paid) >= amount"}
  turnover: {of: accounts, type: money}
  inn: {of: accounts, type: text}
  city: {of: accounts, type: text}
  level: {of: contacts, type: text}
collections:
  rivals: {of: accounts, key: name, fields: {name: {type: text}, share: {type: percent}}}
"""
FUNNEL = """\
funnel: sales
fields: [base]
stages:
  new: {}
  offer: {}
transitions:
  paid: {from: offer, to: won, auto: true, when: paid_off}
"""
RULES = """\
rules:
  first_order:
    trigger: {event: order.imported}
    where: count(orders) == 1
    do: [{task: {title: Thank for the order, due: 1 day}}]
"""
IMPORTS = {
    "orders": """\
import: orders
rows: {format: csv}
mode: live
into: {collection: orders}
deal: {match: deal_no, column: Deal}
row: {number: {column: No}, amount: {column: Sum}, paid: {column: Paid}, status: {column: Status}}
""",
    "dated": """\
import: dated
rows: {format: csv}
mode: live
into: {collection: orders}
deal: {match: deal_no, column: Deal}
row: {number: {column: No}, at: {column: At}}
""",
    "deals": """\
import: deals
rows: {format: csv}
mode: history
into: {funnel: sales}
key: Deal
deal: {deal_no: {column: Deal}}
stage: {column: Stage}
""",
    "clients": """\
import: clients
rows: {format: xlsx}
mode: live
into: {records: accounts}
match: [inn, name]
row:
  name: {column: Company}
  inn: {column: INN}
  city: {column: City}
  turnover: {column: Turnover, keep: greater}
""",
    "people": """\
import: people
rows: {format: csv}
mode: live
into: {records: contacts}
match: [email, phone]
row:
  name: {column: Name, keep: theirs}
  email: {column: Mail}
  phone: {column: Phone}
  account: {column: Company}
  level: {column: Level}
""",
    "rivals": """\
import: rivals
rows: {format: csv}
mode: live
into: {collection: account.rivals}
account: {match: inn, column: INN}
row: {name: {column: Rival}, share: {column: Share}}
""",
}


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[TestWorkspace]:
    files = with_changes(fields=FIELDS, funnel=FUNNEL)
    del files["configs/templates/hello.en.md"]
    files["configs/rules/rules.yaml"] = RULES
    files |= {f"configs/imports/{name}.yaml": text for name, text in IMPORTS.items()}
    write_files(tmp_path / "sales", files)
    with TestWorkspace(tmp_path / "sales", start=START, zone=ZONE, database=sales_workspace.DATABASE) as opened:
        yield opened


def bring(workspace: TestWorkspace, mapping: str, path: Path, **params: object) -> dict[str, Any]:
    report: dict[str, Any] = workspace.work("import", mapping=mapping, file=str(path), **params)
    assert report["rows"] == report["taken"] + report["known"] + report["ignored"] + report["refused"]
    assert report["taken"] == report["added"] + report["updated"]
    workspace.client.engine.settle()
    return report


def counted(report: dict[str, Any]) -> tuple[int, int, int, int]:
    return report["added"], report["updated"], report["known"], report["refused"]


def parties(workspace: TestWorkspace, kind: StreamKind = StreamKind.ACCOUNT) -> list[Mapping[str, Any]]:
    with workspace.client.engine.read() as reader:
        return [party.fields for party in reader.list_parties(kind)]


def deal(workspace: TestWorkspace) -> None:
    workspace.execute("deal.create", funnel="sales", fields={"deal_no": "K-7", "amount": "1000"})
    workspace.execute("deal.move", deal=1, to="offer")


def book(path: Path, *rows: Sequence[object], sheet: str = "Base") -> Path:
    made = Workbook()
    page = made.active
    assert page is not None
    page.title = sheet
    for row in rows:
        page.append(list(row))
    made.create_sheet("Empty")
    made.save(path)
    return path


ORDER = ("Deal", "No", "Sum", "Paid", "Status")
CLIENT = ("Company", "INN", "City", "Turnover")


def test_orders_come_in_are_changed_and_never_twice(workspace: TestWorkspace, tmp_path: Path) -> None:
    deal(workspace)
    first = write_table(tmp_path / "a.csv", [("K-7", "O-1", "1000", "", "new")], ORDER)
    assert counted(bring(workspace, "orders", first)) == (1, 0, 0, 0)
    assert [task["title"] for task in workspace.query("tasks")] == [{"": "Thank for the order"}]
    assert counted(bring(workspace, "orders", first)) == (0, 0, 1, 0)
    assert workspace.query("deal.show", deal=1)["stage"]["name"] == "offer"
    assert len(workspace.query("imports")) == 1  # what changes nothing leaves nothing
    paid = write_table(tmp_path / "b.csv", [("K-7", "O-1", "", "1000,00", "paid")], ORDER)
    assert counted(bring(workspace, "orders", paid)) == (0, 1, 0, 0)
    shown = workspace.query("deal.show", deal=1)
    assert shown["stage"]["name"] == "won"  # the sum of what is paid has reached the amount
    with workspace.client.engine.read() as reader:
        (row,) = reader.execute(orders.select()).all()
    assert (row.number, row.amount, row.paid, row.status) == ("O-1", 100_000, 100_000, "paid")
    assert workspace.verify().damages == ()


def test_an_order_of_a_day_to_come_is_refused(workspace: TestWorkspace, tmp_path: Path) -> None:
    deal(workspace)
    rows = [("K-7", "O-1", "01.03.2026"), ("K-7", "O-2", "01.03.2062")]
    report = bring(workspace, "dated", write_table(tmp_path / "a.csv", rows, ("Deal", "No", "At")))
    assert counted(report) == (1, 0, 0, 1)
    (refused,) = report["refusals"]
    assert (refused["line"], refused["column"], refused["reason"]["en"]) == (3, "At", "The time lies in the future.")


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (("K-8", "O-1", "1", "", ""), "Deal", "No record has this value of deal_no."),
        (("", "O-1", "1", "", ""), "Deal", "The row does not say which record it means: the cell is empty."),
        (("K-7", "O-1", "much", "", ""), "Sum", "“much” is not a number."),
        (("K-7", "", "1", "", ""), "No", "The row has no number, by which it would be known again."),
    ],
)
def test_an_order_that_belongs_nowhere_is_refused(
    workspace: TestWorkspace, tmp_path: Path, row: tuple[str, ...], column: str, reason: str
) -> None:
    deal(workspace)
    report = bring(workspace, "orders", write_table(tmp_path / "a.csv", [row], ORDER))
    (refused,) = report["refusals"]
    assert (refused["line"], refused["column"]) == (2, column)
    assert refused["reason"]["en"] == reason
    assert report["import"] is None


def test_one_order_in_two_rows_is_refused(workspace: TestWorkspace, tmp_path: Path) -> None:
    deal(workspace)
    rows = [("K-7", "O-1", "1", "", ""), ("K-7", "O-1", "2", "", ""), ("K-7", "O-2", "3", "", "")]
    report = bring(workspace, "orders", write_table(tmp_path / "a.csv", rows, ORDER))
    assert counted(report) == (2, 0, 0, 1)
    assert report["refusals"][0]["row"] == 2


def test_a_workbook_of_clients_finds_those_that_are_there(workspace: TestWorkspace, tmp_path: Path) -> None:
    workspace.execute("account.create", fields={"name": "ACME  Ltd", "city": "Omsk", "turnover": "500"})
    path = book(
        tmp_path / "a.xlsx",
        CLIENT,
        ("Acme ltd", "7701", "Tomsk", 400.0),
        (None, None, None, None),
        ("Beta", 7702, None, 12.5),
        ("Acme Ltd", "7703", "Perm", None),  # of the same name, and by the surer key another
    )
    rehearsed = bring(workspace, "clients", path, dry_run=True)
    assert (rehearsed["import"], counted(rehearsed)) == (None, (2, 1, 0, 0))
    report = bring(workspace, "clients", path)
    assert (report["accounts"], counted(report)) == (2, (2, 1, 0, 0))
    (acme,) = [each for each in parties(workspace) if each.get("inn") == "7701"]
    assert (acme["name"], acme["city"], acme["turnover"]) == ("ACME  Ltd", "Omsk", 50_000)  # ours, and the greater
    assert {each.get("inn") for each in parties(workspace)} == {"7701", "7702", "7703"}
    assert counted(bring(workspace, "clients", path)) == (0, 0, 3, 0)
    more = book(tmp_path / "b.xlsx", CLIENT, ("Other name", "7701", "Perm", 900))
    assert counted(bring(workspace, "clients", more)) == (0, 1, 0, 0)
    assert any(each.get("turnover") == 90_000 for each in parties(workspace))


def test_a_sign_in_the_place_of_a_key_makes_no_two_clients_one(workspace: TestWorkspace, tmp_path: Path) -> None:
    head = ("Company", "INN", "City", "Turnover")
    rows = [("Alpha", "-", "Tver", 1), ("Beta", "нет", "Omsk", 2), ("Gamma", "-", "Perm", 3), ("—", "n/a", "Ufa", 4)]

    report = bring(workspace, "clients", book(tmp_path / "base.xlsx", head, *rows))

    assert counted(report) == (3, 0, 0, 1)
    assert [(party["name"], party.get("inn"), party["city"]) for party in parties(workspace)] == [
        ("Alpha", None, "Tver"),
        ("Beta", None, "Omsk"),
        ("Gamma", None, "Perm"),
    ]
    known = book(tmp_path / "known.xlsx", head, ("Alpha", "7701", "Tver", 1))
    assert counted(bring(workspace, "clients", known)) == (0, 1, 0, 0)


def test_a_contact_is_known_by_mail_or_telephone_and_told_nowhere(workspace: TestWorkspace, tmp_path: Path) -> None:
    columns = ("Name", "Mail", "Phone", "Company", "Level")
    rows = [
        ("Ivan Petrov", "ivan@acme.ru", "+79161234567", "Acme", "head"),
        ("P. Ivan", "", "8 916 123-45-67", "", ""),
        ("Nameless", "", "", "", ""),
        ("Misfit", "no mail", "", "", ""),
    ]
    path = write_table(tmp_path / "a.csv", rows, columns)
    report = bring(workspace, "people", path)
    assert counted(report) == (1, 0, 0, 3)  # nobody could tell which of the two rows about Ivan holds
    assert [each["column"] for each in report["refusals"] if each["line"] == 5] == ["Mail"]  # told once
    assert (report["contacts"], report["accounts"]) == (1, 1)
    assert "Nameless" not in str(report["refusals"])
    by_phone = write_table(tmp_path / "c.csv", [("Petrov I.", "", "+79161234567", "", "")], columns)
    assert counted(bring(workspace, "people", by_phone)) == (0, 1, 0, 0)
    (contact,) = workspace.query("contact.list")
    assert contact["name"] == "Petrov I."
    rows = [("Ivan P.", "ivan@acme.ru", "", "Beta", ""), ("Olga", "olga@acme.ru", "", "-", "")]
    report = bring(workspace, "people", write_table(tmp_path / "b.csv", rows, columns))
    # The contact keeps its account, and a sign in the place of one makes none.
    assert (counted(report), report["accounts"]) == ((1, 1, 0, 0), 0)
    assert [each["name"] for each in workspace.query("account.list")] == ["Acme"]


@pytest.mark.parametrize(
    ("mapping", "columns", "rows"),
    [
        ("rivals", ("INN", "Rival", "Share"), [("7701", "Rival", "20%"), ("7701 ", "Rival", "30%")]),
        (
            "people",
            ("Name", "Mail", "Phone", "Company", "Level"),
            [("A", "a@b.ru", "", "", ""), ("B", "A@B.ru", "", "", "")],
        ),
    ],
)
def test_a_second_row_about_the_same_is_refused_however_its_key_is_written(
    workspace: TestWorkspace, tmp_path: Path, mapping: str, columns: tuple[str, ...], rows: list[tuple[str, ...]]
) -> None:
    workspace.execute("account.create", fields={"name": "Acme", "inn": "7701"})
    path = write_table(tmp_path / "a.csv", rows, columns)
    assert counted(bring(workspace, mapping, path)) == (1, 0, 0, 1)
    assert counted(bring(workspace, mapping, path)) == (0, 0, 1, 1)


def test_rows_of_an_account_belong_to_it(workspace: TestWorkspace, tmp_path: Path) -> None:
    workspace.execute("account.create", fields={"name": "Acme", "inn": "7701"})
    path = write_table(
        tmp_path / "a.csv", [("7701", "Rival", "20%"), ("7709", "Rival", "1%")], ("INN", "Rival", "Share")
    )
    assert counted(bring(workspace, "rivals", path)) == (1, 0, 0, 1)
    assert counted(bring(workspace, "rivals", path)) == (0, 0, 1, 1)


def test_an_import_of_clients_is_undone_but_for_what_it_changed(workspace: TestWorkspace, tmp_path: Path) -> None:
    workspace.execute("account.create", fields={"name": "Acme"})
    path = book(tmp_path / "a.xlsx", CLIENT, ("Acme", "7701", None, None), ("Beta", "7702", None, None))
    bring(workspace, "clients", path)
    report = workspace.work("import.undo", **{"import": "clients-1"})
    assert (report["accounts"], report["rows"]) == (1, 2)
    (left,) = parties(workspace)
    assert left["inn"] == "7701"


def test_the_undo_of_deals_tells_how_many_orders_went_with_them(workspace: TestWorkspace, tmp_path: Path) -> None:
    deals = write_table(tmp_path / "d.csv", [("A", "new"), ("B", "new")], ("Deal", "Stage"))
    workspace.work("import", mapping="deals", file=str(deals))
    orders = [(deal, number, "5", "0", "") for deal, number in (("A", "1"), ("A", "2"), ("B", "3"))]
    bring(workspace, "orders", write_table(tmp_path / "o.csv", orders, ORDER))
    report = workspace.work("import.undo", **{"import": "deals-1"})
    assert (report["deals"], report["rows"], report["others"]) == (2, 2, {"orders-1": 3})
