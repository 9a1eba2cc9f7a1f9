"""Taking an import back: the deals it made are hidden, its rows may come again. All of it or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from voronka.errors import UsageFault, VoronkaError
from voronka.expressions import suggest
from voronka.messages import Label, Plural, Sentence, Text
from voronka.process.commands import Command, Envelope, HideDeal, HideParty, UndoImport
from voronka.process.events import HistoryImported
from voronka.process.state import DealState, Stream, StreamKind
from voronka.runtime.engine import Engine
from voronka.runtime.importing.report import UndoReport
from voronka.runtime.importing.turn import turn
from voronka.runtime.viewer import LOCAL_ACTOR
from voronka.storage import WORKSPACE, ImportRun, UnitOfWork

__all__ = ["UndoRefusedError", "undo_import"]

_NAMED = 10


class UndoRefusedError(VoronkaError):
    """The import cannot be taken back; nothing was changed."""

    exit_code = 4


def undo_import(engine: Engine, import_id: str, *, actor: str = LOCAL_ACTOR) -> UndoReport:
    """Hide every deal that the import made, end their timers, and let its rows come again.

    What other imports wrote into those deals goes with them. Accounts and contacts that the import made are hidden,
    too, unless something else has changed or uses them.

    Raises `UsageFault` if there is no such import or it was undone, and `UndoRefusedError` if anything but an import
    has changed one of its deals, if one of them has asked for something to leave it (a message, a command to another
    record), or if it wrote into deals that it did not make.
    """
    with turn(engine) as mine:

        def undo(work: UnitOfWork) -> UndoReport:
            report = _undo(engine, work, import_id, actor)
            mine.check()
            return report

        report = engine.write(undo, alone=True)
    engine.ring()
    return report


def _undo(engine: Engine, work: UnitOfWork, import_id: str, actor: str) -> UndoReport:
    run = _check_run(work, import_id)
    deals, parties = work.imported(import_id)
    _check_deals(import_id, deals)
    hidden = {deal.id for deal in deals}
    hide = HideDeal(import_id=import_id)
    _perform(engine, work, actor, [(hide, Stream(StreamKind.DEAL, deal.id)) for deal in deals])
    untouched = [party for party in parties if not party.touched]
    # What is queued will use them; and they use what they name.
    named = work.commands_naming([party.stream.id for party in untouched])
    awaited = {party.stream for party in untouched if party.stream.id in named}
    used = awaited | work.parties_in_use(party.stream for party in untouched if party.stream not in awaited)
    free = [party for party in untouched if party.stream not in used]
    ending: list[tuple[Command, Stream]] = [(HideParty(import_id=import_id), party.stream) for party in free]
    _perform(engine, work, actor, [*ending, (UndoImport(import_id=import_id), WORKSPACE)])
    others = {other for deal in deals for other in deal.imports if other != import_id}
    # Of an import that wrote into these deals alone nothing is left: it is undone with this one. One that has made
    # accounts or contacts besides can still be undone by itself.
    gone = sorted(other for other in others if not any(work.imported(other)))
    _perform(engine, work, actor, [(UndoImport(import_id=other), WORKSPACE) for other in gone])
    accounts = sum(party.stream.kind is StreamKind.ACCOUNT for party in free)
    return UndoReport(
        import_id=import_id,
        deals=len(deals),
        accounts=accounts,
        contacts=len(free) - accounts,
        kept=len(parties) - len(free),
        # Rows that tell how records stand are not remembered: they are free, and were counted as they came.
        rows=work.free_import(import_id) + run.counts.get("added", 0) + run.counts.get("updated", 0),
        others={other: work.free_import(other, hidden) or _told(work, other, deals) for other in sorted(others)},
        personal=work.vault_count([*hidden, *(party.stream.id for party in free)]),
    )


def _told(work: UnitOfWork, import_id: str, deals: Iterable[DealState]) -> int:
    """Return how many rows of an import the histories of deals tell."""
    streams = [Stream(StreamKind.DEAL, deal.id) for deal in deals if import_id in deal.imports]
    entries = (entry for stream in streams for entry in work.history(stream))
    events = (event for entry in entries for event in entry.events)
    return sum(event.rows for event in events if isinstance(event, HistoryImported) and event.import_id == import_id)


def _perform(engine: Engine, work: UnitOfWork, actor: str, commands: Sequence[tuple[Command, Stream]]) -> None:
    envelopes = [Envelope(command=command, stream=stream, actor=actor, source="import") for command, stream in commands]
    for answer in engine.perform(work, envelopes)[0]:
        if answer.refusal is not None:
            failure = answer.refusal.failures[0]
            raise UndoRefusedError(failure.reason, failure.unblock or Text("Nothing was undone."))


def _check_run(work: UnitOfWork, import_id: str) -> ImportRun:
    """Return the import; `UsageFault` if there is none of this id, or it was undone."""
    run = work.import_run(import_id)
    if run is None:
        known = [each.id for each in work.imports() if each.undone_at is None]
        meant = suggest(import_id, known)
        remedy = (
            Text("Those that can be undone are: {ids}.", ids=", ".join(known))
            if known
            else Text("No import is left that could be undone; voronka import list shows them all.")
        )
        raise UsageFault(
            Text("There is no import {id}.", id=import_id),
            Text("Did you mean {meant}?", meant=meant) if meant else remedy,
        )
    if run.undone_at is not None:
        raise UsageFault(
            Text("The import {id} was undone already.", id=import_id), Text("Its file may be imported again.")
        )
    return run


def _check_deals(import_id: str, deals: Sequence[DealState]) -> None:
    """Raise `UndoRefusedError` unless the import made all the deals it wrote to and only imports wrote there since."""
    foreign = [deal for deal in deals if deal.imports[:1] != (import_id,)]
    if foreign:
        makers = Counter(deal.imports[0] for deal in foreign)
        raise UndoRefusedError(
            Plural(
                "The import wrote into {n} deal that it did not make.",
                "The import wrote into {n} deals that it did not make.",
                n=len(foreign),
            ),
            Text(
                "Undo the import that made them, and what this one wrote goes with it: voronka import undo {id}",
                id=makers.most_common(1)[0][0],
            ),
        )
    changed = [deal for deal in deals if deal.touched]
    if changed:
        raise UndoRefusedError(
            Plural(
                "{n} deal of the import is also the work of others, or has messages or commands: {numbers}.",
                "{n} deals of the import are also the work of others, or have messages or commands: {numbers}.",
                n=len(changed),
                numbers=_numbers(changed),
            ),
            Text("Nothing was undone. Look at them with `voronka why NUMBER`; close by hand what should not be."),
        )


def _numbers(deals: Iterable[DealState]) -> Sentence:
    numbers = [str(deal.number) for deal in deals]
    shown = ", ".join(numbers[:_NAMED])
    more = len(numbers) - _NAMED
    return Text("{numbers} and {more} more", numbers=shown, more=more) if more > 0 else Label.plain(shown)
