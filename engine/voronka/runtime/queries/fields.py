"""The fields of a workspace: what uses each, where it comes from, and in how many records it is filled in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from voronka.definition.fields import Field, Subject
from voronka.definition.uses import FieldKey, Use, missing, orphans, uses
from voronka.errors import UsageFault
from voronka.expressions.suggestion import suggest
from voronka.messages import Label, Text
from voronka.process.state import StreamKind
from voronka.runtime.queries.asked import Asked, parameters
from voronka.runtime.words import Json, words
from voronka.storage import Holding

__all__ = ["list_fields"]

_KINDS = {
    Subject.DEALS: StreamKind.DEAL,
    Subject.ACCOUNTS: StreamKind.ACCOUNT,
    Subject.CONTACTS: StreamKind.CONTACT,
}


@parameters("field", "limit", "skip")
def list_fields(asked: Asked) -> Json:
    """Answer with the declared fields in the order of writing: parameters field (a name), limit, skip.

    Each with its `type`, `group`, `sources`, `ttl`, what it is `used_by`, whether it is an `orphan` or `missing`, and
    in how many (`filled`) of the `records` that may have it and be seen by whoever asks it is filled in; None for a
    field that is not for everybody to see.
    """
    wanted = asked.text("field")
    used_by = uses(asked.workspace)
    if wanted is not None:
        chosen = [key for key in used_by if wanted in (key[1], _full(key))]
        if not chosen:
            meant = suggest(wanted, [key[1] for key in used_by])
            raise UsageFault(
                Text("There is no field {field}.", field=wanted),
                Text("Did you mean {meant}?", meant=meant) if meant else Text("voronka fields lists them."),
            )
    else:
        chosen = list(used_by)[asked.number("skip") :][: asked.limit()]
    lonely = set(orphans(asked.workspace, used_by))
    unasked = set(missing(asked.workspace, used_by))
    hidden = {
        (subject, name)
        for subject, declared in asked.workspace.fields.items()
        for name in asked.viewer.rights.hidden(declared, frozenset())
    }
    counts = {
        subject: _counted(asked, subject, [name for of, name in chosen if of is subject])
        for subject in {subject for subject, _ in chosen}
    }
    return [
        {
            **_told(asked, key, asked.workspace.fields[key[0]][key[1]], used_by[key]),
            "orphan": key in lonely,
            "missing": key in unasked,
            "filled": None if key in hidden else counts[key[0]][0][key[1]],
            "records": counts[key[0]][1][key[1]],
        }
        for key in chosen
    ]


def _full(key: FieldKey) -> str:
    subject, name = key
    return name if subject is Subject.DEALS else f"{subject.value[:-1]}.{name}"


def _told(asked: Asked, key: FieldKey, field: Field, used: Iterable[Use]) -> dict[str, Any]:
    known = asked.workspace.data_sources
    return {
        "field": _full(key),
        "label": words(field.label),
        "of": key[0].value,
        "type": field.type.value,
        "group": field.group,
        "computed": field.formula is not None,
        "sources": [
            {"source": name, "label": words(known[name].label if name in known else Label.plain(name))}
            for name in field.sources
        ],
        "merge": field.merge.value if field.sources else None,
        "ttl": None if field.ttl is None else str(field.ttl),
        "used_by": [{"kind": use.kind.value, "name": use.name} for use in used],
    }


def _counted(asked: Asked, subject: Subject, names: Iterable[str]) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """Return in how many records each field is filled in, and how many may have it."""
    funnels = asked.workspace.funnels
    wanted = frozenset(names)
    filled: Counter[str] = Counter()
    records: Counter[str | None] = Counter()
    for each in asked.reader.holdings(_KINDS[subject], asked.owners):
        holding: Holding = each
        records[holding.funnel] += 1
        filled.update(wanted.intersection(holding.names))
    if subject is not Subject.DEALS:
        return filled, dict.fromkeys(wanted, records[None])
    return filled, {
        name: sum(count for funnel, count in records.items() if funnel in having)
        for name in wanted
        for having in ({each.name for each in funnels.values() if name in each.fields},)
    }
