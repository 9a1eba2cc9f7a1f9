"""What rows become: deals, visits, interactions, people; and why a row is refused."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.integration.import_workspace import COLUMNS, deal_row, open_importing, write_table
from voronka.errors import UsageFault
from voronka.runtime.importing import import_file
from voronka.runtime.importing.keys import deal_key
from voronka.storage.tables import history, interactions, visits
from voronka.testing import TestWorkspace, write_files


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[TestWorkspace]:
    with open_importing(tmp_path / "sales") as opened:
        yield opened


def _import(workspace: TestWorkspace, mapping: str, path: Path, **params: object) -> dict[str, Any]:
    report: dict[str, Any] = workspace.work("import", mapping=mapping, file=str(path), **params)
    assert report["rows"] == report["taken"] + report["known"] + report["ignored"] + report["refused"]
    return report


def _log(path: Path, *rows: tuple[str, ...]) -> Path:
    text = "\n".join(",".join(row) for row in (("id", "at", "what", "result", "who"), *rows)) + "\n"
    path.write_bytes(gzip.compress(text.encode()))
    return path


def test_a_row_is_a_deal_with_its_own_times(workspace: TestWorkspace, tmp_path: Path) -> None:
    report = _import(workspace, "list", write_table(tmp_path / "a.csv", [deal_row(1)]))
    assert (report["taken"], report["deals"], report["accounts"]) == (1, 1, 1)
    deal = workspace.query("deal.show", deal=1)
    assert deal["stage"]["name"] == "offer"
    assert deal["owner"]["name"] == "anna"
    with workspace.client.engine.read() as reader:
        stays = reader.execute(select(visits.c.stage, visits.c.entered_at, visits.c.left_at)).all()
    assert [stage for stage, _, _ in stays] == ["new", "offer"]
    assert stays[0].left_at == stays[1].entered_at
    assert stays[1].entered_at - stays[0].entered_at == (2 * 24 + 10) * 3_600_000_000


def test_accounts_are_found_by_their_names_whatever_the_case(workspace: TestWorkspace, tmp_path: Path) -> None:
    workspace.execute("account.create", fields={"name": "Company  ONE"})
    rows = [deal_row(1, company="company one"), deal_row(2, company=" Company One ")]
    report = _import(workspace, "list", write_table(tmp_path / "a.csv", rows))
    assert report["accounts"] == 0
    assert len(workspace.query("account.list")) == 1


def test_contacts_are_made_once_and_their_names_stay_out_of_the_history(
    workspace: TestWorkspace, tmp_path: Path
) -> None:
    rows = [deal_row(n, person="Ivan Petrov", passport=f"4510 {n}") for n in (1, 2)]
    report = _import(workspace, "list", write_table(tmp_path / "a.csv", rows))
    assert (report["contacts"], report["taken"]) == (1, 2)
    with workspace.client.engine.read() as reader:
        said = "".join(reader.execute(select(history.c.events)).scalars())
    assert "Petrov" not in said
    assert "4510" not in said


@pytest.mark.parametrize(("kind", "column"), [("account", "company"), ("contact", "person")])
def test_a_row_that_names_one_of_several_records_of_a_name_is_refused(
    workspace: TestWorkspace, tmp_path: Path, kind: str, column: str
) -> None:
    for _ in range(2):
        workspace.execute(f"{kind}.create", fields={"name": "Acme"})
    report = _import(workspace, "list", write_table(tmp_path / "a.csv", [deal_row(1, **{column: "acme"})]))
    assert report["taken"] == 0
    (refused,) = report["refusals"]
    assert refused["column"] == kind
    assert refused["reason"]["en"] == f"2 {kind}s have this name: nobody can tell which is meant."


def test_a_timer_of_the_past_is_not_armed(workspace: TestWorkspace, tmp_path: Path) -> None:
    rows = [deal_row(1, stage="N", since=""), deal_row(2, stage="N", opened="2026-03-02 08:00", since="")]
    _import(workspace, "list", write_table(tmp_path / "a.csv", rows))
    waiting = workspace.query("timers")
    assert [timer["deal"] for timer in waiting] == [2]
    assert workspace.advance("1 hour") == 0
    workspace.advance("1 day")
    assert [task["deal"] for task in workspace.query("tasks")] == [2]


def test_what_gates_would_have_refused_is_counted(workspace: TestWorkspace, tmp_path: Path) -> None:
    rows = [deal_row(1, amount=""), deal_row(2, amount=""), deal_row(3)]
    report = _import(workspace, "list", write_table(tmp_path / "a.csv", rows))
    assert report["violations"] == {"new.leave.require.amount": 2}
    assert report["taken"] == 3


REFUSED = [
    ({"opened": "yesterday"}, "opened"),
    ({"opened": ""}, "opened"),
    ({"opened": "2027-01-01"}, "opened"),
    ({"seller": "B"}, "seller"),
    ({"amount": "a lot"}, "amount"),
    ({"stage": "X"}, "stage"),
    ({"since": "2025-01-01"}, "since"),
    ({"id": ""}, "id"),
    ({"person": "zero\0"}, ""),
]


@pytest.mark.parametrize(("change", "column"), REFUSED)
def test_a_bad_row_is_refused_with_its_line_and_the_others_are_taken(
    change: dict[str, str], column: str, workspace: TestWorkspace, tmp_path: Path
) -> None:
    report = _import(
        workspace, "list", write_table(tmp_path / "a.csv", [deal_row(1), deal_row(2, **change), deal_row(3)])
    )
    assert (report["taken"], report["refused"], report["deals"]) == (2, 1, 2)
    refusal = report["refusals"][0]
    assert (refusal["line"], refusal["row"], refusal["column"]) == (3, 2, column)
    assert all(refusal[part][language] for part in ("reason", "remedy") for language in ("en", "ru"))
    assert refusal["reason"]["en"] != refusal["reason"]["ru"]
    listed = Path(report["refusals_file"]).read_text(encoding="utf-8").splitlines()
    assert listed[0] == "row,line,column,value,reason,remedy,gate"
    assert listed[1].startswith(f"2,3,{column},")


def test_a_personal_value_is_not_repeated(tmp_path: Path) -> None:
    mapping = """\
import: list
rows: {format: csv}
mode: history
into: {funnel: sales}
key: id
deal: {passport: {column: passport}}
"""
    with open_importing(tmp_path / "sales", list=mapping) as workspace:
        path = write_table(tmp_path / "a.csv", [("1", "x" * 5_000)], ("id", "passport"))
        report = _import(workspace, "list", path)
        assert report["refused"] == 1
        assert report["refusals"][0]["value"] == ""
        assert "xxx" not in Path(report["refusals_file"]).read_text(encoding="utf-8")


BROKEN_LINES = [
    ('D2,"open', "quotation"),
    ("D2,2026-01-10", "cells"),
    ("D2" + ",x" * 20, "cells"),
    ('D2,"a"b,c,d,e,f,g,h,i', "quoting"),
    ("D2,2026-01-10,A,Caf\udce9,,1,,O,", "0xE9"),
    ("D2," + "y" * 200_000 + ",A,,,1,,O,", "longer"),
    ("D2," + "y" * 3_000_000 + ",A,,,1,,O,", "longer"),
]


@pytest.mark.parametrize(("line", "word"), BROKEN_LINES)
def test_a_broken_line_is_refused_and_reading_goes_on(
    line: str, word: str, workspace: TestWorkspace, tmp_path: Path
) -> None:
    path = write_table(tmp_path / "a.csv", [deal_row(1)])
    good = path.read_bytes()
    if line.count('"') % 2:
        path.write_bytes(good + line.encode())
    else:
        path.write_bytes(
            good + line.encode("utf-8", "surrogateescape") + b"\r\n" + good.splitlines()[1].replace(b"D1", b"D3")
        )
    report = _import(workspace, "list", path)
    assert report["refused"] == 1
    assert report["refusals"][0]["line"] == 3
    assert word in report["refusals"][0]["reason"]["en"]
    assert report["taken"] == report["rows"] - 1


BAD_FILES = [
    (b"", "empty"),
    (b"\n", "is empty"),
    (b"id,opened\n1,2\n", "no column"),
    (",".join((*COLUMNS, "id")).encode(), "twice"),
    (";".join(COLUMNS).encode(), "no column"),
    ("id,\udcff".encode("utf-8", "surrogateescape"), "is not utf-8"),
    (gzip.compress(b"id\n", mtime=0), "compressed"),
]


@pytest.mark.parametrize(("content", "word"), BAD_FILES)
def test_a_file_that_cannot_be_meant_is_refused_whole(
    content: bytes, word: str, workspace: TestWorkspace, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(UsageFault, match=word):
        workspace.work("import", mapping="list", file=str(path))


def test_a_file_that_is_not_there_is_told_in_a_sentence(workspace: TestWorkspace, tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(UsageFault, match="cannot be read"):
            workspace.work("import", mapping="list", file=str(path))


def test_an_unknown_mapping_is_told_with_what_was_meant(workspace: TestWorkspace, tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="Did you mean list"):
        workspace.work("import", mapping="lists", file=str(tmp_path / "a.csv"))


def test_a_truncated_archive_and_a_bomb_are_refused_before_anything_is_written(
    workspace: TestWorkspace, tmp_path: Path
) -> None:
    path = _log(tmp_path / "log.csv.gz", ("D1", "2026-01-13", "won", "", ""))
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(UsageFault, match="damaged"):
        workspace.work("import", mapping="log", file=str(path))
    path.write_bytes(gzip.compress(b"id,at,what,result,who\n" + bytes(80 << 20), 1))
    with pytest.raises(UsageFault, match="times its size"):
        workspace.work("import", mapping="log", file=str(path))


def test_events_of_a_case_meet_the_deal_and_are_passed_over_before_their_time_is_read(
    workspace: TestWorkspace, tmp_path: Path
) -> None:
    _import(workspace, "list", write_table(tmp_path / "a.csv", [deal_row(1, stage="N", since="")]))
    path = _log(
        tmp_path / "log.csv.gz",
        ("D1", "", "scheduled", "", ""),
        ("D1", "2026-01-15 10:00", "offer", "", ""),
        ("D1", "2026-01-20 10:00", "won", "", ""),
        ("D1", "2026-01-16 10:00", "call", "no_answer", "zoe"),
        ("D1", "2026-01-16 10:00", "call", "no_answer", "zoe"),
        ("D1", "2026-01-17 10:00", "call", "", ""),
        ("D9", "2026-01-17 10:00", "call", "", ""),
    )
    report = _import(workspace, "log", path)
    assert (report["ignored"], report["taken"], report["refused"], report["users"]) == (1, 5, 1, 1)
    assert (report["refusals"][0]["reason"]["en"], report["refusals"][0]["value"]) == (
        "There is no deal with this key.",
        "D9",
    )
    assert workspace.query("deal.show", deal=1)["outcome"] == "won"
    with workspace.client.engine.read() as reader:
        assert list(reader.execute(select(interactions.c.user)).scalars()) == ["zoe", "zoe", None]
        assert [stage for (stage,) in reader.execute(select(visits.c.stage).order_by(visits.c.visit))] == [
            "new",
            "offer",
            "won",
        ]
    again = _import(workspace, "log", path)
    assert (again["import"], again["taken"], again["known"]) == (None, 0, 5)


def test_a_row_older_than_the_stage_of_its_deal_is_refused(workspace: TestWorkspace, tmp_path: Path) -> None:
    _import(workspace, "list", write_table(tmp_path / "a.csv", [deal_row(1)]))
    report = _import(workspace, "log", _log(tmp_path / "log.csv.gz", ("D1", "2026-01-11", "won", "", "")))
    assert report["refused"] == 1
    assert "older" in report["refusals"][0]["reason"]["en"]


def test_a_key_twice_in_a_list_of_deals_is_refused(workspace: TestWorkspace, tmp_path: Path) -> None:
    report = _import(workspace, "list", write_table(tmp_path / "a.csv", [deal_row(1), deal_row(1, amount=7)]))
    assert (report["taken"], report["refused"]) == (1, 1)
    assert report["refusals"][0]["value"] == "D1"


def test_a_row_that_says_something_else_now_is_counted_and_left(workspace: TestWorkspace, tmp_path: Path) -> None:
    _import(workspace, "list", write_table(tmp_path / "a.csv", [deal_row(1), deal_row(2)]))
    report = _import(
        workspace, "list", write_table(tmp_path / "a.csv", [deal_row(1, amount=7), deal_row(2), deal_row(3)])
    )
    assert (report["known"], report["changed"], report["taken"]) == (2, 1, 1)
    assert workspace.query("deal.show", deal=1)["number"] == 1


def test_a_refused_row_may_come_again_mended(workspace: TestWorkspace, tmp_path: Path) -> None:
    _import(workspace, "list", write_table(tmp_path / "a.csv", [deal_row(1), deal_row(2, amount="?")]))
    report = _import(workspace, "list", write_table(tmp_path / "a.csv", [deal_row(1), deal_row(2)]))
    assert (report["known"], report["taken"], report["deals"]) == (1, 1, 1)


def test_a_dry_run_tells_everything_and_keeps_nothing(workspace: TestWorkspace, tmp_path: Path) -> None:
    path = write_table(tmp_path / "a.csv", [deal_row(1), deal_row(2, amount="?"), deal_row(3, person="Zoe")])
    rehearsed = _import(workspace, "list", path, dry_run=True)
    assert rehearsed["import"] is None
    assert workspace.query("deal.list") == []
    assert workspace.query("imports") == []
    real = _import(workspace, "list", path)
    same = ("rows", "taken", "refused", "deals", "accounts", "contacts", "violations", "refusals")
    assert {name: rehearsed[name] for name in same} == {name: real[name] for name in same}
    assert workspace.query("deal.show", deal=1)["number"] == 1


def test_nobody_waits_for_a_dry_run_and_it_leaves_no_file(workspace: TestWorkspace, tmp_path: Path) -> None:
    path = write_table(tmp_path / "a.csv", [deal_row(n, person=f"Zoe {n}") for n in range(1, 4_003)])
    before = sorted(tmp_path.rglob("*"))
    answers = []

    def command(_: Mapping[str, Any]) -> None:
        answers.append(workspace.execute("deal.create", funnel="sales"))

    done = import_file(workspace.client.engine, "list", path, dry_run=True, progress=command)
    # Each of the three batches was still open to be taken back when the command was answered, and knows nothing of it.
    assert [(answer["number"], answer["refusal"]) for answer in answers] == [(1, None), (2, None), (3, None)]
    assert (done.rows, done.deals, done.import_id) == (4_002, 4_002, None)
    assert [deal["number"] for deal in workspace.query("deal.list")] == [1, 2, 3]
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.own_file
def test_encoding_delimiter_and_byte_order_mark_are_read_as_the_mapping_says(tmp_path: Path) -> None:
    mapping = """\
import: list
rows: {format: csv, encoding: windows-1251, delimiter: ";"}
mode: history
into: {funnel: sales}
key: id
deal: {account: {column: Клиент}}
"""
    with open_importing(tmp_path / "sales", list=mapping) as workspace:
        path = tmp_path / "a.csv"
        path.write_bytes("id;Клиент\n1;Завод\n".encode("cp1251"))
        assert _import(workspace, "list", path)["accounts"] == 1
        assert workspace.query("account.list")[0]["name"] == "Завод"
    with open_importing(tmp_path / "other", list=mapping.replace("windows-1251", "utf-8")) as workspace:
        path.write_bytes("\ufeffid;Клиент\n1;Завод\n".encode())
        assert _import(workspace, "list", path)["accounts"] == 1


def test_a_live_row_opens_its_deal_when_it_says(tmp_path: Path) -> None:
    mapping = """\
import: live
rows: {format: csv}
mode: live
into: {funnel: sales}
key: id
deal: {amount: {column: amount}, created_at: {column: opened}}
stage: {column: stage, at: {column: since}}
"""
    columns = ("id", "amount", "opened", "stage", "since")
    rows = [("1", "50", "2026-02-27 09:00", "offer", "2026-02-28 09:00")]
    with open_importing(tmp_path / "live", live=mapping) as workspace:
        assert _import(workspace, "live", write_table(tmp_path / "a.csv", rows, columns))["taken"] == 1
        with workspace.client.engine.read() as reader:
            stays = reader.execute(select(visits.c.entered_at).order_by(visits.c.visit)).scalars().all()
        assert stays[1] - stays[0] == 24 * 3_600_000_000


def test_a_live_row_that_has_its_new_deal_come_to_where_it_begins_later_is_refused(tmp_path: Path) -> None:
    mapping = """\
import: live
rows: {format: csv}
mode: live
into: {funnel: sales}
key: id
deal: {amount: {column: amount}, created_at: {column: opened}}
stage: {column: stage, at: {column: since}}
"""
    columns = ("id", "amount", "opened", "stage", "since")
    rows = [
        ("1", "50", "2026-02-27 09:00", "new", "2026-02-28 09:00"),
        ("2", "50", "2026-02-27 09:00", "new", "2026-02-27 09:00"),
    ]
    with open_importing(tmp_path / "live", live=mapping) as workspace:
        report = _import(workspace, "live", write_table(tmp_path / "a.csv", rows, columns))
        assert (report["taken"], report["deals"]) == (1, 1)
        assert [(each["line"], each["column"]) for each in report["refusals"]] == [(2, "since")]


VARIED = """\
funnel: sales
fields: [base]
stages: {new: {}, talk: {}, offer: {}}
variants: {by: loss_reason, cases: {price: {stages: {new: null}}}}
"""
VARIED_LIVE = """\
import: live
rows: {format: csv}
mode: live
into: {funnel: sales}
key: id
deal: {amount: {column: amount}, loss_reason: {column: why}}
stage: {column: stage, map: {t: talk}}
"""


@pytest.mark.parametrize(("why", "stage", "stays"), [("", "new", 1), ("", "t", 2), ("price", "t", 1)])
def test_a_live_row_does_not_move_its_new_deal_to_where_it_begins(
    tmp_path: Path, why: str, stage: str, stays: int
) -> None:
    with open_importing(tmp_path / "live") as workspace:
        write_files(workspace.root, {"configs/funnels/sales.yaml": VARIED, "configs/imports/live.yaml": VARIED_LIVE})
        table = write_table(tmp_path / "a.csv", [("1", "10", why, stage)], ("id", "amount", "why", "stage"))
        assert _import(workspace, "live", table)["refusals"] == []
        with workspace.client.engine.read() as reader:
            assert len(reader.execute(select(visits.c.visit)).all()) == stays
        assert workspace.verify().damages == ()


def test_a_live_row_is_a_command_whose_gates_hold_and_a_refused_one_leaves_nothing(
    workspace: TestWorkspace, tmp_path: Path
) -> None:
    rows = [("1", "", "Acme", "offer", ""), ("2", "50", "Acme", "offer", ""), ("3", "70", "Beta", "new", "")]
    path = write_table(tmp_path / "a.csv", rows, ("id", "amount", "company", "stage", "passport"))
    report = _import(workspace, "live", path)
    assert (report["taken"], report["refused"], report["deals"], report["accounts"]) == (2, 1, 2, 2)
    assert [deal["stage"]["name"] for deal in workspace.query("deal.list")] == ["offer", "new"]
    assert len(workspace.query("timers")) == 1
    assert workspace.verify().damages == ()
    again = _import(workspace, "live", path)
    assert (again["known"], again["refused"]) == (2, 1)


COMPOSITE = """\
import: comp
rows: {format: csv}
mode: history
into: {funnel: sales}
key: [contract, line]
deal: {amount: {column: amount}, created_at: {column: opened}}
stage: {column: stage}
"""


def test_keys_of_several_columns_do_not_run_into_each_other(tmp_path: Path) -> None:
    parts = [("12/3", "4"), ("12", "3/4"), ("12\\", "3/4"), ("12", "3"), ("12\\/3", "4")]
    rows = [(*each, "100", "2026-01-01", "new") for each in parts]
    path = write_table(tmp_path / "c.csv", rows, ("contract", "line", "amount", "opened", "stage"))
    with open_importing(tmp_path / "shop", comp=COMPOSITE) as shop:
        report = _import(shop, "comp", path)
        assert (report["taken"], report["deals"], report["refused"]) == (5, 5, 0)
        engine = shop.client.engine
        key = deal_key(engine.write(lambda work: work.secret(engine.random)), "12/3")
        with engine.read() as reader:
            assert len(reader.deals_by_key([("sales", key)])) == 1


@pytest.mark.parametrize("files", [1, 3])
def test_an_account_has_the_first_spelling_of_its_name_wherever_batches_end(tmp_path: Path, files: int) -> None:
    spellings = ["Acme  Pumps", "ACME PUMPS", "acme pumps"]
    rows = [deal_row(number, company=name) for number, name in enumerate(spellings, start=1)]
    with open_importing(tmp_path) as workspace:
        for n in range(files):
            path = write_table(tmp_path / f"{n}.csv", rows[n::files])
            workspace.client.work("import", {"mapping": "list", "file": str(path)})
        assert [each["name"] for each in workspace.query("account.list")] == ["Acme Pumps"]
