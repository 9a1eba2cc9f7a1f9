"""Values that a configuration gives to fields: constants of the field's type, or expressions."""

from __future__ import annotations

from collections.abc import Mapping

from voronka.config.context import Context, FunnelContext
from voronka.config.names import NameKind, refer
from voronka.config.node import Node
from voronka.config.scalars import refuse
from voronka.config.schema import looks_like_expression
from voronka.definition.actions import Assigned
from voronka.definition.fields import Field, FieldType, Subject
from voronka.definition.scopes import type_of
from voronka.definition.values import ValueFault, read_value
from voronka.definition.vocabulary import BUILT_IN_FIELDS, COMPUTED_NAMES
from voronka.expressions import Value
from voronka.messages import Text

__all__ = ["assigned", "assignments", "constant"]


def assignments(node: Node, funnel: FunnelContext, fields: Mapping[str, Field] | None = None) -> dict[str, Assigned]:
    """Return the values of a `set`, by field. `fields`: those of another funnel, where the values go there."""
    own = funnel.fields if fields is None else fields
    known: dict[str, Field] = {**BUILT_IN_FIELDS[Subject.DEALS], **funnel.workspace.party_fields, **own}
    values: dict[str, Assigned] = {}
    for entry in node.items():
        if entry.key.text in funnel.workspace.expressions.broken:
            continue
        if _is_kept(entry.key.text):
            funnel.report.error(
                "V3406",
                entry.key.place,
                Text("{field} is kept by Voronka itself and cannot be set.", field=entry.key.text),
                Text("Remove it; a deal changes its stage by the action “move”."),
            )
            continue
        name = refer(NameKind.FIELD, entry.key, known, funnel.report)
        if name is None:
            continue
        if known[name].formula is not None:
            funnel.report.error(
                "V3403",
                entry.key.place,
                Text("The field {field} is computed by its formula and cannot be set.", field=name),
                Text("Set the fields that its formula reads."),
            )
            continue
        if fields is None and name in own and own[name].pii and _is_expression(entry.value):
            _report_personal(
                own[name], entry.value, funnel.workspace
            )  # it would stand in the history, for ever and for all
            continue
        values[name] = assigned(known[name], entry.value, funnel)
    return values


def _is_kept(name: str) -> bool:
    """Tell whether a name of a deal or of its parties has a value that nobody gives."""
    word, _, inner = name.rpartition(".")
    subject = {"": Subject.DEALS, "account": Subject.ACCOUNTS, "contact": Subject.CONTACTS}.get(word)
    return subject is not None and inner in COMPUTED_NAMES[subject]


def assigned(field: Field, node: Node, funnel: FunnelContext) -> Assigned:
    """Return the value at `node` for `field`: None clears; a text that begins with ``=`` is an expression."""
    if node.is_null:
        return None
    if _is_expression(node):
        blank = len(node.text) - len(node.text[1:].lstrip())
        return funnel.workspace.expressions.compile(node, funnel.scope, expect=type_of(field), skip=blank)
    return constant(field, node, funnel.workspace)


def _is_expression(node: Node) -> bool:
    return not node.is_null and node.text.startswith("=") and not node.text.startswith("==")


def _report_personal(field: Field, node: Node, context: Context) -> None:
    context.report.error(
        "V3404",
        node.place,
        Text("{field} is personal data and cannot be given a value here.", field=field.name),
        Text("Remove the value: personal data are entered by people or imported."),
    )


def constant(field: Field, node: Node, context: Context, text: str | None = None) -> Value | None:
    """Return the constant at `node` (or `text`, which stands for it) as a value of `field`."""
    if field.pii:
        _report_personal(field, node, context)
        return None
    written = node.text if text is None else text
    if written.startswith("=="):
        written = written[1:]
    elif looks_like_expression(written) and field.type in (FieldType.TEXT, FieldType.LONG_TEXT):
        context.report.error(
            "V3902",
            node.place,
            Text("`{text}` is an expression, and only a value can stand here.", text=written),
            Text("Write the value; `==…` for a text that begins with `=`."),
        )
        return None
    if field.type is FieldType.USER:
        return refer(NameKind.USER, node, context.people, context.report)
    if field.type in {FieldType.ACCOUNT, FieldType.CONTACT}:
        context.report.error(
            "V3405",
            node.place,
            Text("{field} is a record; a configuration cannot name one.", field=field.name),
            Text("Take it from another field with an expression: “=decision_maker”."),
        )
        return None
    if node.is_sequence and field.type is not FieldType.CHOICES:
        context.report.error(
            "V2003",
            node.place,
            Text("{field} holds one value, not a list.", field=field.name),
            Text("Write the value without brackets."),
        )
        return None
    if field.type is FieldType.BOOL and written not in {"true", "false"}:
        context.report.error(
            "V2009",
            node.place,
            Text("`{text}` is neither `true` nor `false`.", text=written),
            Text("Write `true` or `false`."),
        )
        return None
    if node.is_sequence:
        written = ", ".join(each.text for each in node.elements)
    try:
        return read_value(field, written, currency=context.currency, timezone=context.timezone)
    except ValueFault as fault:
        refuse(node, fault, context.report)
        return None
