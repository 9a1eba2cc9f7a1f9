"""A row is named by what people see of it: the value of the collection's key field, however that is kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.sales_workspace import open_sales, with_changes
from voronka.testing import TestWorkspace

TYPES = ("money", "percent", "number", "date", "datetime", "bool", "account", "text", "email")
FIELDS = "set: base\nfields:\n  amount: {type: money}\ncollections:\n" + "".join(
    f"  by_{kind}: {{key: k, fields: {{k: {{type: {kind}}}, v: {{type: integer}}}}}}\n" for kind in TYPES
)
FUNNEL = "funnel: sales\nfields: [base]\nstages:\n  new: {why: analytics}\n  offer: {why: analytics}\n"


@pytest.fixture(scope="module")
def sales(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestWorkspace]:
    root: Path = tmp_path_factory.mktemp("keys")
    with open_sales(root, with_changes(fields=FIELDS, funnel=FUNNEL)) as made:
        made.execute("account.create", fields={"name": "Acme"})
        made.execute("deal.create", funnel="sales")
        yield made


@pytest.mark.parametrize(
    ("kind", "put", "told", "named"),
    [
        ("money", "5.00", "5", "5.00"),
        ("percent", "10%", "10%", "10.0%"),
        ("number", "1", "1", "1.0"),
        ("date", "05.03.2026", "2026-03-05", "05.03.2026"),
        ("datetime", "05.03.2026 10:00", "2026-03-05 10:00", "05.03.2026 10:00"),
        ("bool", "yes", "true", "yes"),
        ("account", "Acme", None, "Acme"),
        ("text", " A ", "A", " A "),
        ("email", "A@acme.example", "a@acme.example", "a@Acme.example"),
    ],
)
def test_a_row_is_changed_and_removed_by_its_key_as_told_or_as_it_was_put(
    sales: TestWorkspace, kind: str, put: str, told: str | None, named: str
) -> None:
    of = {"deal": 1, "collection": f"by_{kind}"}
    assert sales.execute("row.put", **of, fields={"k": put, "v": 1})["refusal"] is None
    (row,) = sales.query("deal.show", deal=1)["rows"][f"by_{kind}"]
    assert told in (None, row["key"])
    for key in (row["key"], named):
        assert sales.execute("row.put", **of, key=key, fields={"v": len(key)})["refusal"] is None
        assert sales.execute("row.remove", **of, key=key)["refusal"] is None
        assert sales.query("deal.show", deal=1)["rows"][f"by_{kind}"] == []
        sales.execute("row.put", **of, fields={"k": put, "v": 1})
    assert (told or named) in str(sales.query("why", deal=1)[-1]["events"][0]["told"]["en"])


def test_a_key_of_money_is_never_read_as_minor_units(sales: TestWorkspace) -> None:
    of = {"deal": 1, "collection": "by_money"}
    for price in ("5", "7.50"):
        sales.execute("row.put", **of, fields={"k": price})
    (failure,) = sales.execute("row.remove", **of, key="500")["refusal"]["failures"]
    assert failure["reason"]["en"] == "“by_money” has no row 500."
    assert failure["unblock"]["en"] == "Its rows are: 5, 7.5."


def test_a_row_keeps_what_it_is_named_by(sales: TestWorkspace) -> None:
    of = {"deal": 1, "collection": "by_text"}
    sales.execute("row.put", **of, fields={"k": "B", "v": 1})
    (failure,) = sales.execute("row.put", **of, key="B", fields={"k": None, "v": 2})["refusal"]["failures"]
    assert failure["reason"]["en"] == "The row B cannot do without k, by which it is named."
