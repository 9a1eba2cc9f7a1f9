"""Predicates hold what `jsonschema` holds, and leave to it what they do not know."""

from __future__ import annotations

import copy
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.depth import DEEP
from voronka.bootstrap import reference_workspace
from voronka.config.files import kind_of
from voronka.config.predicates import Predicates
from voronka.config.reader import read_document
from voronka.config.schema import published
from voronka.config.shape import plain
from voronka.config.validator import errors_of

NAMES = st.sampled_from(["a", "b", "ab", "", "ж"])
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from([0.0, 1.0, 1.5, -2.5, 1e300]), NAMES, st.just("1")
)
DATA = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
SMALL = st.integers(0, 3)
TYPES = st.sampled_from(["array", "boolean", "integer", "null", "number", "object", "string"])


def schemas_around(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    some = st.lists(inner, min_size=1, max_size=3)
    return st.fixed_dictionaries(
        {},
        optional={
            "type": TYPES | st.lists(TYPES, min_size=1, max_size=3, unique=True),
            "enum": st.lists(DATA, min_size=1, max_size=4),
            "const": DATA,
            "pattern": st.sampled_from(["a", "^b", "^$", "ж"]),
            "minLength": SMALL,
            "maxLength": SMALL,
            "minimum": st.integers(-2, 2),
            "maximum": st.integers(-2, 2),
            "exclusiveMinimum": st.integers(-2, 2),
            "exclusiveMaximum": st.integers(-2, 2),
            "minItems": SMALL,
            "maxItems": SMALL,
            "uniqueItems": st.booleans(),
            "required": st.lists(NAMES, max_size=2, unique=True),
            "minProperties": SMALL,
            "maxProperties": SMALL,
            "dependentRequired": st.dictionaries(NAMES, st.lists(NAMES, max_size=2, unique=True), max_size=2),
            "properties": st.dictionaries(NAMES, inner, max_size=3),
            "additionalProperties": inner,
            "patternProperties": st.dictionaries(st.sampled_from(["a", "^b"]), inner, max_size=2),
            "propertyNames": inner,
            "items": inner,
            "allOf": some,
            "anyOf": some,
            "oneOf": some,
            "not": inner,
            "if": inner,
            "then": inner,
            "else": inner,
            "title": st.just("a title"),
            "x-form": st.just("name"),
        },
    )


SCHEMAS = st.recursive(st.booleans() | schemas_around(st.booleans()), schemas_around, max_leaves=6)


@settings(deadline=None, max_examples=4000 if DEEP else 100)
@given(SCHEMAS, DATA)
def test_a_predicate_agrees_with_jsonschema(schema, data):
    assert Predicates().accepts(schema, data) is Draft202012Validator(schema).is_valid(data)


FILES = [reference_workspace() / "voronka.yaml", *sorted((reference_workspace() / "configs").rglob("*.yaml"))]


def read(path: Path) -> tuple[str, Any]:
    kind = kind_of(path.relative_to(reference_workspace()).as_posix())
    root = read_document(path.name, path.read_bytes()).root
    assert root is not None
    return kind, plain(root, published(kind))


@pytest.fixture(scope="module")
def read_files():
    return [read(path) for path in FILES]


def test_sound_files_never_come_to_jsonschema(read_files, monkeypatch):
    monkeypatch.setitem(sys.modules, "jsonschema", None)
    monkeypatch.setitem(sys.modules, "jsonschema.validators", None)
    assert [error for kind, data in read_files for error in errors_of(kind, data)] == []


def places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to each value."""
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for step, value in inner:
        yield (*path, step)
        yield from places(value, (*path, step))


STRANGE: tuple[Any, ...] = (None, "", "Ж ж", "= a + 1", 7, -1.5, True, [], ["x", "x"], {}, {"strange": 1})


@settings(deadline=None, max_examples=1500 if DEEP else 50)
@given(st.data())
def test_a_predicate_finds_the_faults_of_files_that_jsonschema_finds(read_files, data):
    kind, sound = data.draw(st.sampled_from(read_files))
    *way, last = data.draw(st.sampled_from(list(places(sound))))
    changed = copy.deepcopy(sound)
    parent = changed
    for step in way:
        parent = parent[step]
    if data.draw(st.booleans()):
        del parent[last]
    else:
        parent[last] = data.draw(st.sampled_from(STRANGE))
    told = {tuple(error.absolute_path) for error in errors_of(kind, changed)}
    assert told == {tuple(error.absolute_path) for error in Draft202012Validator(published(kind)).iter_errors(changed)}
    assert Predicates().accepts(published(kind), changed) is (not told)


@pytest.mark.parametrize(
    "schema",
    [
        {"multipleOf": 2},
        {"not": {"multipleOf": 2}},
        {"properties": {"a": {"contains": {}}}},
        {"$ref": "#/$defs/a"},
        {"type": "money"},
    ],
)
def test_what_no_predicate_knows_is_left_to_jsonschema(schema):
    assert not Predicates().accepts(schema, {"a": 4})


def test_an_expression_stands_for_a_member_where_the_schema_lets_it():
    schema = {"properties": {"a": {"type": "number", "x-expression": "number"}, "b": {"type": "number"}}}
    assert Predicates().accepts(schema, {"a": "= amount"})
    assert not Predicates().accepts(schema, {"a": "amount"})
    assert not Predicates().accepts(schema, {"a": "== amount"})
    assert not Predicates().accepts(schema, {"b": "= amount"})
