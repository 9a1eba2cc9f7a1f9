"""The order of a record's history in time: what is told of the past does not come before what it follows."""

from __future__ import annotations

from voronka.calendars import MINUTE, show_moment
from voronka.messages import LANGUAGES, Label, Text
from voronka.process.commands import CarryOver, Command, ImportHistory, MoveDeal, RecordDelivery
from voronka.process.refusals import refused
from voronka.process.state import DealState, PartyState
from voronka.process.step import Moment

__all__ = ["check_chronology", "is_written", "moment_label", "precision", "to_minute"]

_SECOND = 1_000_000
_WITHOUT = (CarryOver, ImportHistory, RecordDelivery)
"""Commands whose time nobody has written down, or of which it may be earlier."""


def precision(moment: int) -> int:
    """Return the length of what a moment that was written down stands for, in microseconds: of a minute, as people
    write it, of a second, as systems do, or of nothing.
    """
    return next((unit for unit in (MINUTE, _SECOND) if moment % unit == 0), 1)


def to_minute(moment: int) -> int:
    """Return the minute of a moment, as people write it: that in which something came counts as the moment itself."""
    return moment - moment % MINUTE


def is_written(moment: Moment) -> bool:
    """Tell whether somebody has written down that it happened before now. What follows from an entry, as the answer of
    an action does, came after it, whatever a clock that was set back since then has said.
    """
    return moment.occurred_at < moment.now and not moment.chain.links


def moment_label(moment: int, zone: str) -> Label:
    """Return a moment as people read it by the clocks of `zone`."""
    return Label({language: show_moment(moment, zone, language) for language in LANGUAGES})


def check_chronology(record: DealState | PartyState, command: Command, moment: Moment, zone: str) -> None:
    """Raise `Refused` if `command` tells of a time before the record was made, or moves a deal out of a stage before it
    came there. A history that is imported has rules of its own, and what another record was told may be older; a row
    that is an ordinary command has no such leave.
    """
    if not is_written(moment) or isinstance(command, _WITHOUT):
        return
    moves = isinstance(command, MoveDeal) and isinstance(record, DealState)
    first = record.entered_at if moves and isinstance(record, DealState) else record.created_at
    if moment.occurred_at >= to_minute(first):
        return
    since = moment_label(first, zone)
    if moves:
        reason = Text("The deal came into its stage at {moment} and cannot have left it before.", moment=since)
    elif isinstance(record, DealState):
        reason = Text("The deal was opened at {moment}; nothing can have happened to it before.", moment=since)
    else:
        reason = Text("The record was made at {moment}; nothing can have happened to it before.", moment=since)
    raise refused("too_early", "occurred_at", reason, Text("Give {moment} or a later time.", moment=since))
