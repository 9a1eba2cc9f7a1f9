"""Accounts and contacts: each database selects those for which the condition is true in Python."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, delete, insert, select

from tests.integration.sales_workspace import FILES, open_sales
from voronka.calendars import DAY
from voronka.process.state import StreamKind
from voronka.runtime.party_evaluation import PartyEvaluation
from voronka.storage import PartySelection
from voronka.storage import tables as stored
from voronka.storage.party_selection import counted, selected
from voronka.testing import TestWorkspace

FIELDS = """\
set: parties
fields:
  rating: {of: accounts, type: number}
  since: {of: accounts, type: date}
  key: {of: accounts, type: bool}
  revenue: {of: accounts, type: money}
  age: {of: accounts, type: integer, formula: days_since(since)}
  topics: {of: contacts, type: choices, options: {price: Price, service: Service}}
collections:
  competitors: {of: accounts, fields: {name: {type: text}, share: {type: percent}}}
"""
WHERE = {
    StreamKind.ACCOUNT: [
        "revenue >= 1000",
        "rating * 2 > 3 or key",
        'not coalesce(key, false) and region == "north"',
        "age > 300 and since < today",
        "owner is missing",
        'owner.role == "manager" and not owner.absent',
        'name == "Acme"',
        'now - created_at > "2 days"',
        "count(competitors, share > 10%) > 0",
        "id is not missing and segment is missing",
    ],
    StreamKind.CONTACT: [
        'status == "client"',
        "phone is not missing and email is missing",
        "account.revenue > 1000.50",
        "account is missing or account.key",
        'account.region == "north" and "price" in topics',
        "account.age > 300",
        'any(account.competitors, contains(name, "б"))',
        "days_since(created_at) >= 1",
    ],
}
CASES = [(kind, where) for kind, conditions in WHERE.items() for where in conditions]


def name_of(kind: StreamKind, where: str) -> str:
    return f"{kind}_{WHERE[kind].index(where)}"


@pytest.fixture(scope="module")
def sales(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestWorkspace]:
    segments = "segments:\n" + "".join(
        f"  {name_of(kind, where)}: {{of: {kind}s, where: '{where}'}}\n" for kind, where in CASES
    )
    base = FILES["configs/fields/base.yaml"]
    files = {
        **FILES,
        "configs/fields/base.yaml": base,
        "configs/fields/parties.yaml": FIELDS,
        "configs/segments/all.yaml": segments,
    }
    with open_sales(tmp_path_factory.mktemp("parties"), files, start="2026-02-27 09:30") as sales:
        acme = sales.execute("account.create", fields={"name": "Acme", "owner": "anna", "revenue": "1000.51"})["id"]
        sales.execute("row.put", account=acme, collection="competitors", fields={"name": "Бета", "share": "10.5%"})
        sales.advance("3 days")
        values = {"name": "Bolt", "rating": "1.5", "since": "2025-01-31", "region": "north", "key": "true"}
        bolt = sales.execute("account.create", fields=values)["id"]
        sales.execute("account.create", fields={"name": "Cork", "region": "north", "rating": "1.75", "owner": "petr"})
        for name, account, more in (
            ("Ivan", acme, {"status": "client", "phone": "+79160000001"}),
            ("Olga", bolt, {"status": "lead", "email": "olga@example.com", "topics": "price, service"}),
            ("Oleg", None, {"status": "client"}),
        ):
            sales.execute("contact.create", fields={"name": name, "account": account, **more})
        yield sales


@pytest.fixture(scope="module")
def databases(sales: TestWorkspace, engines: dict[str, Engine]) -> dict[str, Engine]:
    """Give the database of the workspace, and a copy of it on PostgreSQL where there is one."""
    found = {"sqlite": sales.client.engine.database._readers}
    if "postgresql" in engines:
        copy = found["postgresql"] = create_engine(engines["postgresql"].url, json_deserializer=str)
        tables = [stored.accounts, stored.contacts, stored.records]
        stored.metadata.create_all(copy, tables=tables)
        with found["sqlite"].connect() as source, copy.begin() as target:
            for table in tables:
                target.execute(delete(table))
                if rows := [row._asdict() for row in source.execute(select(table))]:
                    target.execute(insert(table), rows)
    return found


@pytest.mark.parametrize(("kind", "where"), CASES, ids=lambda case: str(case))
def test_the_database_selects_the_records_for_which_the_condition_is_true(
    sales: TestWorkspace, databases: dict[str, Engine], kind: StreamKind, where: str
) -> None:
    engine = sales.client.engine
    workspace = engine.workspace
    condition = workspace.segments[name_of(kind, where)].where
    selection = PartySelection(kind=kind, where=condition, zone=workspace.timezone, calendar=workspace.calendar)
    known = {"owner.role": {"anna": "manager", "petr": "head"}, "owner.absent": {"anna": False, "petr": False}}
    for now in (engine.clock.now(), engine.clock.now() + 400 * DAY):
        with engine.read() as reader:
            parties = reader.list_parties(kind)
            expected = [
                party.stream.id
                for party in parties
                if condition.explain(PartyEvaluation(reader, workspace, party, now).leaves(condition)).result is True
            ]
        for name, database in databases.items():
            with database.connect() as connection:
                found = selected(connection, selection, now, known=known, limit=100, after=None)
                assert found == expected, (name, now)
                assert counted(connection, selection, now, known=known) == len(expected)
