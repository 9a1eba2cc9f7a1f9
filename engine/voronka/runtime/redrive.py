"""What a person does to effects that ended otherwise than by leaving: has them tried again, or says that they left."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from voronka.calendars import TimeError, in_iso, parse_datetime
from voronka.errors import UsageFault
from voronka.messages import Text
from voronka.process.commands import Command, Envelope, RecordDelivery, RetryEffect
from voronka.process.state import WORKSPACE, Stream, StreamKind
from voronka.runtime.client import Progress
from voronka.runtime.commanding import actor_of
from voronka.runtime.lane_names import check_lane
from voronka.runtime.local import LocalClient, Work
from voronka.runtime.records import NO_DEAL, find_record
from voronka.runtime.viewer import check_changes, check_everybodys, viewer_of
from voronka.runtime.words import Json
from voronka.storage import Delivery, Effect, EffectKey, Reader, UnitOfWork

__all__ = ["REDRIVING"]

_PART = 100  # effects in a transaction
_FILTERS = ("deal", "channel", "since")


def _retry(client: LocalClient, params: Mapping[str, Any], progress: Progress) -> Json:
    """Have dead letters tried again under their old keys: one by deal and effect (``seq.n``), or by filter.

    ``-`` as the deal means what is about none, such as a review.

    Parameters of the filter: deal, channel (an action's name too), since (a moment); all, if none of these is given.
    In the answer `effects` says how many; `unaddressed`: how many of the filter are left out, for nobody was there to
    send them to, which no retry changes; `attended`: a service or a worker runs, which sends them.
    """
    with client.engine.read() as reader:
        found = _one(client, reader, params) if params.get("effect") is not None else _chosen(client, reader, params)
    for effect in found if params.get("effect") is not None else ():
        if effect.status not in (Delivery.DEAD, Delivery.UNKNOWN):
            raise UsageFault(
                Text("The message {effect} has not been given up.", effect=effect.key.child),
                Text("Only dead letters are sent again; `voronka outbox list --status dead` shows them."),
            )
        if _unaddressed(effect):
            raise UsageFault(
                Text(
                    "When the message {effect} was asked for, there was nobody to send it to, and it keeps that: it"
                    " cannot be sent again.",
                    effect=effect.key.child,
                ),
                Text("Write to them yourself; whoever the deal has now gets the messages that are asked for later."),
            )
    able = [effect for effect in found if not _unaddressed(effect)]
    done = _settle(client, params, able, lambda effect: RetryEffect(effect=effect.key.child), UnitOfWork.retry_effect)
    return {
        "effect": params.get("effect"),
        "effects": done,
        "unaddressed": len(found) - len(able),
        "attended": client.served,
    }


def _unaddressed(effect: Effect) -> bool:
    """Tell whether it is a message of which the request says that there was nobody to send it to."""
    return effect.action is None and not effect.recipient


def _resolve(client: LocalClient, params: Mapping[str, Any], progress: Progress) -> Json:
    """Say what became of an effect of which that is not known: parameters deal (``-``: about none), effect, sent (else
    it is tried again).

    `attended` in the answer: a service or a worker runs.
    """
    with client.engine.read() as reader:
        (effect,) = found = _one(client, reader, params)
    if effect.status is not Delivery.UNKNOWN:
        raise UsageFault(
            Text("What became of the message {effect} is known.", effect=effect.key.child),
            Text("`voronka outbox list --status unknown` shows those of which it is not."),
        )
    if params.get("sent"):
        _settle(client, params, found, _sent, UnitOfWork.resolve_effect)
    else:
        _settle(client, params, found, lambda each: RetryEffect(effect=each.key.child), UnitOfWork.retry_effect)
    return {"effect": effect.key.child, "attended": client.served}


def _sent(effect: Effect) -> Command:
    return RecordDelivery(
        effect=effect.key.child,
        sent=True,
        channel="" if effect.action is not None else effect.channel,
        recipient=effect.recipient,
        action=effect.action or "",
        led=effect.led,
    )


def _one(client: LocalClient, reader: Reader, params: Mapping[str, Any]) -> list[Effect]:
    """Return the effect that a request names, if its actor may change the deal."""
    written = str(params.get("effect", ""))
    seq, _, n = written.partition(".")
    if not (seq.isdecimal() and n.isdecimal()):
        raise UsageFault(
            Text("{effect} is not the key of a message.", effect=written),
            Text("`voronka outbox list` shows the keys, such as 12.1."),
        )
    stream = _stream(client, reader, params)
    key = EffectKey(stream.id, int(seq), int(n))
    found = [effect for effect in reader.effects(deal=stream.id, limit=None) if effect.key == key]
    if not found:
        raise UsageFault(
            Text("The deal has no message {effect}.", effect=key.child)
            if stream != WORKSPACE
            else Text("Of the messages about no deal none has the key {effect}.", effect=key.child),
            Text("`voronka outbox list` shows the keys, such as 12.1."),
        )
    return found


def _stream(client: LocalClient, reader: Reader, params: Mapping[str, Any]) -> Stream:
    """Return what a request is about: a deal that its actor may change, or no deal, which is everybody's."""
    workspace, now = client.engine.workspace, client.engine.clock.now()
    viewer = viewer_of(reader, workspace, actor_of(workspace, params), now)
    if params.get("deal") == NO_DEAL:
        check_everybodys(viewer)
        return WORKSPACE
    stream = find_record(reader, StreamKind.DEAL, params.get("deal"), viewer)
    check_changes(viewer, stream, reader.owners([stream])[stream])
    return stream


def _chosen(client: LocalClient, reader: Reader, params: Mapping[str, Any]) -> list[Effect]:
    """Return the dead letters that a filter chooses, the oldest first."""
    workspace, now = client.engine.workspace, client.engine.clock.now()
    if not params.get("all") and all(params.get(name) is None for name in _FILTERS):
        raise UsageFault(
            Text("Which messages are to be sent again is not said."),
            Text("Name the deal and the message, or a filter: --channel, --since; --all means every one."),
        )
    stream = None
    if params.get("deal") is not None:
        stream = _stream(client, reader, params)
    else:
        check_everybodys(viewer_of(reader, workspace, actor_of(workspace, params), now))
    channel = params.get("channel")
    check_lane(reader, workspace, None if channel is None else str(channel))
    return reader.effects(
        status=Delivery.DEAD,
        deal=None if stream is None else stream.id,
        channel=None if channel is None else str(channel),
        since=_moment(params.get("since"), workspace.timezone),
        limit=None,
    )[::-1]


def _moment(written: object, zone: str) -> int | None:
    if written is None:
        return None
    try:
        return parse_datetime(in_iso(str(written)), zone)
    except TimeError as fault:
        raise UsageFault(fault.reason, fault.remedy, place="since") from None


def _settle(
    client: LocalClient,
    params: Mapping[str, Any],
    found: Sequence[Effect],
    command: Callable[[Effect], Command],
    change: Callable[..., bool],
) -> int:
    """Change effects and tell the histories that asked for them, in the same transactions; return how many changed."""
    engine = client.engine
    actor, now = actor_of(engine.workspace, params), engine.clock.now()
    done = 0
    for start in range(0, len(found), _PART):
        part = found[start : start + _PART]

        def settle(work: UnitOfWork, part: Sequence[Effect] = part) -> int:
            changed = [effect for effect in part if change(work, effect.key, now=now)]
            engine.perform(
                work,
                [
                    Envelope(command=command(effect), stream=effect.key.stream, actor=actor, source="outbox")
                    for effect in changed
                ],
            )
            return len(changed)

        done += engine.write(settle)
    engine.ring()
    return done


REDRIVING: Mapping[str, Work] = {"outbox.retry": _retry, "outbox.resolve": _resolve}
