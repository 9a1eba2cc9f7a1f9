"""What every command is, the values that one brings, and the envelope in which it comes."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from voronka.expressions import Value
from voronka.frozen import frozen
from voronka.process.state import Stream, VaultRef

__all__ = [
    "BY_HAND",
    "Chain",
    "Command",
    "Envelope",
    "Given",
    "Origin",
    "Sealed",
]


@frozen(kw_only=False)
class Sealed:
    """A personal value that has gone to the vault: where it is, and the keyed hash that proves it."""

    subject: bytes
    ref: str
    hmac: str


@frozen(kw_only=False)
class Origin:
    """Where values come from. `source`: as the workspace declares it; empty: none was named. `evidence`: a link or a
    text by which it can be looked up; sealed, as it may name a person.
    """

    source: str = ""
    evidence: str | Sealed | VaultRef | None = None


BY_HAND = Origin()
"""Of what somebody sets without naming a source."""


Given = Value | Sealed | VaultRef | None
"""A value as given. A personal one is sealed; one copied from another record is the reference that stands there."""


@frozen
class Command:
    """Base of all commands. `kind` names it in envelopes, logs and the history's cause."""

    kind: ClassVar[str]


class Chain(NamedTuple):
    """Where a command stands among the consequences of one first command. `links`: what led here, first to last."""

    origin: str
    step: int = 0
    links: tuple[str, ...] = ()


@frozen
class Envelope:
    """A command with everything around it.

    `stream`: the record it is for. `key`: idempotency key within `source`; `digest`: hash of the request as it came,
    before ids and vault: the same key with another digest is a conflict. `expected_seq`: refuse unless the stream
    stands there. `actor`: a user's name, or what acts by itself (``timer:…``, ``import:…``). `occurred_at`: when it
    happened in the world, UTC microseconds; None: now. `import_id`: the import whose row it carries out.
    """

    command: Command
    stream: Stream
    actor: str
    source: str
    key: str | None = None
    digest: str = ""
    expected_seq: int | None = None
    occurred_at: int | None = None
    chain: Chain | None = None
    import_id: str | None = None
