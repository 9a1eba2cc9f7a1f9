"""The pipeline of a seller of hardware, imported into the example workspace, against numbers counted apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.acceptance.real_data import data_folder, names_of_deals, open_example, read_table, write_table
from tests.depth import DEEP
from voronka.runtime.local import LocalClient
from voronka.storage import verify
from voronka.storage.tables import deals, keys, timers

pytestmark = pytest.mark.usefixtures("crm")

Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def pipeline() -> Path:
    return data_folder("maven_crm") / "sales_pipeline.csv"


@pytest.fixture(scope="module")
def rows(pipeline: Path) -> Rows:
    return read_table(pipeline)


@pytest.fixture(scope="module")
def reports() -> dict[str, Any]:
    return {}


@pytest.fixture(scope="module")
def crm(pipeline: Path, reports: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalClient]:
    client = open_example("hardware_crm", tmp_path_factory.mktemp("crm"))
    for mapping in ("opportunities", "outcomes"):
        reports[mapping] = client.work("import", {"mapping": mapping, "file": str(pipeline)})
    yield client
    client.close()


def test_every_row_is_taken_or_passed_over(reports: dict[str, Any], rows: Rows) -> None:
    opened, closed = reports["opportunities"], reports["outcomes"]
    ended = sum(row["deal_stage"] in ("Won", "Lost") for row in rows)
    assert (opened["rows"], opened["taken"], opened["refused"]) == (len(rows), len(rows), 0)
    assert (closed["taken"], closed["ignored"], closed["refused"]) == (ended, len(rows) - ended, 0)
    assert opened["deals"] == len({row["opportunity_id"] for row in rows})
    assert opened["accounts"] == len({row["account"] for row in rows if row["account"]})
    assert opened["users"] == len({row["sales_agent"] for row in rows})


def test_stages_and_outcomes_are_those_of_the_file(crm: LocalClient, rows: Rows) -> None:
    with crm.engine.read() as reader:
        found = dict(reader.execute(select(deals.c.stage, func.count()).group_by(deals.c.stage)).all())
    assert found == Counter(row["deal_stage"].lower() for row in rows)


def test_the_misspelt_product_is_mapped(crm: LocalClient, rows: Rows) -> None:
    names = {"GTXPro": "gtx_pro"}
    wanted = Counter(names.get(row["product"], row["product"].lower().replace(" ", "_")) for row in rows)
    with crm.engine.read() as reader:
        found = Counter(deal.fields["product"] for deal in reader.list_deals())
    assert found == wanted
    assert found["gtx_pro"] == sum(row["product"] == "GTXPro" for row in rows)


def test_amounts_accounts_and_owners_are_those_of_the_file(crm: LocalClient, rows: Rows) -> None:
    with crm.engine.read() as reader:
        by_id = {deal.id: deal for deal in reader.list_deals()}
    names = names_of_deals(crm, (row["opportunity_id"] for row in rows))
    by_key = {name: by_id[deal] for deal, name in names.items()}
    for row in rows:
        deal = by_key[row["opportunity_id"]]
        won = row["deal_stage"] == "Won"
        assert deal.owner == row["sales_agent"]
        assert deal.fields.get("amount") == (int(row["close_value"]) * 100 if won else None)
        assert (deal.account is None) == (row["account"] == "")
    without = [row for row in rows if not row["account"]]
    assert sum(deal.account is None and deal.outcome is None for deal in by_key.values()) == len(without)


def test_the_funnel_counts_what_the_file_says(crm: LocalClient, rows: Rows) -> None:
    report = crm.query("funnel", {"funnel": "opportunities"})
    stages = {stage["stage"]: stage for stage in report["stages"]}
    count = Counter(row["deal_stage"] for row in rows)
    assert (report["deals"], report["won"], report["lost"]) == (len(rows), count["Won"], count["Lost"])
    assert stages["prospecting"]["here"] == count["Prospecting"] == sum(not row["engage_date"] for row in rows)
    assert stages["engaging"]["entered"] == len(rows) - count["Prospecting"]
    assert stages["engaging"]["here"] == count["Engaging"]
    by_owner = {owner["owner"]: (owner["won"], owner["lost"]) for owner in report["owners"]}
    for agent in {row["sales_agent"] for row in rows}:
        own = Counter(row["deal_stage"] for row in rows if row["sales_agent"] == agent)
        assert by_owner[agent] == (own["Won"], own["Lost"])


def test_a_second_run_takes_nothing(crm: LocalClient, pipeline: Path, rows: Rows) -> None:
    with crm.engine.read() as reader:
        before = len(reader.imports())
    report = crm.work("import", {"mapping": "opportunities", "file": str(pipeline)})
    assert (report["import"], report["taken"], report["known"], report["changed"]) == (None, 0, len(rows), 0)
    with crm.engine.read() as reader:
        assert len(reader.imports()) == before


def test_histories_replay_and_nothing_is_due(crm: LocalClient) -> None:
    assert verify(crm.engine.database).damages == ()
    with crm.engine.read() as reader:
        assert reader.awaited().effect is None


def test_undo_hides_every_deal(pipeline: Path, rows: Rows, tmp_path: Path) -> None:
    file, some = tmp_path / pipeline.name, rows if DEEP else rows[::7]
    write_table(file, some)
    accounts = len({row["account"] for row in some if row["account"]})
    client = open_example("hardware_crm", tmp_path)
    try:
        client.work("import", {"mapping": "opportunities", "file": str(file)})
        undone = client.work("import.undo", {"import": "opportunities-1"})
        found = (undone["deals"], undone["rows"], undone["accounts"], undone["kept"])
        assert found == (len(some), len(some), accounts, 0)
        with client.engine.read() as reader:
            assert reader.list_deals() == []
            assert reader.execute(select(func.count()).select_from(keys)).scalar_one() == 0
            waiting = select(func.count()).select_from(timers).where(timers.c.state == "waiting")
            assert reader.execute(waiting).scalar_one() == 0
        assert client.query("funnel", {"funnel": "opportunities"})["deals"] == 0
        assert verify(client.engine.database).damages == ()
    finally:
        client.close()
