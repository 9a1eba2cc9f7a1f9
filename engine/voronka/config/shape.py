"""A tree of values against the JSON Schema of its kind of file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from voronka.config.document import Document
from voronka.config.finding import Finding, Place
from voronka.config.node import Node
from voronka.config.schema import NO_ADDITIONS, Additions, Schema, published
from voronka.config.validator import errors_of
from voronka.messages import Text

if TYPE_CHECKING:
    from jsonschema import ValidationError

__all__ = ["check_node", "check_shape", "inner_schema", "plain", "with_defaults"]

_WHOLE = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_ANYTHING: Schema = {}


def check_shape(document: Document, kind: str, additions: Additions = NO_ADDITIONS) -> tuple[Finding, ...]:
    """Return what is wrong with the shape of a file of a kind (`SCHEMA_KINDS`), in the order of its lines.

    A document that could not be read is found no further fault with.
    """
    if document.root is None or document.root.is_empty:
        if document.findings or kind == "templates":
            return ()
        return (
            Finding(
                code="V2001",
                place=Place(document.file, document.first_line, 1),
                reason=Text("The file is empty."),
                remedy=Text("Fill it in, or delete it."),
            ),
        )
    return check_node(document.root, kind, additions)


def check_node(root: Node, kind: str, additions: Additions = NO_ADDITIONS) -> tuple[Finding, ...]:
    """Return what is wrong with the shape of a tree, such as a funnel with one of its cases merged in."""
    schema = published(kind, additions)
    told, is_alone = _told(root, list(errors_of(kind, plain(root, schema), additions)))
    if is_alone:
        return told
    found: dict[tuple[Place, str], Finding] = {}
    for finding in _outdented_first(root, schema, (*_empties(root, schema), *told)):
        found.setdefault((finding.place, finding.code), finding)
    return tuple(sorted(_once(found.values()), key=lambda each: (each.place, each.code)))


def _outdented_first(root: Node, schema: Schema, told: tuple[Finding, ...]) -> Iterator[Finding]:
    """Yield what stands too far to the left, and of what else was `told` that which does not follow from it."""
    if not told:
        return
    from voronka.config.indentation import outdented  # as what puts faults into words

    places: set[Place] = set()
    for lost in outdented(root, schema):
        places |= {each.key.place for each in (lost.above, *lost.entries)}
        yield lost.finding
    yield from (finding for finding in told if finding.place not in places)


def _told(root: Node, errors: Sequence[ValidationError]) -> tuple[tuple[Finding, ...], bool]:
    """Return the errors as findings, and whether whoever made them is to be told nothing else."""
    if not errors:
        return (), False
    from voronka.config.shape_faults import Fault, describe  # what puts faults into words, only where there are some

    faults = [
        Fault(error=error, node=node, key=key, parent=parent)
        for error in errors
        for node, key, parent in [_find(root, error.absolute_path)]
    ]
    alone = [fault for fault in faults if fault.schema.get("x-alone")]
    return tuple(each for fault in alone or faults for each in describe(fault)), bool(alone)


def plain(node: Node, schema: Schema) -> Any:  # noqa: ANN401 - JSON data of any shape
    """Return the tree as plain data, each scalar typed as the schema of its place asks, else text as written."""
    if node.is_mapping:
        return {name: plain(entry.value, inner_schema(schema, name)) for name, entry in node.entries.items()}
    if node.is_sequence:
        return [plain(each, inner_schema(schema)) for each in node.elements]
    return _scalar(node, schema)


def inner_schema(schema: Schema, name: str | None = None) -> Schema:
    """Return the schema of what stands under `name` in a mapping, or without one that of a list's elements."""
    if name is None:
        return schema.get("items") or _ANYTHING
    found: Any = schema.get("properties", _ANYTHING).get(name)
    if found is None and (patterns := schema.get("patternProperties")):
        found = next((each for pattern, each in patterns.items() if re.search(pattern, name)), None)
    if found is None:
        found = schema.get("additionalProperties")
    return found if isinstance(found, dict) else _ANYTHING


def with_defaults(value: Any, schema: Schema) -> Any:  # noqa: ANN401 - plain data of any shape
    """Return plain data with the defaults of the schema where nothing is said."""
    if isinstance(value, dict):
        known = schema.get("properties", _ANYTHING)
        missing = {name: each["default"] for name, each in known.items() if "default" in each and name not in value}
        return {name: with_defaults(each, inner_schema(schema, name)) for name, each in value.items()} | missing
    if isinstance(value, list):
        return [with_defaults(each, inner_schema(schema)) for each in value]
    return value


def _scalar(node: Node, schema: Schema) -> object:
    text = node.text
    if node.is_empty or node.is_null:
        return {} if "x-empty" in schema else None
    match [kind for kind in _types(schema) if kind != "null"]:
        case ["integer"] if _WHOLE.fullmatch(text):
            return int(text) if len(text) < 19 else text
        case ["number"] if _NUMBER.fullmatch(text):
            return float(text)
        case ["boolean"] if text in {"true", "false"}:
            return text == "true"
    return text


def _find(root: Node, path: Iterable[str | int]) -> tuple[Node, Node | None, Node | None]:
    """Return the node at `path`, its key where it stands in a mapping, and what it stands in."""
    node, key, parent = root, None, None
    for step in path:
        parent = node
        if isinstance(step, str):
            key, node = node.entries[step]
        else:
            key, node = None, node.elements[step]
    return node, key, parent


def _empties(node: Node, schema: Schema) -> Iterator[Finding]:
    """Yield what is empty or `null` where the schema of the place lets it, but it says nothing or something unclear."""
    if node.is_mapping:
        properties = schema.get("properties", _ANYTHING)
        others = schema.get("additionalProperties") or _ANYTHING
        for name, entry in node.entries.items():
            inner = properties.get(name) or others
            if entry.value.is_scalar:
                yield from _empty(entry.key, entry.value, inner)
            else:
                yield from _empties(entry.value, inner)
    elif node.is_sequence:
        for each in node.elements:
            yield from _empties(each, schema.get("items", _ANYTHING))


def _empty(key: Node, value: Node, schema: Schema) -> Iterator[Finding]:
    if value.is_null and "x-empty" in schema:
        yield Finding(
            code="V2015",
            place=value.place,
            reason=Text("`null` removes something only in a case of `variants`; here nothing is to be removed."),
            remedy=Text("Leave the value empty, or delete `{key}`.", key=key.text),
        )
    elif value.is_empty and "x-empty" not in schema and "null" in _types(schema):
        yield Finding(
            code="V2014",
            place=key.place,
            reason=Text("Nothing is written after `{key}:`.", key=key.text),
            remedy=Text("Write `null` if it is to be removed or cleared."),
        )


def _types(schema: Schema) -> Sequence[str]:
    types: str | list[str] = schema.get("type", [])
    return [types] if isinstance(types, str) else types


def _once(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield findings without the second and later ones of a place."""
    places: dict[Place, Finding] = {}
    for finding in findings:
        if places.setdefault(finding.place, finding).code == finding.code:
            yield finding
