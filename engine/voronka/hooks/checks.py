"""What a plugin has to say about a configuration before anything runs, beyond what its schemas tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any

from voronka.frozen import frozen
from voronka.hooks.destinations import RefusedDestination, destination
from voronka.hooks.limits import NoAnswer, call_within
from voronka.hooks.phrases import error_phrase
from voronka.messages import Label, Sentence, Text

__all__ = ["Check", "CheckCall", "FailedCheck", "Objection", "objections", "refused_url"]

_SECONDS = 5.0
_MOST = 100


@frozen
class CheckCall:
    """What is to be checked. `values`: what is written, as its schema allows it, defaults filled in.

    In `values` and `settings`, the plugin's own, None stands for what is known only at work: a reference such as
    ``${env:NAME}``, an expression. `allowed_hosts`: as `Services` has them.
    """

    values: Mapping[str, Any]
    settings: Mapping[str, Any]
    allowed_hosts: frozenset[str]


@frozen
class Objection:
    """What is wrong with a value. `path`: the keys, and numbers of list items from 0, that lead to it.

    `reason` and `remedy` are whole sentences without secrets; `suggestion`: what was probably meant.
    """

    path: tuple[str | int, ...]
    reason: Sentence
    remedy: Sentence
    suggestion: str | None = None


Check = Callable[[CheckCall], Iterable[Objection]]
"""Yields what is wrong. It is pure: it looks at what it is given, and neither at the network nor at the disk."""


class FailedCheck(Exception):  # noqa: N818 - a fault of the plugin that is told
    """A check raised, did not answer, or gave something else than objections."""

    def __init__(self, reason: Sentence) -> None:
        super().__init__(str(reason))
        self.reason = reason


def objections(check: Check, call: CheckCall, *, seconds: float = _SECONDS) -> tuple[Objection, ...]:
    """Return what a check, which is foreign code, objects to within so many `seconds`. Raises `FailedCheck`."""
    try:
        found: tuple[Any, ...] = call_within(seconds, lambda: tuple(islice(check(call), _MOST)))
    except NoAnswer:
        raise FailedCheck(Text("no answer within {seconds} s", seconds=f"{seconds:g}")) from None
    except Exception as error:
        raise FailedCheck(Label.plain(error_phrase(error))) from None
    if not all(map(_is_sound, found)):
        raise FailedCheck(Text("it returned something else than objections"))
    return found


def _is_sound(value: object) -> bool:
    return (
        isinstance(value, Objection)
        and isinstance(value.path, tuple)
        and all(isinstance(step, (str, int)) for step in value.path)
        and all(isinstance(each, Sentence) for each in (value.reason, value.remedy))
        and isinstance(value.suggestion, str | None)
    )


def refused_url(path: tuple[str | int, ...], url: str, allowed_hosts: frozenset[str]) -> Objection | None:
    """Return what stands against connecting to a URL by the rules of `HttpClient`; None if nothing does."""
    try:
        destination(url, allowed_hosts)
    except RefusedDestination as refusal:
        return Objection(
            path=path,
            reason=Text("Nothing is sent to this address: {reason}.", reason=refusal.reason),
            remedy=refusal.remedy,
        )
    return None
