"""A name that is written wrongly where it is declared is told there, and not again wherever it is used."""

import pytest

from tests.unit.config.corpus import base
from voronka.config import read_workspace
from voronka.config.reader import read_document

DECLARING = {
    "configs/fields/deal.yaml": ("fields", "collections", "lines_of_cost.fields", "competitors.fields"),
    "configs/funnels/sales.yaml": ("stages", "timed", "transitions", "proposal.timed", "insert.stages"),
    "configs/people/team.yaml": ("roles", "people"),
    "voronka.yaml": ("channels",),
}
SECTIONS = {
    "configs/fields/deal.yaml": ("set", "fields", "collections"),
    "configs/funnels/sales.yaml": ("funnel", "stages"),
    "configs/people/team.yaml": ("roles", "people"),
    "configs/calendars/office.yaml": ("calendar",),
    "voronka.yaml": ("channels",),
}
LOOKALIKES = str.maketrans("aeopcyx", "аеорсух")


def entries(node, path=""):
    """Yield each entry below `node` with the two last keys above it."""
    for entry in node.items():
        yield path, entry
        yield from entries(entry.value, ".".join([*path.split("."), entry.key.text][-2:]).strip("."))
    for each in node.elements:
        yield from entries(each, path)


def names(declaring):
    for file, parts in declaring.items():
        root = read_document(file, base()[file]).root
        for path, entry in entries(root):
            if path in parts and entry.key.text not in ("won", "lost"):  # these are there, written or not
                yield pytest.param(file, entry.key.place, id=f"{file} {entry.key.text}")


def findings_with(file, place, new):
    """Return whether `new` makes another word of the name at `place`, and the findings that this brings."""
    lines = base()[file].decode().splitlines()
    line, begin, end = lines[place.line - 1], place.column - 1, place.column - 1 + place.length
    lines[place.line - 1] = line[:begin] + new(line[begin:end]) + line[end:]
    return lines[place.line - 1] != line, read_workspace({**base(), file: "\n".join(lines).encode()}).findings


@pytest.mark.parametrize(("file", "place"), list(names(DECLARING)))
@pytest.mark.parametrize(
    "new",
    [
        pytest.param(str.capitalize, id="a capital"),
        pytest.param(lambda name: name.translate(LOOKALIKES), id="Cyrillic letters"),
        pytest.param(lambda name: name.replace("_", "-"), id="a hyphen"),
        pytest.param(lambda name: "Название", id="another word"),
    ],
)
def test_a_name_that_cannot_be_is_told_once(file, place, new):
    changed, findings = findings_with(file, place, new)

    assert [each.place[:3] for each in findings] == ([place[:3]] if changed else [])


@pytest.mark.parametrize(("file", "key"), [(file, key) for file, keys in SECTIONS.items() for key in keys])
def test_a_misspelt_section_is_told_and_what_it_declares_is_not(file, key):
    text = f"\n{base()[file].decode()}".replace(f"\n{key}:", f"\n{key}x:", 1)[1:]
    found = read_workspace({**base(), file: text.encode()}).findings

    assert {each.place.file for each in found} == {file}
    assert {each.code for each in found} <= {"V2002", "V2004"}
