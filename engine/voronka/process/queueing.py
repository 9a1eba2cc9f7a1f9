"""Commands for other records, which leave with an entry's commit."""

from __future__ import annotations

from voronka.process.codec import encode
from voronka.process.commands import Command
from voronka.process.draft import Draft
from voronka.process.events import CommandQueued
from voronka.process.state import Stream

__all__ = ["queue"]


def queue(draft: Draft, stream: Stream, command: Command, label: str, n: int | None = None) -> None:
    """Queue a command for another record. `label` names it in the chain; `n`: its number, if it was drawn already."""
    draft.add(
        CommandQueued(
            n=draft.child() if n is None else n,
            target=f"{stream.kind}:{stream.id.hex()}",
            command=encode(command),
            chain=draft.chain(label),
        )
    )
