"""After a merge nothing brings the record that is gone back: no file, no command, no letter that waits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration import sales_workspace
from tests.integration.import_workspace import write_table
from tests.integration.sales_workspace import START, ZONE, with_changes
from voronka.errors import UsageFault
from voronka.testing import TestWorkspace, write_files

FIELDS = """\
set: base
fields:
  amount: {type: money}
  inn: {of: accounts, type: text}
  holding: {of: accounts, type: account}
collections:
  rivals: {of: accounts, key: name, fields: {name: {type: text}, share: {type: percent}}}
  partners: {of: accounts, key: who, fields: {who: {type: account}, since: {type: date}}}
"""
FUNNEL = """\
funnel: sales
fields: [base]
stages:
  new: {timed: {remind: {after: 12 hours, do: [{send: {channel: email, to: contact, template: hello}}]}}}
"""
IMPORTS = {
    "clients": """\
import: clients
rows: {format: csv}
mode: live
into: {records: accounts}
match: [inn, name]
row:
  name: {column: Company, keep: theirs}
  inn: {column: INN}
  region: {column: Region}
  holding: {column: Holding}
""",
    "people": """\
import: people
rows: {format: csv}
mode: live
into: {records: contacts}
match: [email]
row: {name: {column: Name}, email: {column: Mail}}
""",
    "rivals": """\
import: rivals
rows: {format: csv}
mode: live
into: {collection: account.rivals}
account: {match: name, column: Company}
row: {name: {column: Rival}, share: {column: Share}}
""",
    "partners": """\
import: partners
rows: {format: csv}
mode: live
into: {collection: account.partners}
account: {match: name, column: Company}
row: {who: {column: Who}, since: {column: Since}}
""",
    "deals": """\
import: deals
rows: {format: csv}
mode: history
into: {funnel: sales}
key: id
deal: {account: {column: Company}, contact: {column: Person}}
stage: {column: Stage}
""",
}
TEMPLATE = "---\nsubject: Hello\n---\nDear {{ contact.name }}\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[TestWorkspace]:
    root = with_changes()["voronka.yaml"] + 'quiet_hours: "20:00-09:00"\n'
    files = with_changes(fields=FIELDS, funnel=FUNNEL, root=root)
    files |= {f"configs/imports/{name}.yaml": text for name, text in IMPORTS.items()}
    files["configs/templates/hello.en.md"] = TEMPLATE
    write_files(tmp_path / "sales", files)
    with TestWorkspace(tmp_path / "sales", start=START, zone=ZONE, database=sales_workspace.DATABASE) as opened:
        yield opened


def bring(workspace: TestWorkspace, mapping: str, path: Path) -> tuple[int, ...]:
    report = workspace.work("import", mapping=mapping, file=str(path))
    return tuple(report[name] for name in ("taken", "known", "refused", "accounts", "contacts"))


def names(workspace: TestWorkspace, kind: str = "account") -> list[Any]:
    return sorted(each["name"] for each in workspace.query(f"{kind}.list"))


def test_the_same_file_makes_nobody_anew_that_was_merged(workspace: TestWorkspace, tmp_path: Path) -> None:
    columns = ("Company", "INN", "Region", "Holding")
    rows = [("Romashka", "1", "North", "Group Ltd"), ("Romashka Ltd", "2", "South", ""), ("Lutik", "", "East", "")]
    clients = write_table(tmp_path / "clients.csv", [*rows, ("Lutik Ltd", "", "West", "")], columns)
    shares = [("Romashka", "Rival", "10%"), ("Romashka Ltd", "Rival", "10%")]
    rivals = write_table(tmp_path / "rivals.csv", shares, ("Company", "Rival", "Share"))
    ties = [("Lutik", "Romashka", "2026-01-01"), ("Lutik", "Romashka Ltd", "2026-01-01")]
    partners = write_table(tmp_path / "partners.csv", ties, ("Company", "Who", "Since"))
    assert bring(workspace, "clients", clients) == (4, 0, 0, 5, 0)
    assert bring(workspace, "rivals", rivals) == bring(workspace, "partners", partners) == (2, 0, 0, 0, 0)
    workspace.execute("account.create", fields={"name": "Group"})
    for keep in ("Romashka", "Lutik", "Group"):
        workspace.work("account.merge", keep=keep, drop=f"{keep} Ltd")
    assert bring(workspace, "partners", partners) == (0, 2, 0, 0, 0)  # a row for each of the two that are one now
    workspace.work("account.merge", keep="Lutik", drop="Romashka")  # one after the other
    assert bring(workspace, "clients", clients) == (0, 4, 0, 0, 0)
    assert bring(workspace, "rivals", rivals) == (0, 2, 0, 0, 0)
    assert names(workspace) == ["Group", "Lutik"]
    news = write_table(tmp_path / "news.csv", [("Romashka Ltd", "2", "South", "Other")], columns)
    assert bring(workspace, "clients", news) == (0, 1, 0, 0, 0)  # it holds a group and a region of its own
    twice = [("Lutik", "Rival", "30%"), ("ROMASHKA", "Rival", "20%")]
    report = workspace.work(
        "import", mapping="rivals", file=str(write_table(tmp_path / "b.csv", twice, ("Company", "Rival", "Share")))
    )
    assert (report["taken"], [one["line"] for one in report["refusals"]]) == (1, [3])
    assert workspace.verify().damages == ()


def test_a_former_name_means_the_one_that_stays_to_a_file_of_deals_and_to_a_person(
    workspace: TestWorkspace, tmp_path: Path
) -> None:
    columns = ("id", "Company", "Person", "Stage")
    path = write_table(tmp_path / "a.csv", [("1", "Beta Ltd", "Ivan", "new")], columns)
    assert bring(workspace, "deals", path) == (1, 0, 0, 1, 1)
    gone = workspace.query("account.list")[0]["id"]
    for kind, name in (("account", "Beta"), ("contact", "Ivan Petrov")):
        workspace.execute(f"{kind}.create", fields={"name": name})
    workspace.work("account.merge", keep="Beta", drop="Beta Ltd")
    workspace.work("contact.merge", keep="Ivan Petrov", drop="Ivan")
    path = write_table(tmp_path / "a.csv", [(str(n), "BETA ltd", "Ivan", "new") for n in (1, 2)], columns)
    assert bring(workspace, "deals", path) == (1, 1, 0, 0, 0)
    for named in ("Beta Ltd", gone):
        workspace.execute("deal.create", funnel="sales", fields={"account": named, "contact": "Ivan"})
        assert workspace.query("account.show", account=named)["name"] == "Beta"
    shown = {(deal["account"]["name"], deal["contact"]["name"]) for deal in workspace.query("deal.list")}
    assert shown == {("Beta", "Ivan Petrov")}
    with pytest.raises(UsageFault):  # it is there already, under another name
        workspace.execute("account.create", fields={"name": "Beta Ltd"}, another=False)
    workspace.execute("account.create", fields={"name": "Beta Ltd"})
    assert workspace.query("account.show", account="Beta Ltd")["id"] != gone  # who is called so now comes first
    assert workspace.verify().damages == ()


def test_a_former_address_means_the_one_that_stays_until_it_is_erased(workspace: TestWorkspace, tmp_path: Path) -> None:
    path = write_table(tmp_path / "a.csv", [("Anna", "a@x.example"), ("Anna K", "k@x.example")], ("Name", "Mail"))
    assert bring(workspace, "people", path) == (2, 0, 0, 0, 2)
    workspace.work("contact.merge", keep="Anna K", drop="Anna")
    assert bring(workspace, "people", path) == (0, 2, 0, 0, 0)
    workspace.work("import.undo", **{"import": "people-1"})  # whom a person has merged stays
    assert names(workspace, "contact") == ["Anna K"]
    assert bring(workspace, "people", path) == (0, 2, 0, 0, 0)
    workspace.work("person.erase", contact="Anna")
    assert bring(workspace, "people", path) == (2, 0, 0, 0, 2)
    assert workspace.verify().damages == ()


def test_a_letter_that_waits_goes_to_the_contact_that_stays(workspace: TestWorkspace) -> None:
    keep, drop = (
        workspace.execute("contact.create", fields={"name": name, "email": f"{name}@x.example"})["id"]
        for name in ("keep", "drop")
    )
    workspace.execute("deal.create", funnel="sales", fields={"contact": drop})
    workspace.advance("13 hours")
    assert [one["to"][""] for one in workspace.query("outbox")] == ["drop"]
    workspace.work("contact.merge", keep=keep, drop=drop)
    assert [one["to"][""] for one in workspace.query("outbox")] == ["keep"]
    workspace.advance("12 hours")
    assert [text.splitlines()[0] for text in workspace.messages().values()] == ["To: keep <keep@x.example>"]
    (told,) = workspace.query("why", deal=1)[-1]["events"][1:]
    assert (told["kind"], told["values"]["contact"]) == ("interaction.logged", keep)
    assert workspace.verify().damages == ()
