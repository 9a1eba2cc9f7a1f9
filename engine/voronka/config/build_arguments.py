"""The arguments of actions that plugins declare: constants, expressions, and personal values by their names."""

from __future__ import annotations

from voronka.config.context import FunnelContext
from voronka.config.node import Node
from voronka.config.schema import Schema, is_expression, looks_like_expression
from voronka.config.shape import inner_schema, plain, with_defaults
from voronka.config.visibility import names_in, told_outside
from voronka.definition.actions import Argument, PersonalValue, PluginAction
from voronka.definition.fields import Field, FieldType
from voronka.expressions import Expression, Kind
from voronka.hooks.actions import ActionType
from voronka.messages import Text

__all__ = ["build_plugin_action"]

_ANY = "any"
_TEXTS = frozenset(
    {FieldType.TEXT, FieldType.LONG_TEXT, FieldType.PHONE, FieldType.EMAIL, FieldType.URL, FieldType.DATE}
)


def build_plugin_action(name: Node, value: Node, funnel: FunnelContext) -> PluginAction | None:
    """Return the action that a plugin declares under the key `name`; None, and say so, if none does."""
    action = funnel.workspace.plugins.find(ActionType, name)
    if action is None or funnel.report.broken(value.place):
        return None
    arguments = {
        entry.key.text: _argument(name.text, entry.value, inner_schema(action.arguments, entry.key.text), funnel)
        for entry in value.items()
        if _is_sound(entry.key, funnel)
    }
    arguments = {**with_defaults({}, action.arguments), **arguments}
    funnel.workspace.plugins.check(name.text, action.check, name, value, arguments)
    destination = arguments.get(action.destination) if action.destination is not None else None
    return PluginAction(
        name=name.text,
        arguments=arguments,
        destination=destination if isinstance(destination, str) else "",
        label=action.label,
    )


def _argument(action: str, node: Node, schema: Schema, funnel: FunnelContext) -> Argument:
    if node.is_mapping:
        return {
            entry.key.text: _argument(action, entry.value, inner_schema(schema, entry.key.text), funnel)
            for entry in node.items()
            if _is_sound(entry.key, funnel)
        }
    if node.is_sequence:
        return tuple(_argument(action, each, inner_schema(schema), funnel) for each in node.elements)
    if is_expression(node.text, schema):
        worked_out = _worked_out(node, schema["x-expression"], funnel)
        names: frozenset[str] = frozenset()
        if isinstance(worked_out, PersonalValue):
            names = frozenset({worked_out.name})
        elif isinstance(worked_out, Expression):
            names = names_in(worked_out)
        funnel.report.take(told_outside(action, names, node, funnel))
        return worked_out
    constant: Argument = plain(node, schema)
    if isinstance(constant, str) and ("x-expression" in schema or "enum" not in schema):
        if constant.startswith("=="):
            return constant[1:]
        if looks_like_expression(constant):
            funnel.report.error(
                "V3902",
                node.place,
                Text(
                    "`{text}` is an expression, and this argument of {action} takes only a text.",
                    text=constant,
                    action=action,
                ),
                Text(
                    "Write the text; `==…` for one that begins with `=`. Whoever wrote the plugin can let the argument"
                    " be worked out (`x-expression`)."
                ),
            )
    return constant


def _worked_out(node: Node, kind: str, funnel: FunnelContext) -> Argument:
    blank = len(node.text) - len(node.text[1:].lstrip())
    name = node.text[blank:].strip()
    field = funnel.workspace.party_fields.get(name) or funnel.fields.get(name)
    if field is not None and field.pii:
        return _personal(node, name, field, funnel)
    return funnel.workspace.expressions.compile(
        node, funnel.scope, expect=None if kind == _ANY else Kind(kind), skip=blank
    )


def _personal(node: Node, name: str, field: Field, funnel: FunnelContext) -> Argument:
    if field.type not in _TEXTS:
        funnel.report.error(
            "V3411",
            node.place,
            Text("{field} is personal and no text, so it cannot be handed over.", field=name),
            Text("Hand over a personal field of the type text, phone, email, url or date."),
        )
        return None
    return PersonalValue(name=name)


def _is_sound(key: Node, funnel: FunnelContext) -> bool:
    if not key.text.startswith("$"):
        return True
    funnel.report.error(
        "V2013",
        key.place,
        Text("A name cannot begin with a dollar sign here."),
        Text("Write it without the sign."),
    )
    return False
