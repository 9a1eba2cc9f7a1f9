"""Effects held back: nothing leaves a restored workspace until somebody has looked at what would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select

from voronka.calendars import TimeError, in_iso, parse_datetime
from voronka.errors import UsageFault
from voronka.messages import Text, words
from voronka.process.commands import Envelope, RecordDelivery
from voronka.runtime.client import Progress
from voronka.runtime.engine import Engine
from voronka.runtime.local import LocalClient
from voronka.runtime.operations.operator import operator_of
from voronka.runtime.words import Json
from voronka.storage import HELD, Effect, UnitOfWork
from voronka.storage.tables import outbox

__all__ = ["hold_effects", "release_effects"]

_SOURCE = "operator"
_CHUNK = 100
_DROPPED = Text("it was held back and dropped by whoever runs the workspace")


def hold_effects(client: LocalClient, params: Mapping[str, Any], progress: Progress) -> Json:
    """Let no message leave and no action be done from now on: parameter actor.

    In the answer `at_hand` says how many had been leased: those of them that have begun come to their end, no other
    begins.
    """
    operator_of(client, params)
    engine = client.engine

    def hold(work: UnitOfWork) -> int:
        held = work.counter(HELD) or engine.clock.now()
        work.set_counter(HELD, held)
        return held

    held = engine.write(hold)
    leased = select(func.count()).select_from(outbox).where(outbox.c.lease_until > engine.clock.now())
    with engine.read() as reader:
        at_hand = reader.execute(leased).scalar_one()
    return {"held": held, "waiting": _waiting(engine), "at_hand": at_hand}


def release_effects(client: LocalClient, params: Mapping[str, Any], progress: Progress) -> Json:
    """Let effects leave again: parameters drop_before (those asked for before this moment are given up) and actor."""
    actor, engine = operator_of(client, params), client.engine
    before = _moment(params.get("drop_before"), engine.workspace.timezone)
    with engine.read() as reader:
        if not reader.counter(HELD):
            raise UsageFault(Text("The messages are not held back."), Text("`voronka status` tells what waits."))
    dropped = 0
    while before is not None and (found := engine.write(lambda work: _drop(engine, work, before, actor))):
        dropped += found
        progress({"done": dropped})
    engine.write(lambda work: work.set_counter(HELD, 0))
    engine.ring()
    return {"dropped": dropped, "waiting": _waiting(engine), "attended": client.served}


def _drop(engine: Engine, work: UnitOfWork, before: int, actor: str) -> int:
    """Give up some of the effects asked for before a moment, and tell their deals; return how many."""
    now = engine.clock.now()
    effects = work.effects_before(before, now=now, limit=_CHUNK)
    if effects:
        told = {name: text for name, text in words(_DROPPED).items() if name}
        work.give_up_effects([effect.key for effect in effects], now=now, reason=_DROPPED.render(), reasons=told)
        engine.perform(work, _ends(effects, actor, told))
    return len(effects)


def _ends(effects: Sequence[Effect], actor: str, told: Mapping[str, str]) -> list[Envelope]:
    return [
        Envelope(
            command=RecordDelivery(
                effect=effect.key.child,
                sent=False,
                reason=_DROPPED.render(),
                reasons=told,
                channel="" if effect.action is not None else effect.channel,
                recipient=effect.recipient,
                action=effect.action or "",
                led=effect.led,
                withheld=True,
            ),
            stream=effect.key.stream,
            actor=actor,
            source=_SOURCE,
        )
        for effect in effects
    ]


def _waiting(engine: Engine) -> int:
    with engine.read() as reader:
        return sum(number for number, _ in reader.waiting_effects().values())


def _moment(given: object, zone: str) -> int | None:
    if given is None:
        return None
    try:
        return parse_datetime(in_iso(str(given)), zone)
    except TimeError as fault:
        raise UsageFault(fault.reason, fault.remedy, place="drop_before") from None
