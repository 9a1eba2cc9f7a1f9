"""Whatever a field, a row or an interaction may hold is read back as it was, on every database."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contract.builders import account_stream, created, deal_id, deal_stream, party
from voronka.process.events import InteractionLogged, RowPut
from voronka.storage import Database, verify

WORDS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=20)
TEXTS = WORDS | st.text('{}[]":,\\/e+0123456789', max_size=20)
VALUES = st.one_of(
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False).map(lambda number: number + 0.0),
    st.integers(-400, 400).map(lambda power: float(f"1e{min(power, 308)}") + 0.0),
    st.booleans(),
    TEXTS,
    st.lists(TEXTS, max_size=3, unique=True).map(tuple),
)
FIELDS = st.dictionaries(st.sampled_from(["amount", "share", "told", "tags"]), VALUES, max_size=4)


def typed(values: object) -> object:
    """Return values beside their types: 1 is not True, and not 1.0."""
    if isinstance(values, dict):
        return {name: typed(value) for name, value in values.items()}
    return type(values), values


def test_values_are_read_back_as_they_were(database: Database) -> None:
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(FIELDS, FIELDS, FIELDS, FIELDS)
    def kept(of_deal: dict, of_account: dict, of_row: dict, of_call: dict) -> None:
        put = RowPut(collection="parts", key="a", values=of_row)
        call = InteractionLogged(n=1, at=1_000, values={"kind": "call", **of_call}, own=True)
        with database.write() as work:
            (n,) = work.next_numbers(1)
            work.append([party(account_stream(n), of_account), created(n, put, call, fields=of_deal)])
        with database.read() as reader:
            deal = reader.deals([deal_id(n)])[deal_id(n)]
            account = reader.parties([account_stream(n)])[account_stream(n)]
            row = reader.rows("parts", [deal_stream(n)])[deal_stream(n)]["a"]
            said = reader.rows("interactions", [deal_stream(n)])[deal_stream(n)]
        assert typed(dict(deal.fields)) == typed(of_deal)
        assert typed(dict(account.fields)) == typed(of_account)
        assert typed({name: value for name, value in row.items() if name in of_row}) == typed(of_row)
        (logged,) = said.values()
        assert typed({name: value for name, value in logged.items() if name in of_call}) == typed(of_call)

    kept()
    assert not verify(database).damages
