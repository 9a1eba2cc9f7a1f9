"""Accounts and contacts that were merged into others: by what they were known, the one that stays is found."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.contract.builders import (
    account_stream,
    contact_stream,
    created,
    drawn,
    effect,
    entry,
    go_back,
    party,
)
from voronka.process.events import PartyHidden, PartyMerged
from voronka.process.state import Stream, StreamKind
from voronka.storage import Database, Entry, Reader, verify


def merged(gone: Entry, into: Stream) -> Entry:
    return entry(gone.stream, gone.state_after, PartyMerged(other=into.id, stays=False, at=2_000), at=2_000)


def found(reader: Reader) -> Any:
    accounts = [account_stream(number) for number in range(1, 6)]
    kinds = StreamKind.ACCOUNT, StreamKind.CONTACT
    return (
        reader.accounts_by_name(["beta ltd", "Beta", "Gone"]),
        reader.accounts_by_name(["beta ltd", "Beta", "Gone", "Undone"], merged=True),
        reader.found_by(kinds[0], "inn", ["78", "79"]),
        reader.found_by(kinds[0], "inn", ["78", "79"], merged=True),
        reader.contacts_by(["ANNA@a.example"]),
        reader.contacts_by(["ANNA@a.example"], merged=True),
        reader.found_by(kinds[1], "email", ["ANNA@a.example"], personal=True, merged=True),
        reader.staying([*accounts, contact_stream(1)]),
        [one.recipient for one in reader.effects()],
    )


def test_what_a_merged_record_was_known_by_finds_the_one_that_stays(database: Database) -> None:
    names = {1: ("Beta Ltd", "78"), 2: ("Beta Limited", "79"), 3: ("Beta", "80"), 4: ("Gone", ""), 5: ("Undone", "")}
    with drawn(database).write() as work:
        mail = work.vault_put(contact_stream(1).id, "email:1", "anna@a.example", random=bytes, match=True)
        accounts = {
            number: party(account_stream(number), {"name": name, "inn": inn} if inn else {"name": name}, import_id="x")
            for number, (name, inn) in names.items()
        }
        contacts = [party(contact_stream(1), {"email": mail}), party(contact_stream(2), {})]
        letter = replace(effect(), recipient=f"contact:{contact_stream(1).id.hex()}")
        work.append([*accounts.values(), *contacts, created(1, letter)])
        work.append([merged(accounts[2], account_stream(3)), merged(contacts[0], contact_stream(2))])
        work.append([merged(accounts[1], account_stream(2)), merged(accounts[4], account_stream(5))])
        work.append([entry(account_stream(5), accounts[5].state_after, PartyHidden(import_id="x"), at=2_000)])
    beta, anna = account_stream(3), contact_stream(2)
    expected: Any = (
        {"Beta": [beta.id]},
        {"beta ltd": [beta.id]},
        {},
        {"78": [beta.id], "79": [beta.id]},
        {},
        {"ANNA@a.example": [anna.id]},
        {"ANNA@a.example": [anna.id]},
        {**{account_stream(number): beta for number in (1, 2, 3)}, contact_stream(1): anna},
        [f"contact:{anna.id.hex()}"],
    )
    with database.read() as reader:
        assert found(reader) == expected
        state = reader.parties([account_stream(1)])[account_stream(1)]
    assert (state.hidden, state.merged_into) == (True, account_stream(2).id)
    assert verify(database).sound
    with database.write() as work:
        (taken,) = work.lease_effects(now=1_000, limit=5, until=2_000)
        go_back(work)
    assert taken.recipient == expected[-1][0]
    database.upgrade()  # what was merged before this was remembered is known from the history
    with database.read() as reader:
        assert found(reader) == expected
    assert verify(database).sound
