"""Channels: the ways out for messages. A channel delivers at least once; the key lets it tell a repeat."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from voronka.definition.rates import ATTEMPTS, Rate
from voronka.frozen import frozen
from voronka.hooks.checks import Check
from voronka.hooks.plugin import Schema, Services, Settings, check_name
from voronka.messages import Label, Sentence

__all__ = ["Channel", "ChannelType", "DeliveryError", "Message", "Pause"]


@frozen
class Message:
    """A rendered message. `key` names the effect for ever: a repeat carries the same, and says the same.

    `channel`: the channel's name in the workspace. `deal`: the deal's number. `name`: the person's; `address`: where
    it goes, in the channel's own terms, empty for a type without an address. `at`: when it was asked for, in UTC.
    `html`: `body` as HTML, every value in it escaped; empty unless the type wants it. `once`: what may have left is not
    to be sent again, not within this attempt either (see `DeliveryError`, `unknown`).
    """

    key: str
    channel: str
    deal: int
    name: str
    address: str
    locale: str
    subject: str
    body: str
    at: datetime
    html: str = ""
    once: bool = False


class Pause(StrEnum):
    """What waits where the other side wants a pause: all that leaves by the same way, what goes to the same address, or
    the one effect alone.
    """

    LANE = "lane"
    ADDRESS = "address"
    EFFECT = "effect"


class DeliveryError(Exception):
    """A message did not leave, or an action was not done. `lasting`: trying again cannot help.

    `counts`: it is one of the attempts after which it is given up. One that failed for this machine's own sake, such
    as a full disk, or for the server's, such as a refused login, is not. `retry_after`: seconds before which it is not
    tried again, if the other side says so, and `pauses`: what else waits as long. `unknown`: it may have left all the
    same; where nothing may be tried twice it is then given to a person. `reason`, a clause, is kept in every language
    that it has, and shown: no secrets, no personal values.
    """

    def __init__(
        self,
        reason: Sentence | str,
        *,
        lasting: bool = False,
        counts: bool = True,
        retry_after: float | None = None,
        pauses: Pause = Pause.LANE,
        unknown: bool = False,
    ) -> None:
        super().__init__(str(reason))
        self.reason = Label.plain(reason) if isinstance(reason, str) else reason
        self.lasting = lasting
        self.counts = counts
        self.retry_after = retry_after
        self.pauses = pauses
        self.unknown = unknown


class Channel(Protocol):
    """Delivers messages, each at least once. Used by one thread at a time."""

    def send(self, message: Message) -> None:
        """Hand the message over; return only once that is done, raise `DeliveryError` if it is not."""
        ...

    def close(self) -> None:
        """Let go of connections and files."""
        ...


@frozen
class ChannelType:
    """What `via` of a channel may name: the plugin's name, or ``plugin.kind``.

    `settings`: the schema of a channel in voronka.yaml beside `via` and `address`. `address`: the contact's field, and
    the key under a user's `addresses`, that says where a message goes; None if the settings say it. `html`: messages
    carry an HTML form too. `at_most_once`: for what cannot tell a repeat; an attempt that was broken off, or raised
    anything but `DeliveryError`, is then given to a person to look at. `time_limit`: seconds for one message. `rates`:
    how fast it may go, and `attempts`: how often a message is tried, unless the channel says otherwise.
    `open`: makes a channel of its settings. `check`: what is wrong with them beyond the schema.
    """

    name: str
    label: Label
    open: Callable[[Settings, Services], Channel]
    settings: Schema = field(default_factory=lambda: {"type": "object", "additionalProperties": False})
    address: str | None = None
    html: bool = False
    at_most_once: bool = False
    time_limit: float = 20.0
    check: Check | None = None
    rates: tuple[Rate, ...] = ()
    attempts: int = ATTEMPTS

    def __post_init__(self) -> None:
        check_name(self.name, dotted=True)
        if self.address is not None:
            check_name(self.address)
