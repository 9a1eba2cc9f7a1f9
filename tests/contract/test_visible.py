"""Lists hold the accounts and contacts that `owners` gives to who asks, whoever owns what is around them."""

from __future__ import annotations

from itertools import chain, combinations

import pytest

from tests.contract.builders import account_stream, contact_stream, created, deal_stream, entry, party
from voronka.definition.rights import NOBODY
from voronka.process.events import DealHidden
from voronka.process.state import StreamKind
from voronka.storage import Database

PEOPLE = ("anna", "oleg", NOBODY)
EVERY = [frozenset(some) for some in chain.from_iterable(combinations(PEOPLE, count) for count in range(4))]
ACCOUNTS = {1: {}, 2: {"owner": "anna"}, 3: {"owner": "oleg"}, 4: {}, 5: {}, 6: {"owner": "oleg"}, 7: {}}
CONTACTS = {
    1: {},
    2: {"account": 2},
    3: {"account": 1},
    4: {},
    5: {"account": 6},
    6: {},
    7: {"account": 99},
    8: {"account": 4},
    9: {"account": 5},
    10: {"account": 7},
}
DEALS = ((1, "anna", 4, 4), (2, "oleg", 4, None), (3, None, 5, 6), (4, "anna", 6, 5), (5, "anna", 7, 1))
HIDDEN = 5


@pytest.fixture
def filled(database: Database) -> Database:
    with database.write() as work:
        work.append([party(account_stream(n), {"name": f"A{n}", **fields}) for n, fields in ACCOUNTS.items()])
        work.append(
            [
                party(contact_stream(n), {name: account_stream(id_).id.hex() for name, id_ in fields.items()})
                for n, fields in CONTACTS.items()
            ]
        )
        for number, owner, account, contact in DEALS:
            links = {"account": account_stream(account).id}
            if contact is not None:
                links["contact"] = contact_stream(contact).id
            deal = created(number, owner=owner, **links)
            work.append([deal])
            if number == HIDDEN:
                work.append([entry(deal_stream(number), deal.state_after, DealHidden(import_id="i"))])
    return database


@pytest.mark.parametrize("owners", EVERY, ids=lambda some: "+".join(sorted(some)) or "none")
@pytest.mark.parametrize("kind", [StreamKind.ACCOUNT, StreamKind.CONTACT])
def test_a_list_holds_what_the_owners_of_single_records_say(
    filled: Database, kind: StreamKind, owners: frozenset[str]
) -> None:
    with filled.read() as reader:
        every = [each.stream for each in reader.list_parties(kind)]
        expected = [stream for stream in every if not owners.isdisjoint(reader.owners([stream])[stream])]
        found = [each.stream for each in reader.list_parties(kind, owners=owners)]
        assert found == expected
        assert [each.stream for each in reader.list_parties(kind, owners=owners, limit=1)] == expected[:1]
        if expected:
            assert [each.stream for each in reader.list_parties(kind, owners=owners, after=expected[0].id)] == (
                expected[1:]
            )
        ids = [stream.id for stream in every]
        assert reader.visible([*ids, bytes(16)], owners) == {stream.id for stream in expected}
    assert len(every) == (7 if kind is StreamKind.ACCOUNT else 10)


@pytest.mark.parametrize(
    ("contact", "owners"),
    [(2, {"anna"}), (5, {"anna", "oleg"}), (6, {NOBODY}), (8, {"anna", "oleg"}), (9, {NOBODY}), (10, {NOBODY})],
)
def test_a_contact_is_of_all_whose_its_account_is(filled: Database, contact: int, owners: set[str]) -> None:
    with filled.read() as reader:
        assert reader.owners([contact_stream(contact)])[contact_stream(contact)] == owners
