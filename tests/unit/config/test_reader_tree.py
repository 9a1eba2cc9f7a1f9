"""The tree keeps every value as written, with its place."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from voronka.config.document import Document
from voronka.config.finding import Place
from voronka.config.node import Node
from voronka.config.reader import read_document


def read(text: str) -> Document:
    return read_document("f.yaml", text.encode())


def tree(node: Node | None):
    """The tree as `yaml.BaseLoader` would give it: texts, lists and dicts."""
    if node is None:
        return None
    if node.is_mapping:
        return {name: tree(entry.value) for name, entry in node.entries.items()}
    return [tree(each) for each in node.elements] if node.is_sequence else node.text


@pytest.mark.parametrize(
    "written", ["10:00", "0077123456", "NO", "yes", "1.10", "+79161234567", "2026-12-31", "0x1F", "1_000", ".inf", "=a"]
)
def test_a_scalar_stays_as_written(written):
    assert read(f"a: {written}\n").root.get("a").text == written


def test_nothing_and_null_and_an_empty_text_are_told_apart():
    root = read("a:\nb: null\nc: ~\nd: ''\ne: 'null'\nf: {}\n").root
    kinds = {key: (entry.value.is_empty, entry.value.is_null) for key, entry in root.entries.items()}
    assert kinds == {
        "a": (True, False),
        "b": (False, True),
        "c": (False, True),
        "d": (False, False),
        "e": (False, False),
        "f": (False, False),
    }


def test_every_node_knows_its_place():
    root = read('stages:\n  needs: {label: "Нужды"}\n  list:\n    - one\n').root
    assert root.key("stages").place == Place("f.yaml", 1, 1, 6)
    assert root.at("stages", "needs").place == Place("f.yaml", 2, 10, 1)
    assert root.at("stages", "needs", "label").place == Place("f.yaml", 2, 18, 7)
    assert root.at("stages", "list", 0).place == Place("f.yaml", 4, 7, 3)


def test_columns_count_characters():
    assert read("Сделка: 🙂 да\n").root.get("Сделка").place == Place("f.yaml", 1, 9, 4)


@pytest.mark.parametrize("text", ["a: 1\r\nb: x\r\n", "\ufeffa: 1\nb: x\n", "a: 1\rb: x\r"])
def test_line_ends_of_windows_and_a_byte_order_mark_change_nothing(text):
    root = read(text).root
    assert tree(root) == {"a": "1", "b": "x"}
    assert root.key("b").place == Place("f.yaml", 2, 1, 1)


def test_walking_the_wrong_kind_finds_nothing():
    root = read("a: [1]\nb: x\n").root
    assert root.get("b").get("c") is None
    assert list(root.get("a").items()) == []
    assert root.at("a", 5) is None
    assert root.at("b", "c", 0) is None
    assert root.get("a").text == ""


@pytest.mark.parametrize(
    ("text", "part", "place"),
    [
        ("a: x > amonut\n", "amonut", (1, 8, 6)),
        ('a: "x > amonut"\n', "amonut", (1, 9, 6)),
        ("a: 'it''s > amonut'\n", "amonut", (1, 13, 6)),
        ('a: "x == \\"я\\" and amonut"\n', "amonut", (1, 20, 6)),
        ('a: "\\u044f > amonut"\n', "amonut", (1, 14, 6)),
        ("a: x >\n  amonut\n", "amonut", (2, 3, 6)),
        ("a: |\n  x >\n  amonut\n", "amonut", (3, 3, 6)),
        ("a: >\n  x >\n    amonut\n", "amonut", (3, 5, 6)),
        ('a: "x >\n  amonut"\n', "amonut", (2, 3, 6)),
        ('a: "x > \\\n  amonut"\n', "amonut", (2, 3, 6)),
        ('a: "\\\\ > amonut"\n', "amonut", (1, 10, 6)),
        ("a: 1\r\nb: x > amonut\r\n", "amonut", (2, 8, 6)),
    ],
)
def test_a_part_of_a_value_is_found_through_quotes_and_folding(text, part, place):
    document = read(text)
    node = document.root.get("b") or document.root.get("a")
    start = node.text.index(part)
    assert document.within(node, start, start + len(part)) == Place("f.yaml", *place)


def test_the_end_of_a_value_has_a_place_too():
    document = read("a: x ==\n")
    node = document.root.get("a")
    assert document.within(node, len(node.text), len(node.text)).line == 1


texts = st.text(max_size=200)
yamlish = st.lists(
    st.sampled_from([*"abя01 -:,#?!&*|>%@`'\"[]{}()\n\t\r\\–“\u00a0", ": ", "- ", "\n  ", " #", "{{", "null", "<<"]),
    max_size=40,
).map("".join)
values = st.recursive(
    st.text(alphabet="abя1 :#,'\"-[]{}\n", max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(alphabet="abcя", min_size=1, max_size=6), inner, max_size=3)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('a: [1", 1-]\n', ['1"', "1-"]),
        ('a: [1", 5"]\n', ['1"', '5"']),
        ('a: [x ", b]\n', ['x "', "b"]),
        ("a: [f(x, b, c]\n", ["f(x", "b", "c"]),
    ],
)
def test_a_list_keeps_texts_whose_quotes_and_parentheses_close_nothing(text, value):
    document = read(text)
    assert (document.findings, tree(document.root.get("a"))) == ((), value)


def test_a_mapping_tells_of_a_value_that_never_closes_what_it_opens():
    (finding,) = read("a: {when: f(x, b, c}\n").findings
    assert (finding.code, finding.place) == ("V1029", Place("f.yaml", 1, 11, 9))


@given(st.one_of(st.binary(max_size=200), texts.map(str.encode), yamlish.map(str.encode)))
def test_reading_never_raises(content):
    document = read_document("f.yaml", content)
    lines = document.lines
    for finding in document.findings:
        assert finding.place.file == "f.yaml"
        assert finding.place.line >= 1
        assert finding.place.column >= 1
        if document.text:
            assert finding.place.line <= len(lines)
            assert finding.place.column <= len(lines[finding.place.line - 1]) + 1


@given(yamlish)
def test_what_is_accepted_reads_as_yaml_says(text):
    document = read(text)
    if not document.findings:
        assert tree(document.root) == yaml.load(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))


@given(values, st.sampled_from([None, True, False]))
def test_what_a_writer_of_yaml_writes_is_read_back(value, flow):
    text = yaml.safe_dump(value, allow_unicode=True, default_flow_style=flow)
    document = read(text)
    # Two texts of a list that open and close a quote look like one that a comma tore apart: told, never guessed.
    torn = {"V1029"} if text.count('"') > 1 else set()
    assert {finding.code for finding in document.findings} <= torn
    assert document.findings or tree(document.root) == value


@given(values)
def test_any_part_of_any_value_has_a_place_in_the_text(value):
    document = read(yaml.safe_dump({"key": value}, allow_unicode=True))
    nodes = [document.root]
    while nodes:
        node = nodes.pop()
        nodes += [*node.elements, *(entry.value for entry in node.items())]
        for start, character in enumerate(node.text):
            place = document.within(node, start, start + 1)
            written = document.lines[place.line - 1][place.column - 1 :]
            assert character.isspace() or written.startswith((character, "\\", "'"))
