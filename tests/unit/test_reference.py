"""The language reference says what the schemas say, all of it, and is current."""

import pytest
from tools import reference

REFERENCE = reference.Reference.read(reference.SCHEMAS)


def schemas(*, properties, **more):
    schema = {"title": "Thing", "description": "A thing.", "x-ru": "Вещь.", "properties": properties, **more}
    return reference.Reference({"thing": schema, "common": {"$defs": {"later": {"not": {}, "x-later": True}}}})


@pytest.mark.parametrize("name", ["language.md", "language.ru.md"])
def test_the_committed_pages_are_current(name):
    committed = (reference.ROOT / "docs" / name).read_text(encoding="utf-8")
    assert committed == reference.pages(REFERENCE)[name], "run: python dev.py docs"


@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_key_has_a_meaning(language):
    rows = [line.split(" | ") for line in REFERENCE.page(language).splitlines() if line.startswith(("| `", "| **`"))]
    assert [row[0] for row in rows if len(row) == 4 and not row[2].strip()] == []


def test_a_required_key_is_bold_and_a_default_is_told():
    page = schemas(
        required=["name"],
        properties={
            "name": {"type": "string", "description": "Its name.", "examples": ["anna"]},
            "size": {"type": "integer", "description": "Its size.", "default": 3},
        },
    ).page("en")
    assert "| **`name`** | string | Its name. | `anna` |" in page
    assert "| `size` | integer | Its size. (default: `3`) |  |" in page


def test_a_key_of_a_later_version_is_left_out():
    page = schemas(properties={"sees": {"$ref": "common.json#/$defs/later"}}).page("en")
    assert "sees" not in page


def test_an_object_within_gets_a_section_of_its_own_once():
    part = {"title": "Part", "description": "A part.", "properties": {"x": {"description": "Deep.", "type": "string"}}}
    page = schemas(
        properties={
            "first": {"description": "One.", "$ref": "#/$defs/part"},
            "others": {"description": "More.", "type": "array", "items": {"$ref": "#/$defs/part"}},
        },
        **{"$defs": {"part": part}},
    ).page("en")
    assert page.count("### Part") == 1
    assert "| `first` | [Part](#part) | One. |" in page
    assert "| `others` | list of [Part](#part) | More. |" in page
    assert "| `x` | string | Deep. |" in page


def test_a_section_that_contains_itself_ends():
    page = schemas(properties={"inner": {"$ref": "#", "description": "Again."}}).page("en")
    assert page.count("## Thing") == 1


def test_the_example_of_a_file_is_shown_as_it_would_be_written():
    page = schemas(properties={}, examples=[{"thing": "a", "parts": {"x": ["1", "2"]}}]).page("en")
    assert "```yaml\nthing: a\nparts:\n  x: ['1', '2']\n```" in page
