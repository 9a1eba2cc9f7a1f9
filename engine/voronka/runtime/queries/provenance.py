"""Where the values of a record come from, for whoever may see them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from voronka.definition.fields import Field, Subject
from voronka.definition.vocabulary import BUILT_IN_FIELDS
from voronka.messages import Label
from voronka.process.provenance import fresh_since
from voronka.process.state import DealState, Observation, PartyState, VaultRef
from voronka.runtime.queries.shown import Shown
from voronka.runtime.words import words

__all__ = ["personal_in", "with_provenance"]


def personal_in(record: DealState | PartyState) -> Iterable[object]:
    """Return what sources said of a record and by what it can be looked up, to be loaded out of the vault at once."""
    return [part for said in record.observed.values() for one in said for part in (one.value, one.evidence)]


def with_provenance(
    shown: Shown, subject: Subject, record: DealState | PartyState, fields: Iterable[Mapping[str, Any]], now: int
) -> list[dict[str, Any]]:
    """Return shown fields, those that are followed with `provenance`: `known_at`, whether they are `stale`, and what
    each source `said` (by whom, when, with what evidence), the one that `stands` first: as the record holds it, even if
    another would stand by now, for a value changes only when somebody gives one.
    """
    declared = {**BUILT_IN_FIELDS[subject], **shown.workspace.fields.get(subject, {})}
    found = []
    for cell in fields:
        field, said = declared.get(cell["name"]), record.observed.get(cell["name"], ())
        told = dict(cell)
        if field is not None and cell["value"] is not None and (field.followed or said):
            told["provenance"] = _provenance(shown, field, record, said, now)
        found.append(told)
    return found


def _provenance(
    shown: Shown, field: Field, record: DealState | PartyState, said: Iterable[Observation], now: int
) -> dict[str, Any]:
    since = fresh_since(field, shown.workspace, now)
    known_at, held = record.known_at.get(field.name), record.fields.get(field.name)
    ordered = sorted(said, key=lambda one: -one.at)
    stands = next((one for one in ordered if one.at == known_at and one.value == held), None)
    if stands is not None:
        ordered = [stands, *(one for one in ordered if one is not stands)]
    return {
        "known_at": known_at,
        "stale": since is not None and (known_at is None or known_at < since),
        "said": [{**_said(shown, field, one), "stands": one is stands} for one in ordered],
    }


def _said(shown: Shown, field: Field, one: Observation) -> dict[str, Any]:
    source = shown.workspace.data_sources.get(one.source)
    evidence = shown.plain(one.evidence) if isinstance(one.evidence, VaultRef) else one.evidence
    cell = shown.field(field, one.value)
    return {
        "source": one.source,
        "label": words(Label.plain(one.source) if source is None else source.label),
        "confidence": None if source is None else source.confidence,
        "value": cell["value"],
        "shown": cell["shown"],
        "at": one.at,
        "by": shown.user(one.by),
        "evidence": evidence,
    }
