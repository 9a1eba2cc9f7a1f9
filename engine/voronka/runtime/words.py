"""Sentences on the wire: a map of language to text, so that an answer stored once reads in every language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from voronka.errors import EnvironmentFault, UsageFault, VoronkaError
from voronka.messages import Label, words

__all__ = ["Json", "RemoteError", "fault_of_json", "fault_to_json", "sentence", "words"]

Json: TypeAlias = Any
"""A value of JSON: what `json.loads` gives."""


def sentence(words: Mapping[str, str]) -> Label:
    """Return the sentence that `words` took apart."""
    return Label(words)


class RemoteError(VoronkaError):
    """A refusal that came over the wire; it ends a command with the code it would have had on the spot."""


def fault_to_json(fault: VoronkaError) -> dict[str, Any]:
    """Return a refusal as JSON: exit code, place, reason and remedy; `others` where more is wrong."""
    return {
        "exit_code": fault.exit_code,
        "place": fault.place,
        "reason": words(fault.reason),
        "remedy": words(fault.remedy),
        **({"others": [fault_to_json(other) for other in fault.others]} if fault.others else {}),
    }


def fault_of_json(data: Mapping[str, Any]) -> VoronkaError:
    """Return the refusal that `fault_to_json` took apart, in the class that its exit code asks for."""
    kinds: dict[int, type[VoronkaError]] = {2: UsageFault, 5: EnvironmentFault}
    code = int(data["exit_code"])
    kind = kinds.get(code, RemoteError)
    fault = kind(sentence(data["reason"]), sentence(data["remedy"]), place=data.get("place"))
    fault.exit_code = code
    fault.others = tuple(map(fault_of_json, data.get("others", ())))
    return fault
