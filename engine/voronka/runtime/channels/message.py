"""A message ready to leave, and what a channel makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

__all__ = ["Channel", "DeliveryError", "Message"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """A rendered message. `key` names the effect for ever: a repeat carries the same.

    `address`: where it goes, in the channel's own terms; empty if nothing is known. `name`: the person's.
    """

    key: str
    channel: str
    deal: int
    name: str
    address: str
    subject: str
    body: str


class DeliveryError(Exception):
    """A message did not leave. `lasting`: trying again cannot help.

    `counts`: it is one of the attempts after which a message is given up. One that failed for this machine's own sake,
    such as a full disk, is not.
    """

    def __init__(self, reason: str, *, lasting: bool = False, counts: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.lasting = lasting
        self.counts = counts


class Channel(Protocol):
    """Delivers messages, each at least once."""

    def send(self, message: Message) -> None:
        """Hand the message over; return only once that is done, raise `DeliveryError` if it is not."""
        ...
