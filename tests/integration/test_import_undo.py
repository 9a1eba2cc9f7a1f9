"""Taking an import back: all of it or nothing, and what may not be taken back is named."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.integration.import_workspace import MAPPINGS, deal_row, open_importing, write_table
from voronka.errors import UsageFault
from voronka.runtime.importing import UndoRefusedError
from voronka.storage.tables import inbox
from voronka.testing import TestWorkspace, write_files


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[TestWorkspace]:
    """Three deals of which two went on by a log."""
    with open_importing(tmp_path / "sales") as opened:
        rows = [deal_row(n, stage="N", since="", opened="2026-03-02 08:00", person="Zoe") for n in (1, 2, 3)]
        opened.work("import", mapping="list", file=str(write_table(tmp_path / "a.csv", rows)))
        log = "id,at,what,result,who\nD1,2026-03-02 08:30,offer,,\nD2,2026-03-02 08:30,call,,zoe\n"
        (tmp_path / "log.csv.gz").write_bytes(gzip.compress(log.encode()))
        opened.work("import", mapping="log", file=str(tmp_path / "log.csv.gz"))
        yield opened


def _remembered(workspace: TestWorkspace) -> int:
    with workspace.client.engine.read() as reader:
        query = select(func.count()).select_from(inbox).where(inbox.c.import_id.is_not(None))
        count: int = reader.execute(query).scalar_one()
        return count


def _undo(workspace: TestWorkspace, import_id: str) -> dict[str, Any]:
    report: dict[str, Any] = workspace.work("import.undo", **{"import": import_id})
    return report


def test_it_hides_deals_and_parties_ends_timers_and_frees_the_rows_of_every_import(
    workspace: TestWorkspace, tmp_path: Path
) -> None:
    report = _undo(workspace, "list-1")
    assert report == {
        "import": "list-1",
        "deals": 3,
        "accounts": 3,
        "contacts": 1,
        "kept": 0,
        "rows": 3,
        "others": {"log-1": 2},
        "personal": report["personal"],
    }
    for query in ("deal.list", "account.list", "contact.list", "timers"):
        assert workspace.query(query) == []
    assert _remembered(workspace) == 0
    assert workspace.verify().damages == ()
    again = workspace.work("import", mapping="list", file=str(tmp_path / "a.csv"))
    assert (again["import"], again["taken"], again["deals"], again["accounts"]) == ("list-2", 3, 3, 3)
    assert workspace.work("import", mapping="log", file=str(tmp_path / "log.csv.gz"))["taken"] == 2


def test_an_import_that_wrote_into_deals_of_another_names_the_one_to_undo(workspace: TestWorkspace) -> None:
    with pytest.raises(UndoRefusedError, match=r"2 deals that it did not make(.|\n)*undo list-1"):
        _undo(workspace, "log-1")
    assert len(workspace.query("deal.list")) == 3


def test_a_deal_changed_since_stops_all_of_it(workspace: TestWorkspace) -> None:
    workspace.execute("deal.set", deal=2, fields={"amount": "7"})
    before = _remembered(workspace)
    with pytest.raises(
        UndoRefusedError,
        match=r"1 deal of the import is also the work of others, or has messages or commands: 2\.",
    ):
        _undo(workspace, "list-1")
    assert len(workspace.query("deal.list")) == 3
    assert len(workspace.query("timers")) == 2
    assert _remembered(workspace) == before
    assert [run["state"] for run in workspace.query("imports")] == ["finished", "finished"]


def test_a_timer_that_fired_is_a_change(workspace: TestWorkspace) -> None:
    workspace.advance("2 days")
    with pytest.raises(
        UndoRefusedError,
        match="2 deals of the import are also the work of others, or have messages or commands: 2, 3",
    ):
        _undo(workspace, "list-1")


LOG = """\
import: log
rows: {format: csv}
mode: history
into: {funnel: sales}
case: id
at: at
events: [{stage: offer}]
"""
LIVE = """\
import: live
rows: {format: csv}
mode: live
into: {funnel: sales}
key: id
deal: {amount: {column: amount}}
"""


def test_a_deal_that_was_there_before_is_never_hidden(tmp_path: Path) -> None:
    with open_importing(tmp_path / "sales", log=LOG, live=LIVE) as workspace:
        deals = write_table(tmp_path / "b.csv", [("D1", "5")], ("id", "amount"))
        assert workspace.work("import", mapping="live", file=str(deals))["deals"] == 1
        workspace.advance("1 hour")
        events = write_table(tmp_path / "c.csv", [("D1", "2026-03-02 09:30")], ("id", "at"))
        assert workspace.work("import", mapping="log", file=str(events))["taken"] == 1
        with pytest.raises(UndoRefusedError, match=r"1 deal that it did not make(.|\n)*undo live-1"):
            _undo(workspace, "log-1")
        assert len(workspace.query("deal.list")) == 1


def test_a_live_import_is_taken_back_with_all_that_it_wrote(tmp_path: Path) -> None:
    live = LIVE.replace("deal: {amount: {column: amount}}", "deal: {amount: {column: amount}}\nstage: {column: stage}")
    with open_importing(tmp_path / "sales", live=live) as workspace:
        rows = [("D1", "5", "new"), ("D2", "6", "offer")]
        file = str(write_table(tmp_path / "b.csv", rows, ("id", "amount", "stage")))
        assert workspace.work("import", mapping="live", file=file)["deals"] == 2
        report = _undo(workspace, "live-1")
        assert (report["deals"], report["rows"]) == (2, 2)
        assert workspace.query("deal.list") == []
        assert workspace.query("timers") == []
        assert workspace.verify().damages == ()
        assert workspace.work("import", mapping="live", file=file)["deals"] == 2


SENDING = """\
funnel: sales
fields: [base]
stages:
  new: {enter: {do: [{notify: {to: owner, template: hello}}]}}
  offer: {}
"""


def test_what_a_live_import_has_sent_out_stops_the_undo(tmp_path: Path) -> None:
    with open_importing(tmp_path / "sales", live=LIVE) as workspace:
        files = {
            "configs/funnels/sales.yaml": SENDING,
            "configs/templates/hello.en.md": "---\nsubject: A\n---\nHello.\n",
        }
        write_files(tmp_path / "sales", files)
        deals = write_table(tmp_path / "b.csv", [("D1", "5")], ("id", "amount"))
        assert workspace.work("import", mapping="live", file=str(deals))["deals"] == 1
        with pytest.raises(UndoRefusedError, match="or has messages or commands: 1"):
            _undo(workspace, "live-1")
        assert _remembered(workspace) == 1


def test_a_refused_move_is_no_change(tmp_path: Path) -> None:
    with open_importing(tmp_path / "sales") as workspace:
        file = str(write_table(tmp_path / "a.csv", [deal_row(1, stage="N", since="", amount="")]))
        workspace.work("import", mapping="list", file=file)
        assert workspace.execute("deal.move", deal=1, to="offer")["refusal"]["code"] == "gate"
        assert _undo(workspace, "list-1")["deals"] == 1


def test_parties_in_use_stay(workspace: TestWorkspace) -> None:
    workspace.execute("deal.create", funnel="sales", fields={"account": "Company 1"})
    report = _undo(workspace, "list-1")
    assert (report["accounts"], report["kept"]) == (2, 1)
    assert [account["name"] for account in workspace.query("account.list")] == ["Company 1"]


FIELDS = """\
set: people
fields:
  agent: {type: contact}
  partner: {of: accounts, type: account}
collections:
  guests: {of: deals, fields: {who: {type: contact}}}
  staff: {of: accounts, fields: {who: {type: contact}}}
"""
USES: dict[str, list[dict[str, Any]]] = {
    "the account of a contact": [
        {"command": "contact.create", "fields": {"name": "Ann", "account": "Company 1"}},
    ],
    "a field of an account": [{"command": "account.create", "fields": {"name": "Ours", "partner": "Company 1"}}],
    "a field of a deal": [{"command": "deal.create", "funnel": "sales", "fields": {"agent": "Zoe"}}],
    "a participant": [
        {"command": "row.put", "deal": 4, "collection": "participants", "fields": {"contact": "Zoe", "role": "boss"}}
    ],
    "a row of a deal": [{"command": "row.put", "deal": 4, "collection": "guests", "fields": {"who": "Zoe"}}],
    "a row of an account": [
        {"command": "account.create", "fields": {"name": "Ours"}},
        {"command": "row.put", "account": "Ours", "collection": "staff", "fields": {"who": "Zoe"}},
    ],
    "an interaction": [
        {"command": "interaction.log", "deal": 4, "fields": {"kind": "call", "direction": "in", "contact": "Zoe"}}
    ],
}


@pytest.mark.parametrize("use", USES)
def test_whom_anything_refers_to_stays(tmp_path: Path, use: str) -> None:
    with open_importing(tmp_path / "sales") as workspace:
        funnel = MAPPINGS["configs/funnels/sales.yaml"].replace("fields: [base]", "fields: [base, people]")
        write_files(workspace.root, {"configs/fields/people.yaml": FIELDS, "configs/funnels/sales.yaml": funnel})
        workspace.work("reload")
        rows = [deal_row(n, stage="N", since="", person="Zoe") for n in (1, 2, 3)]
        workspace.work("import", mapping="list", file=str(write_table(tmp_path / "a.csv", rows)))
        workspace.execute("deal.create", funnel="sales")
        for request in USES[use]:
            assert workspace.client.execute(request)["refusal"] is None
        report = _undo(workspace, "list-1")
        kept = [each["name"] for kind in ("account", "contact") for each in workspace.query(f"{kind}.list")]
        wanted = "Company 1" if "Company 1" in str(USES[use]) else "Zoe"
        assert wanted in kept
        assert set(kept) <= {wanted, "Ours", "Ann"}
        assert (report["kept"], report["accounts"] + report["contacts"]) == (1, 3)


def test_what_only_what_goes_too_refers_to_goes_and_what_one_that_stays_refers_to_stays(tmp_path: Path) -> None:
    with open_importing(tmp_path / "sales") as workspace:
        rows = [deal_row(1, stage="N", since="", person="Zoe"), deal_row(2, stage="N", since="", person="Max")]
        workspace.work("import", mapping="list", file=str(write_table(tmp_path / "a.csv", rows)))
        workspace.execute("contact.set", contact="Zoe", fields={"account": "Company 2"})
        report = _undo(workspace, "list-1")
        # Zoe was changed by hand, so she stays, and with her the account that she is of.
        assert (report["kept"], report["accounts"], report["contacts"]) == (2, 1, 1)
        assert [account["name"] for account in workspace.query("account.list")] == ["Company 2"]


def test_a_command_to_a_deal_that_was_taken_back_gets_its_answer_again(workspace: TestWorkspace) -> None:
    request = {"deal": 1, "to": "nowhere", "idempotency_key": "k"}
    first = workspace.execute("deal.move", **request)
    _undo(workspace, "list-1")
    assert workspace.execute("deal.move", **request) == first | {"replay": True}


def test_an_import_is_taken_back_though_its_funnel_is_gone(tmp_path: Path) -> None:
    with open_importing(tmp_path / "sales") as workspace:
        file = str(write_table(tmp_path / "a.csv", [deal_row(1, stage="W"), deal_row(2, stage="W")]))
        workspace.work("import", mapping="list", file=file)
        renamed = {
            path: text.replace("funnel: sales", "funnel: other")
            for path, text in MAPPINGS.items()
            if "funnel: sales" in text
        }
        write_files(workspace.root, renamed)
        workspace.work("reload")
        assert _undo(workspace, "list-1")["deals"] == 2
        assert workspace.query("deal.list") == []
        assert workspace.verify().sound


def test_twice_or_unknown_is_told(workspace: TestWorkspace) -> None:
    with pytest.raises(UsageFault, match="Did you mean list-1"):
        _undo(workspace, "list1")
    _undo(workspace, "list-1")
    with pytest.raises(UsageFault, match="undone already"):
        _undo(workspace, "list-1")


def test_values_that_it_hides_do_not_keep_a_field_from_another_type(tmp_path: Path) -> None:
    root = tmp_path / "sales"
    with open_importing(root) as sales:
        rows = [deal_row(1, stage="N", since=""), deal_row(2, stage="W", since="2026-03-02 09:00")]
        sales.work("import", mapping="list", file=str(write_table(tmp_path / "a.csv", rows)))
        _undo(sales, "list-1")
        base = root / "configs/fields/base.yaml"
        base.write_text(base.read_text().replace("amount: {type: money", "amount: {type: text"))
        assert sales.work("reload")["changed"]
