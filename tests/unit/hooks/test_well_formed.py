"""What is taken for a schema is one, and the schemas that plugins write are taken for such."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, SchemaError

from tests.depth import DEEP
from voronka.hooks.well_formed import is_well_formed

KEYWORDS = (
    *("type", "enum", "const", "default", "examples", "title", "description", "format", "pattern", "minimum"),
    *("exclusiveMaximum", "minLength", "maxItems", "maxProperties", "uniqueItems", "required", "properties"),
    *("additionalProperties", "items", "propertyNames", "x-secret", "allOf", "$ref", "multipleOf"),
)
VALUES = st.one_of(
    *(st.none(), st.booleans(), st.integers(-2, 3), st.floats(-2, 2), st.sampled_from(["string", "object", "", "a"])),
    st.lists(st.sampled_from(["string", "object", "a", 1]), max_size=3),
)
SCHEMAS = st.recursive(
    VALUES,
    lambda inner: st.dictionaries(st.sampled_from(KEYWORDS), inner | st.dictionaries(st.just("a"), inner), max_size=4),
    max_leaves=8,
)


def is_schema(value: Any) -> bool:
    try:
        Draft202012Validator.check_schema(value)
    except SchemaError:
        return False
    return True


@settings(deadline=None, max_examples=4000 if DEEP else 150)
@given(SCHEMAS)
def test_what_is_well_formed_is_a_schema(schema):
    assert not is_well_formed(schema) or is_schema(schema)


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (
            {"type": "object", "required": ["a"], "properties": {"a": {"type": ["string", "null"]}}},
            True,
        ),
        ({"type": "object", "additionalProperties": {"x-expression": "any"}, "examples": [{}], "default": {}}, True),
        ({"type": "object", "properties": {"type": {"type": "integer", "minimum": 1, "enum": [1, 2]}}}, True),
        ({"type": "objekt"}, False),
        ({"type": []}, False),
        ({"type": ["string", "string"]}, False),
        ({"required": ["a", "a"]}, False),
        ({"minLength": -1}, False),
        ({"minimum": "1"}, False),
        ({"properties": {"a": 1}}, False),
        ({"items": [{}]}, False),
        ({"$ref": "#/a"}, False),
        ([], False),
    ],
)
def test_schemas_as_plugins_write_them(schema, expected):
    assert is_well_formed(schema) is expected
