"""Every example of the schemas stands the whole check in its place, and reads in the reader's language."""

import pytest
import yaml

from voronka.config import read_workspace
from voronka.config.schema import SCHEMA_KINDS, published
from voronka.messages import LANGUAGES

_FOLDERS = {kind: f"configs/{kind}/example.yaml" for kind in SCHEMA_KINDS} | {"workspace": "voronka.yaml"}
_WORKSPACE = {"workspace": "small"}
_ABOUT_OTHERS = ("V31", "V36", "E11", "V5")
"""An example names what other files declare, and is a part of a funnel only."""
_ABOUT_NEIGHBOURS = frozenset({"V2004", "V2012", "V2019", "V3415", "V3703", "V3705"})
"""A key may want others beside it."""


def examples(schema, steps=()):
    """Yield each example with the keys that lead to it; a list stands for its first item."""
    if schema.get("x-later"):
        return
    for example in schema.get("examples", []):
        yield steps, example
    for name, inner in schema.get("properties", {}).items():
        yield from examples(inner, (*steps, name))
    if isinstance(inner := schema.get("additionalProperties"), dict):
        name = "2027-Q1" if schema.get("propertyNames", {}).get("x-form") == "quarter" else "some"
        yield from examples(inner, (*steps, name))
    if isinstance(inner := schema.get("items"), dict):
        yield from examples(inner, (*steps, None))


def placed(steps, value):
    for step in reversed(steps):
        value = [value] if step is None else {step: value}
    return value


def begins(text, steps):
    """Return the line of `text` in which the last key of `steps` stands."""
    lines = [number for number, line in enumerate(text.splitlines(), 1) if line.strip() not in ("", "-")]
    return lines[min(sum(step is not None for step in steps), len(lines)) - 1] if steps else 1


def cases():
    """Yield the examples, each in the first of the places that are alike: at the end of a path, and in a case."""
    seen = set()
    for kind in SCHEMA_KINDS:
        for steps, example in examples(published(kind)):
            alike = (kind, "variants" in steps, steps[-2:], str(example))
            if alike not in seen:
                seen.add(alike)
                name = ".".join("0" if step is None else step for step in steps)
                yield pytest.param(kind, steps, example, id=f"{kind}-{name}-{len(seen)}")


CASES = list(cases())


def test_there_are_examples_of_every_kind():
    assert {case.values[0] for case in CASES} == set(SCHEMA_KINDS)
    assert len(CASES) > 300


@pytest.mark.parametrize(("kind", "steps", "example"), CASES)
def test_an_example_stands_the_check_in_its_place(kind, steps, example):
    whole = placed(steps, example)
    if kind == "workspace":
        whole = {**_WORKSPACE, **whole}
    text = yaml.safe_dump(whole, allow_unicode=True, sort_keys=False, width=10_000)
    path = _FOLDERS[kind]
    files = {"voronka.yaml": yaml.safe_dump(_WORKSPACE).encode()}
    if kind == "templates":
        path, text = "configs/templates/example.en.md", f"---\n{text}---\nBody\n"
    files[path] = text.encode()
    first = begins(text, steps)

    found = read_workspace(files, scenarios=True).findings

    assert [
        (each.code, each.place.line, each.reason.render())
        for each in found
        if each.place.file == path
        and each.place.line >= first
        and not each.code.startswith(_ABOUT_OTHERS)
        and not (each.code in _ABOUT_NEIGHBOURS and each.place.line == first)
    ] == []


def labels(value):
    """Yield what is written by language in an example."""
    if isinstance(value, dict):
        if value and value.keys() <= set(LANGUAGES):
            yield value
        for each in value.values():
            yield from labels(each)
    if isinstance(value, list):
        for each in value:
            yield from labels(each)


@pytest.mark.parametrize("kind", SCHEMA_KINDS)
def test_a_label_of_an_example_reads_in_every_language(kind):
    assert [
        (steps, label)
        for steps, example in examples(published(kind))
        for label in labels(example)
        if label.keys() != set(LANGUAGES)
    ] == []
