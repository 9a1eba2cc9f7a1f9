"""What became of effects: told to their deals; what actions of plugins answered waits in the queue."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from voronka.errors import PluginFault, UsageFault
from voronka.hooks.actions import ActionResult
from voronka.messages import Text
from voronka.process.commands import Chain, Command, Envelope, MoveDeal
from voronka.runtime import settling
from voronka.runtime.command_service import CommandService
from voronka.runtime.ids import Random
from voronka.runtime.lanes import LaneTerms
from voronka.runtime.outbox import Carried
from voronka.runtime.waiting_answers import kept_answer
from voronka.storage import AnswerPart, Effect, Queued, UnitOfWork, answer_key, message_ref, passing

__all__ = ["read_answer", "settle"]

_log = logging.getLogger("voronka.outbox")


def settle(
    work: UnitOfWork,
    carried: Sequence[Carried],
    *,
    now: int,
    random: Random,
    commands: CommandService,
    terms: Callable[[str], LaneTerms],
) -> None:
    """Settle what couriers brought back, tell the deals, and let the commands wait that the answers of actions mean.

    What left or was done, or was given up, is settled also if its deal cannot be told: it must not be tried again. What
    is still to be told or carried out is in the queue then, by the same transaction: nothing done outside is forgotten.
    """
    ends = settling.settle(work, carried, now=now, random=random, terms=terms)
    _tell(work, ends, commands, now)
    for each, _ in ends:
        if isinstance(each.outcome, ActionResult):
            _keep(work, each.parcel.effect, each.outcome, now=now, random=random)


def _tell(work: UnitOfWork, ends: Sequence[tuple[Carried, Envelope]], commands: CommandService, now: int) -> None:
    """Tell the deals, all at once or, if one spoils the whole, each for itself; what cannot be told now waits."""
    try:
        with work.part():
            commands.perform(work, [envelope for _, envelope in ends])
    except Exception as error:
        if passing(error):
            raise
        if len(ends) > 1:
            for end in ends:
                _tell(work, [end], commands, now)
            return
        ((carried, envelope),) = ends
        told = Text("The deal could not be told of the message {effect}; it waits.", effect=carried.parcel.key)
        _log.warning(told, exc_info=None if isinstance(error, PluginFault) else error)
        _let_wait(work, [_queued(carried.parcel.effect, envelope.command, envelope.source, now)])


def _keep(work: UnitOfWork, effect: Effect, result: ActionResult, *, now: int, random: Random) -> None:
    """Keep what an action answered, which may be personal, in the vault, and let the commands wait that it means."""
    key, action = effect.key, effect.action or ""
    said = {request["command"]: request for request in _requests(key.deal.hex(), result)}
    if not said:
        return
    work.vault_put(key.deal, message_ref(key.deal, key.child), json.dumps(said, ensure_ascii=False), random=random)
    parts = [AnswerPart(kind=kind, action=action, effect=key.child) for kind in said]
    _let_wait(work, [_queued(effect, part, _source(part), now) for part in parts])


def _let_wait(work: UnitOfWork, commands: Sequence[Queued]) -> None:
    """Let commands wait; those that cannot be written down are named in the log: they keep no other from settling."""
    try:
        with work.part():
            work.enqueue(commands)
    except Exception as error:
        if passing(error):
            raise
        for each in commands:
            _log.exception(Text("The command {key} cannot be queued.", key=each.key))


def _queued(effect: Effect, command: Command | AnswerPart, source: str, now: int) -> Queued:
    key = effect.key
    return Queued(
        key=answer_key(key.deal, key.child, command.kind, effect.token),
        target=key.stream,
        command=command,
        chain=effect.chain or Chain(origin=source, links=(source,)),
        actor=source,
        origin=key.deal,
        seq=key.seq,
        n=key.n,
        at=now,
    )


def _requests(deal: str, result: ActionResult) -> Iterator[dict[str, Any]]:
    if result.move is not None:
        yield {"command": "deal.move", "deal": deal, "to": result.move, "fields": dict(result.set)}
    elif result.set:
        yield {"command": "deal.set", "deal": deal, "fields": dict(result.set)}
    if result.log:
        yield {"command": "interaction.log", "deal": deal, "fields": dict(result.log)}


def _source(part: AnswerPart) -> str:
    return f"plugin:{part.action.partition('.')[0]}"


def read_answer(work: UnitOfWork, commands: CommandService, row: Queued, part: AnswerPart) -> Envelope:
    """Return the command of an action's answer that waits; it comes from the plugin, under the key of its row.

    Raises `UsageFault` if it cannot be read.
    """
    request = kept_answer(work, row, part)
    if request is None:
        raise UsageFault(
            Text("What {action} answered has been erased.", action=part.action),
            Text("Look at it over there, and set it by hand if it is still wanted."),
        )
    source = _source(part)
    envelope = commands.understood(work, request, commands.digest(work, request))
    # A move is made when its gates let it pass; what was set or done outside is as old as the answer.
    at = None if isinstance(envelope.command, MoveDeal) else row.at
    return replace(envelope, actor=source, source=source, key=row.key, chain=row.chain, occurred_at=at)
