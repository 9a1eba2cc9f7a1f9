"""A database with a row in every table that follows from the history."""

from __future__ import annotations

import os
from pathlib import Path

from tests.contract.builders import (
    CHAIN,
    account_stream,
    armed,
    contact_stream,
    created,
    deal_id,
    deal_stream,
    effect,
    ended,
    entry,
    moved,
    party,
    task,
)
from voronka.definition.people import Absence
from voronka.definition.workspace import release_of
from voronka.process import events as happened
from voronka.storage import WORKSPACE, Attempt, Delivery, open_database

FILES = {"voronka.yaml": b"workspace: acme\n"}
RELEASED = release_of(FILES)


def fill(path: Path) -> None:
    """Write a database at `path`: deals 7 and 8, an account, a contact, an import, a person from outside."""
    database = open_database(path)
    first = created(
        7,
        armed(5_000),
        armed(9_000, "later"),
        task(),
        effect(),
        happened.RowPut(collection="tco", key="service", values={"ours": 1}),
        happened.RowPut(collection="orders", key="Z-1", values={"at": 900, "amount": 5, "paid": 1, "status": "new"}),
        happened.InteractionLogged(n=1, at=900, values={"kind": "call", "user": "anna"}, last_interaction_at=900),
        happened.InteractionLogged(n=6, at=950, values={"kind": "email"}, last_interaction_at=900, own=True),
        happened.CommandQueued(
            n=5, target=f"account:{'0' * 32}", command={"kind": "party.set", "values": {}}, chain=CHAIN
        ),
        happened.OwnerAssigned(n=7, pool="sellers", user="anna", by="turn", at=1_000),
        happened.RuleFired(n=8, rule="big_deals", at=1_000),
        owner="anna",
        account=account_stream(1).id,
        fields={"amount": 100},
        keys=(("crm", "A"),),
        import_id="crm-1",
    )
    second = entry(deal_stream(7), first.state_after, ended(5_000), *moved("proposal", 2, 5_000, "won"), at=5_000)
    third = entry(deal_stream(7), second.state_after, happened.MessageSent(effect="1.0", at=6_000), at=6_000)
    account = party(account_stream(1), {"name": "Acme"}, import_id="crm-1")
    concerned = happened.DealsConcerned(
        n=1, funnels=("react",), names=("account.name",), old={"account.name": "Acme"}, chain=CHAIN
    )
    renamed = happened.PartyChanged(new={"name": "Acme Ltd"}, old={"name": "Acme"}, at=1_500)
    workspace = entry(
        WORKSPACE,
        None,
        happened.ReleaseActivated(release=RELEASED, at=1),
        happened.UserAdded(name="oleg", label="Oleg", at=1, import_id="crm-1"),
        happened.AbsencesChanged(user="anna", absences=(Absence("2026-01-05", "2026-01-09"),), at=1),
        happened.ImportStarted(import_id="crm-1", mapping="crm", file="deals.csv", at=1),
        happened.ImportFinished(import_id="crm-1", counts={"rows": 1}, at=2),
    )
    with database.write() as work:
        work.put_release(RELEASED, FILES, at=1)
        work.set_counter("deal", 8)
        seal = work.vault_put(contact_stream(3).id, "name:1", "Zoe", random=os.urandom, match=True)
        work.append([workspace, party(contact_stream(3), {"name": seal})])
        work.append([created(8, effect(), parent=deal_id(7), account=account_stream(1).id), account, first])
        work.append([entry(account_stream(1), account.state_after, renamed, concerned, at=1_500), second])
        leased = work.lease_effects(now=5_000, limit=5, until=9_000)
        sent = next(each for each in leased if each.key.deal == deal_id(7))
        work.settle_effects([Attempt(key=sent.key, token=sent.token, result=Delivery.SENT)], now=6_000)
        work.append([third])
    database.close()
