"""The report on won against lost deals as JSON."""

from __future__ import annotations

from collections.abc import Mapping

from voronka.definition.code_words import in_words
from voronka.definition.fields import Field, Subject
from voronka.definition.funnels import Funnel
from voronka.definition.workspace import Workspace
from voronka.mart.schema import field_column
from voronka.messages import Label, Text
from voronka.metrics.parameters import funnel_of, shown_fields
from voronka.metrics.plain import plain
from voronka.metrics.reports.asking import DRILLED
from voronka.metrics.slices import Slice
from voronka.metrics.winloss.report import DEFINITIONS, winloss_report
from voronka.metrics.winloss.rows import deals_with
from voronka.metrics.winloss.signs import Sign, SignKind
from voronka.runtime.queries import Asked
from voronka.runtime.words import Json, words

__all__ = ["answer_winloss"]

_LEAST = 5
_TOLD = {
    SignKind.FILLED: Text("filled in"),
    SignKind.INTERACTION: Text("took place"),
    SignKind.EVENT: Text("fired at least once"),
    SignKind.BACK: Text("at least once"),
    SignKind.CHECKED: Text("ticked"),
}
_BACK = Text("Went back to an earlier stage")
_YES_NO = {"true": Text("yes"), "false": Text("no")}


def answer_winloss(asked: Asked, part: Slice) -> Json:
    """Answer with the report on won against lost deals: parameters funnel, from, to (days), least (deals for a rate).

    Fields that are hidden from whoever asks are left out.
    """
    funnel = funnel_of(asked)
    of = [field for field in shown_fields(asked) if field_column(field.name) in part.deals.c]
    least = asked.number("least") or _LEAST
    items = _items(funnel)
    having = deals_with(part, of, DRILLED)
    report = winloss_report(part, of, late=_late(funnel), least=least)
    return {
        "funnel": {"name": funnel.name, "label": words(funnel.label)},
        "from": part.start,
        "to": part.end,
        "n": report.counts.trials,
        "least": least,
        "counts": plain(report.counts),
        "rate": report.rate,
        "interval": plain(report.interval),
        "signs": [
            {
                **_sign(asked.workspace, items, sign),
                "deals": having.get((sign.of.kind.value, sign.of.name, sign.of.value), []),
            }
            for sign in report.signs
        ],
        "compared": sum(sign.p is not None for sign in report.signs),
        "proven": sum(sign.proven for sign in report.signs),
        "definitions": plain(DEFINITIONS),
    }


def _late(funnel: Funnel) -> frozenset[str]:
    """Return the fields that the funnel's gates ask for."""
    gates = (gate for variant in funnel.variants.values() for gate in variant.gates)
    return frozenset(name for gate in gates for name in gate.require)


def _items(funnel: Funnel) -> dict[str, Label]:
    """Return what the checklist items of a funnel are called, by the names of their gates."""
    return {
        f"{gate.name}.checklist.{name}": item.label
        for variant in funnel.variants.values()
        for gate in variant.gates
        for name, item in gate.checklist.items()
    }


def _sign(workspace: Workspace, items: Mapping[str, Label], sign: Sign) -> Json:
    of = sign.of
    field = workspace.fields.get(Subject.DEALS, {}).get(of.name)
    return {
        **plain(sign),
        "of": plain(of),
        "label": words(items.get(of.name) or _label(of.kind, of.name, field)),
        "value_label": words(_TOLD[of.kind] if of.kind in _TOLD else _value(field, of.value)),
    }


def _label(kind: SignKind, name: str, field: Field | None) -> Label | Text:
    if kind is SignKind.BACK:
        return _BACK
    if kind is SignKind.EVENT:
        return Text("Timed event {event}", event=name)
    if kind is SignKind.INTERACTION:
        return in_words(name)
    return field.label if field is not None and kind in (SignKind.VALUE, SignKind.FILLED) else Label.plain(name)


def _value(field: Field | None, value: str | None) -> Label | Text:
    text = value or ""
    if field is not None and text in field.options:
        return field.options[text]
    return _YES_NO.get(text) or Label.plain(text)
