"""A refusal in full: everything that is in the way, who could unblock it, and what to type for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import indent
from typing import Any

from voronka.cli.output import Output
from voronka.messages import Label, Text

__all__ = ["clearing", "tell_refusal"]

_EVIDENCE = {"link": " --evidence https://…", "text": ' --evidence "…"'}


def tell_refusal(
    out: Output, refusal: Mapping[str, Any], request: Mapping[str, Any], because: Mapping[str, Mapping[str, str]]
) -> None:
    """Write a refusal to stderr; `request` is what was refused, `because`: what decided about a gate, by its name."""
    out.note(Text("Refused:"))
    for failure in refusal["failures"]:
        gate = failure["gate"]
        out.note(Label.plain(f"  - {out.words(failure['reason'])}{f'  [{gate}]' if gate else ''}"))
        if gate in because:
            out.note(Label.plain(indent(out.words(because[gate]), "    ")))
        out.note(Label.plain(f"    {out.words(failure['unblock'])}"))
    if refusal["code"] == "gate" and "to" in request:
        deal = str(request["deal"])
        out.hint(*clearing(deal, str(request["to"]), refusal["failures"]), f"deal show {deal}")


def clearing(deal: str, to: str, failures: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the commands that clear the way to a stage, as far as the names of the gates tell them."""
    parts = [(failure["gate"].split("."), failure.get("evidence", "")) for failure in failures]
    fields = [part[-1] for part, _ in parts if part[-2:-1] == ["require"]]
    if fields:
        yield f"deal move {deal} {to} {' '.join(f'{field}=…' for field in fields)}"
    for part, evidence in parts:
        if part[-2:-1] == ["checklist"]:
            yield f"check-item {deal} {part[-1]}{_EVIDENCE.get(evidence, '')}"
