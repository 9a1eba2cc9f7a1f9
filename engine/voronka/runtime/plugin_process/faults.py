"""What calls of a plugin's process end with, beside an answer: told over the pipe, and raised again on our side."""

from __future__ import annotations

import math
import traceback
from collections.abc import Mapping
from typing import Any

from voronka.errors import EnvironmentFault
from voronka.hooks.channels import DeliveryError, Pause
from voronka.hooks.importers import BrokenFormat, RowFault
from voronka.hooks.limits import NoAnswer
from voronka.hooks.phrases import error_phrase, is_text, phrase, sentence
from voronka.messages import Label, Sentence, Text, words
from voronka.runtime.plugin_answers import UnsoundAnswer
from voronka.runtime.secrets import SecretFault

__all__ = [
    "Busy",
    "Late",
    "ProcessEnded",
    "ProcessFault",
    "Raised",
    "Unavailable",
    "error_to_json",
    "raise_error",
    "read_row_fault",
    "read_sentence",
    "row_fault",
    "seconds",
]

_LONGEST = 20_000
"""Characters of a traceback."""


class ProcessFault(Exception):  # noqa: N818 - it is told, not raised at a person
    """A call has no answer. `reason`: a clause."""

    def __init__(self, reason: Sentence) -> None:
        super().__init__(str(reason))
        self.reason = reason


class Unavailable(ProcessFault):
    """A call was not begun. `retry_after`: seconds after which it may be."""

    def __init__(self, reason: Sentence, retry_after: float) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Busy(Unavailable):
    """A call was not begun, for all processes are at work: it waits for one of them."""


class Late(NoAnswer):
    """A call has not ended in its time; its process is ended. `seconds`: that time."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds


class ProcessEnded(ProcessFault):
    """The process has ended amid a call, or was ended for what it answered."""


class Raised(ProcessFault):
    """A plugin raised something in its process. `trace`: where."""

    def __init__(self, reason: Sentence, trace: str) -> None:
        super().__init__(reason)
        self.trace = trace


def error_to_json(error: BaseException) -> dict[str, Any]:
    """Return what a plugin raised as JSON; `raise_error` raises it again."""
    match error:
        case DeliveryError():
            return {
                "kind": "delivery",
                "reason": _words(getattr(error, "reason", None)),
                "lasting": getattr(error, "lasting", False) is True,
                "counts": getattr(error, "counts", True) is not False,
                "retry_after": seconds(getattr(error, "retry_after", None)),
                "pauses": str(getattr(error, "pauses", Pause.LANE)),
                "unknown": getattr(error, "unknown", False) is True,
            }
        case UnsoundAnswer():
            return {"kind": "unsound", "reason": words(error.reason)}
        case BrokenFormat():
            return {"kind": "format", "reason": words(error.reason)}
        case SecretFault():
            return {"kind": "secret", "reason": words(error.reason)}
        case EnvironmentFault():
            return {"kind": "environment", "reason": _words(error.reason), "remedy": _words(error.remedy)}
        case RowFault():
            return {"kind": "row", **row_fault(error)}
        case _:
            trace = "".join(traceback.format_exception(error))[-_LONGEST:]
            trace = trace.encode("utf-8", "backslashreplace").decode()
            return {"kind": "raised", "reason": {"": error_phrase(error)}, "trace": trace}


def _pauses(said: object) -> Pause:
    return next((each for each in Pause if each.value == said), Pause.LANE)


def raise_error(said: Mapping[str, Any]) -> None:
    """Raise what a process tells that a plugin raised; whatever it says is no more than its word."""
    reason = read_sentence(said.get("reason"))
    match said.get("kind"):
        case "delivery":
            raise DeliveryError(
                reason,
                lasting=said.get("lasting") is True,
                counts=said.get("counts") is not False,
                retry_after=seconds(said.get("retry_after")),
                pauses=_pauses(said.get("pauses")),
                unknown=said.get("unknown") is True,
            )
        case "unsound":
            raise UnsoundAnswer(reason)
        case "format":
            raise BrokenFormat(reason)
        case "secret":
            raise SecretFault(reason)
        case "environment":
            raise EnvironmentFault(reason, read_sentence(said.get("remedy")))
        case "row":
            raise read_row_fault(said)
        case _:
            raise Raised(reason, str(said.get("trace"))[:_LONGEST])


def row_fault(fault: RowFault) -> dict[str, Any]:
    """Return why a row, or a whole file, is not taken, as JSON."""
    return {
        "reason": _words(fault.reason),
        "remedy": _words(fault.remedy),
        "column": phrase(fault.column),
        "value": phrase(fault.value),
    }


def read_row_fault(said: Mapping[str, Any]) -> RowFault:
    """Return what `row_fault` has told."""
    return RowFault(
        read_sentence(said.get("reason")),
        read_sentence(said.get("remedy")),
        column=str(said.get("column", "")),
        value=str(said.get("value", "")),
    )


def seconds(asked: object) -> float | None:
    """Return a pause that a plugin asks for, if it is one."""
    if isinstance(asked, bool) or not isinstance(asked, (int, float)):
        return None
    try:
        return float(asked) if math.isfinite(asked) else None
    except OverflowError:
        return None


def _words(said: object) -> dict[str, str]:
    found = sentence(said)
    return {} if found is None else words(found)


def read_sentence(said: object) -> Sentence:
    """Return a sentence that a process tells, as `words` has it."""
    texts = said if isinstance(said, dict) else {}
    told = {name: text for name, text in texts.items() if is_text(name) and is_text(text)}
    return Label(told) if told else Text("no reason is given")
