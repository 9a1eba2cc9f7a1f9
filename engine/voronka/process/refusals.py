"""Refusals: what is in the way of a command, and who could unblock it."""

from __future__ import annotations

from collections.abc import Sequence

from voronka.messages import Label, Sentence, Text, words
from voronka.process.step import Failure, Refusal

__all__ = ["CHAIN_LIMIT", "CHAIN_TOO_LONG", "Refused", "chain_too_long", "refused", "told_failure"]

CHAIN_LIMIT = 50
"""How many consequences one first command may have along one line, on all records together."""

CHAIN_TOO_LONG = "chain_too_long"
"""The code of that refusal."""

_SHOWN = 6


class Refused(Exception):  # noqa: N818 - an answer, not an error
    """The command cannot apply; nothing of it happens."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


def told_failure(failure: Failure) -> Sentence:
    """Return what is in the way and what unblocks it, as two sentences, also where the first, which somebody wrote as
    a message, has no stop at its end."""
    told = {language: _stopped(text) for language, text in words(failure.reason).items()}
    return Text("{reason} {unblock}", reason=Label(told), unblock=failure.unblock)


def _stopped(text: str) -> str:
    return text if text.rstrip('»”")')[-1:] in ("", ".", "!", "?", "…") else f"{text}."


def refused(code: str, gate: str, reason: Sentence, unblock: Text, *, forbidden: bool = False) -> Refused:
    """Return the exception that ends a decision because of one failure; `forbidden`: for want of a right."""
    failure = Failure(gate=gate, reason=reason, unblock=unblock, forbidden=forbidden)
    return Refused(Refusal(code=code, failures=(failure,)))


def chain_too_long(links: Sequence[str]) -> Refused:
    """Return the refusal of a command whose consequences do not come to an end; `links` led there."""
    return refused(
        CHAIN_TOO_LONG,
        "chain",
        Text(
            "One change led to more than {limit} others, the last of them {chain}.",
            limit=CHAIN_LIMIT,
            chain=" → ".join(links[-_SHOWN:]),
        ),
        Text("Break the circle in the configuration: let one of these wait, or give it a condition."),
    )
