from __future__ import annotations

import os

import pytest
from sqlalchemy.exc import IntegrityError

from tests.contract.builders import contact_stream, entry, party
from voronka.process.events import PartyChanged
from voronka.process.state import VaultRef
from voronka.storage import Collision, Database, verify
from voronka.storage.tables import metadata

ANNA, BORIS = contact_stream(1), contact_stream(2)
PHONE = "+7 916 000-00-01"


def test_a_personal_value_is_kept_beside_the_history_and_proved_by_a_keyed_hash(database: Database) -> None:
    with database.write() as work:
        first = work.vault_put(ANNA.id, "phone:1", PHONE, random=os.urandom)
        same = work.vault_put(ANNA.id, "phone:2", PHONE, random=os.urandom)
        other = work.vault_put(BORIS.id, "phone:1", PHONE, random=os.urandom)
        ref = VaultRef(first.subject, first.ref)
        assert work.vault_get([ref, VaultRef(ANNA.id, "none")]) == {ref: PHONE}
        assert work.vault_seal(ref) == first
    # Neither the place nor the person can be told from equal hashes.
    assert len({first.hmac, same.hmac, other.hmac}) == 3


def test_a_reference_is_written_once(database: Database) -> None:
    with database.write() as work:
        work.vault_put(ANNA.id, "phone:1", PHONE, random=os.urandom)
    with pytest.raises((IntegrityError, Collision)), database.write() as work:
        work.vault_put(ANNA.id, "phone:1", "another", random=os.urandom)


def test_erasing_a_person_leaves_the_history_valid_and_nothing_of_the_person(database: Database) -> None:
    with database.write() as work:
        phone = work.vault_put(ANNA.id, "phone:1", PHONE, random=os.urandom, match=True)
        kept = work.vault_put(BORIS.id, "phone:1", "+7 000", random=os.urandom)
        made = party(ANNA, {"phone": phone, "status": "lead"})
        changed = PartyChanged(new={"phone": None}, old={"phone": VaultRef(phone.subject, phone.ref)}, at=2_000)
        work.append([made, entry(ANNA, made.state_after, changed, at=2_000), party(BORIS, {"phone": kept})])
    with database.write() as work:
        assert work.erase_subject(ANNA.id) == 1
    with database.read() as reader:
        assert reader.vault_get([VaultRef(ANNA.id, "phone:1")]) == {}
        assert reader.vault_seal(VaultRef(ANNA.id, "phone:1")) is None
        assert reader.vault_get([VaultRef(kept.subject, kept.ref)]) != {}
        for table in metadata.sorted_tables:
            for row in reader.execute(table.select()):
                assert not any(isinstance(cell, str) and PHONE[1:] in cell for cell in row), table.name
    assert verify(database).sound
