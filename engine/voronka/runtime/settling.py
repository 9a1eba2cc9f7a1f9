"""What became of messages and actions, written down under the tokens of their leases."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime
from functools import partial

from voronka.definition.people import OUTBOX_ACTOR
from voronka.failpoints import failpoint
from voronka.hooks.channels import Pause
from voronka.messages import Label, Sentence, Text, words
from voronka.process.commands import Envelope, RecordDelivery
from voronka.runtime.ids import Random
from voronka.runtime.lanes import LONGEST_PAUSE, LaneTerms, Pace
from voronka.runtime.measures import EFFECTS, LEASE_LOSSES
from voronka.runtime.outbox import Carried, given_back, kept_reason
from voronka.runtime.parts import part_of
from voronka.storage import Attempt, Delivery, EffectKey, UnitOfWork, passing

__all__ = ["backoff", "settle"]

_FIRST = 10_000_000
_log = logging.getLogger("voronka.outbox")


def settle(
    work: UnitOfWork,
    carried: Sequence[Carried],
    *,
    now: int,
    random: Random,
    terms: Callable[[str], LaneTerms],
) -> list[tuple[Carried, Envelope]]:
    """Write down how attempts ended; return those that have an end to tell, with the commands that tell the deals.

    What did not leave does not count for the rates of its lane and address: `terms` tells them.

    One whose lease was lost meanwhile is not among them: whoever holds the newer one settles it. Neither is one that
    cannot be written down; it spoils no other.
    """
    try:
        with work.part():
            return _settled(work, carried, now, random, terms)
    except Exception as error:
        if passing(error):
            raise
        if len(carried) == 1:
            # Its lease runs out, and it is tried again or given up as one that was broken off.
            _log.exception(Text("How {effect} ended cannot be written down.", effect=carried[0].parcel.key))
            return []
    return [end for each in carried for end in settle(work, [each], now=now, random=random, terms=terms)]


def _settled(
    work: UnitOfWork, carried: Sequence[Carried], now: int, random: Random, terms: Callable[[str], LaneTerms]
) -> list[tuple[Carried, Envelope]]:
    attempts = [_attempt(each, now, random) for each in carried]
    settled = work.settle_effects(attempts, now=now)
    _keep_pace(carried, settled, Pace(work, terms, now=now, random=random), now)
    failpoint("outbox.settled")
    pairs = list(zip(carried, attempts, strict=True))
    work.afterwards(partial(_count, pairs, settled))
    _log_failures(work, [pair for pair in pairs if pair[1].key in settled])
    return [(each, _record(each)) for each in carried if each.parcel.effect.key in settled and not each.comes_again]


def _count(ends: Iterable[tuple[Carried, Attempt]], settled: Collection[EffectKey]) -> None:
    for carried, attempt in ends:
        effect = carried.parcel.effect
        if attempt.key not in settled:
            LEASE_LOSSES.add()
        elif carried.tried or not attempt.pending:
            EFFECTS.add(effect.action or effect.channel, "retried" if attempt.pending else attempt.result.value)


def _keep_pace(carried: Sequence[Carried], settled: Collection[EffectKey], pace: Pace, now: int) -> None:
    """Write down which lanes and addresses the other side wants to be left alone, and give back what did not leave."""
    in_order = sorted(carried, key=lambda each: (each.parcel.effect.channel, each.parcel.address))
    unopened = [each.parcel for each in in_order if each.stayed and each.parcel.effect.key in settled]
    pace.hold_taken((parcel.effect.channel, parcel.address) for parcel in unopened)
    for parcel in unopened:
        pace.give_back(parcel.effect.channel, parcel.address, parcel.leased_at)
    for each in in_order:
        asked = None if each.fault is None else each.fault.retry_after
        if asked is not None and each.pauses is not Pause.EFFECT:
            address = each.parcel.address if each.pauses is Pause.ADDRESS else ""
            pace.pause(each.parcel.effect.channel, address, now + _pause(asked))
    pace.save()


def _attempt(carried: Carried, now: int, random: Random) -> Attempt:
    effect, fault = carried.parcel.effect, carried.fault
    if not carried.tried and fault is None:
        return given_back(effect, next_at=effect.next_at, reason=effect.reason, reasons=effect.reasons)
    if fault is None:
        return Attempt(key=effect.key, token=effect.token, result=Delivery.SENT)
    if fault.unknown:
        return Attempt(key=effect.key, token=effect.token, result=Delivery.UNKNOWN, **kept_reason(fault.reason))
    if carried.is_left_out:
        why = kept_reason(fault.reason)
        return Attempt(key=effect.key, token=effect.token, result=Delivery.CANCELLED, counts=False, **why)
    if not carried.comes_again:
        return Attempt(key=effect.key, token=effect.token, result=Delivery.DEAD, **kept_reason(fault.reason))
    asked = fault.retry_after
    again = now + (backoff(effect.attempts, random) if asked is None else _pause(asked))
    return Attempt(
        key=effect.key,
        token=effect.token,
        result=Delivery.PENDING,
        # Whether it comes too late is judged when it is leased again.
        next_at=again if effect.before is None else min(again, max(effect.before, now)),
        counts=carried.tried and fault.counts,
        broken_off=effect.broken_off,
        **kept_reason(fault.reason),
    )


def _log_failures(work: UnitOfWork, ends: Sequence[tuple[Carried, Attempt]]) -> None:
    """Write a line for each attempt that failed, once it is written down."""
    failed = [(each, attempt, fault) for each, attempt in ends if each.tried and (fault := each.fault) is not None]
    numbers = work.numbers({attempt.key.deal for _, attempt, _ in failed}) if failed else {}
    for carried, attempt, fault in failed:
        said = {
            "deal": numbers.get(attempt.key.deal, "–"),
            "way": part_of(carried.parcel.way),
            "n": carried.parcel.effect.attempts,
            "reason": _clause(fault.reason),
        }
        if attempt.result is Delivery.CANCELLED:
            level, line = logging.WARNING, Text("Deal {deal}, {way}: it is left out: {reason}.", **said)
        elif attempt.result is Delivery.UNKNOWN:
            level = logging.ERROR
            line = Text("Deal {deal}, {way}: attempt {n}: {reason}. A person is to find out.", **said)
        elif attempt.next_at is not None:
            said["again"] = datetime.fromtimestamp(attempt.next_at / 1_000_000, UTC).isoformat(" ", "seconds")
            level = logging.WARNING
            line = Text("Deal {deal}, {way}: attempt {n} failed: {reason}. The next one is at {again}.", **said)
        else:
            level = logging.ERROR
            line = Text("Deal {deal}, {way}: attempt {n} failed: {reason}. It is given up.", **said)
        work.afterwards(partial(_log.log, level, line))


def _clause(reason: Sentence) -> Label:
    return Label({language: text.rstrip(".") for language, text in words(reason).items()})


def _record(carried: Carried) -> Envelope:
    effect, fault = carried.parcel.effect, carried.fault
    return Envelope(
        command=RecordDelivery(
            effect=effect.key.child,
            sent=fault is None,
            unknown=fault is not None and fault.unknown,
            **({} if fault is None else kept_reason(fault.reason)),
            late=carried.is_left_out,
            template=effect.template if carried.is_left_out else "",
            channel="" if effect.action is not None else effect.channel,
            recipient=effect.recipient,
            action=effect.action or "",
            led=effect.led,
        ),
        stream=effect.key.stream,
        actor=OUTBOX_ACTOR,
        source="outbox",
    )


def _pause(seconds: float) -> int:
    """Return the microseconds to wait that the other side has asked for, within reason."""
    return int(min(max(seconds, 0.0) * 1_000_000, LONGEST_PAUSE))


def backoff(attempts: int, random: Random) -> int:
    """Return the microseconds to wait after so many attempts: doubled each time, between half and all of it.

    The chance spreads the retries of many messages that failed together.
    """
    longest: int = min(_FIRST * 2 ** (attempts - 1), LONGEST_PAUSE)
    return longest // 2 + int.from_bytes(random(4), "big") * (longest - longest // 2) // (1 << 32)
