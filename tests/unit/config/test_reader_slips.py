"""What people write by mistake is told as what it is, at its place."""

import pytest
import yaml

from voronka.config.reader import read_document

SLIPS = [
    # what is written, code, line, column
    ("a: &x 1\n", "V1011", 1, 4),
    ("a: *x\n", "V1010", 1, 4),
    ("a: !!str 3\n", "V1012", 1, 4),
    ("when: !replied\n", "V1012", 1, 7),
    ("<<: {a: 1}\n", "V1013", 1, 1),
    ("a: 1\n---\nb: 2\n", "V1014", 2, 1),
    ("null: 3\n", "V1015", 1, 1),
    ("~: 3\n", "V1015", 1, 1),
    (": v\n", "V1015", 1, 1),
    ("{: v}\n", "V1015", 1, 2),
    ("? [a]\n: b\n", "V1016", 1, 3),
    ("? {a: b}\n: c\n", "V1016", 1, 3),
    ("a: 1\nb: 2\na: 3\n", "V1017", 3, 1),
    ("x: {a: 1, a: 2}\n", "V1017", 1, 11),
    ('"a": 1\na: 2\n', "V1017", 2, 1),
    ("\ta: b\n", "V1020", 1, 1),
    ("a:\n\tb: c\n", "V1020", 2, 1),
    ("a:\n  \tb: c\n", "V1020", 2, 3),
    ("– a\n– b\n", "V1021", 1, 1),
    ("a:\n  – x\n", "V1021", 2, 3),
    ("a:\n  - x\n  – y\n", "V1021", 3, 3),
    ("a:\n  • x\n  • y\n", "V1021", 2, 3),
    ("a:\u00a0b\n", "V1022", 1, 3),
    ("a: \u00a0b\n", "V1022", 1, 4),
    ("a: b\u00a0\n", "V1022", 1, 5),
    ("key\u00a0: v\n", "V1022", 1, 4),
    ("a:\n\u00a0\u00a0b: 1\n", "V1022", 2, 1),
    ("a: “x”\n", "V1023", 1, 4),
    ("a: „x“\n", "V1023", 1, 4),
    ("title: Заявка #15\n", "V1026", 1, 14),
    ("a: {title: Заявка #15\n}\n", "V1026", 1, 18),
    ("- Заявка #15\n", "V1026", 1, 9),
    ('when: name == "Заявка # 15"\n', "V1026", 1, 22),
    ("Заявка #15: x\nb: 2\n", "V1026", 1, 7),
    ("a: 1\nb:2\nc: 3\n", "V1027", 2, 2),
    ("leave: {require:[a]}\n", "V1027", 1, 16),
    ("when: if: x\n", "V1028", 1, 7),
    ("a: Срок: 2 дня\n", "V1028", 1, 4),
    ("a: {b: c: d}\n", "V1028", 1, 8),
    ("a: {when: count(x, y) > 3, do: z}\n", "V1029", 1, 11),
    ('a: {when: count(x, kind == "a"), do: z}\n', "V1029", 1, 11),
    ('a: {when: x == "a, b"}\n', "V1029", 1, 11),
    ("a: [sum(x, y), z]\n", "V1029", 1, 5),
    ('a: {when: x in ["a"], b: 1}\n', "V1029", 1, 11),
    ("a: {when: x >= 10,5}\n", "V1029", 1, 11),
    ('a: "x\nb: 1\n', "V1030", 1, 4),
    ("a: 'x\n", "V1030", 1, 4),
    ("a: [1, 2\nb: 3\n", "V1031", 1, 4),
    ("a: {b: 1\n", "V1031", 1, 4),
    ("a: 1\n b: 2\n", "V1032", 2, 2),
    ("a:\n  b: 1\n c: 2\n", "V1032", 3, 2),
    ("- a\nb: c\n", "V1032", 2, 1),
    ("a: 1\nb\n", "V1033", 2, 1),
    ("a: @x\n", "V1034", 1, 4),
    ("a: `x`\n", "V1034", 1, 4),
    ("a: %x\n", "V1034", 1, 4),
    ("when: >= 3\n", "V1034", 1, 7),
    ("a: *важно*\n", "V1034", 1, 4),
    ('path: "C:\\data"\n', "V1035", 1, 10),
    ('when: "x" == y\n', "V1036", 1, 11),
    ("a: [b, c]]\n", "V1036", 1, 10),
    ("a: - b\n", "V1037", 1, 4),
    ("a: ]\n", "V1038", 1, 4),
    ("title: {{ name }}\n", "V1039", 1, 9),
]


@pytest.mark.parametrize(("text", "code", "line", "column"), SLIPS)
def test_slip_is_told_at_its_place(text, code, line, column):
    document = read_document("f.yaml", text.encode())
    assert [(finding.code, *finding.place[:3]) for finding in document.findings] == [(code, "f.yaml", line, column)]


# The parser written in Python reads `require:[a]` as a text; the schema then tells the missing space.
@pytest.mark.parametrize(("text", "code", "line", "column"), [each for each in SLIPS if "require:[" not in each[0]])
def test_the_parser_written_in_python_tells_the_same(text, code, line, column):
    document = read_document("f.yaml", text.encode(), loader=yaml.BaseLoader)
    assert [(finding.code, finding.place.line) for finding in document.findings] == [(code, line)]


@pytest.mark.parametrize(
    "text",
    [
        "a: b # a comment\n",
        "a: 1 ## a comment\n",
        "a: b #\n",
        'a: "Заявка #15"\n',
        "a: Заявка№#15\n",
        "a: |\n  Заявка #15\n  – не пункт\n  “кавычки”\n",
        "a: Цена 10\u00a0000 ₽\n",
        "a: «Ромашка»\n",
        "a: да – нет\n",
        "a: 'it''s'\n",
        "a: (x\n",
        "a: {b: ;)}\n",
        'a: "– x"\n',
        "'null': 1\n",
        "'<<': 1\n",
        "---\na: 1\n",
        "%YAML 1.2\n---\na: 1\n...\n",
        "a:\tb\n",
        "",
        "# nothing but a comment\n",
    ],
)
def test_what_is_meant_as_written_is_accepted(text):
    assert read_document("f.yaml", text.encode()).findings == ()


def test_a_value_torn_by_a_comma_is_mended_so_that_it_can_be_checked_further():
    root = read_document("f.yaml", b"a: {when: count(x, y) > 3, do: z}\n").root
    assert root.at("a", "when").text == "count(x, y) > 3"
    assert [entry.key.text for entry in root.get("a").items()] == ["when", "do"]


@pytest.mark.parametrize(
    ("text", "code", "value"),
    [
        ("a: {when: lambda: 1, do: z}\n", "V1028", "lambda: 1"),
        ("a: {when: a: b: c, do: z}\n", "V1028", "a: b: c"),
        ("a:\n  when: если: да: нет\n  do: z\n", "V1028", "если: да: нет"),
        ('a: {when: x in ["a", "b"], do: z}\n', "V1029", 'x in ["a", "b"]'),
        ("a: {when: Hello {b: [c]}!, do: z}\n", "V1029", "Hello {b: [c]}!"),
        ("a: {when: x >= 10,5, do: z}\n", "V1029", "x >= 10,5"),
        ("a: {when: =x * 1,1, do: z}\n", "V1029", "=x * 1,1"),
        ("a: {when: x >= 10,5 and x < 20,7, do: z}\n", "V1029", "x >= 10,5 and x < 20,7"),
    ],
)
@pytest.mark.parametrize("loader", [yaml.CBaseLoader, yaml.BaseLoader])
def test_a_value_that_falls_apart_hides_nothing_of_what_follows(text, code, value, loader):
    document = read_document("f.yaml", f"{text}b: &x 1\n".encode(), loader=loader)

    assert [finding.code for finding in document.findings] == [code, "V1011"]
    assert document.root.at("a", "when").text == value
    assert document.findings[0].place == document.root.at("a", "when").place
    assert document.root.at("a", "do").text == "z"


def test_however_many_values_fall_apart_the_file_is_not_read_again_and_again():
    text = "".join(f"k{number}: a: b\n" for number in range(20_000))
    document = read_document("f.yaml", text.encode())

    assert [finding.code for finding in document.findings] == ["V1028"] * 31
    assert document.root is None


def test_a_decimal_comma_in_braces_stays_one_value():
    document = read_document("f.yaml", b"a: {probability: 0,5%, sla: 3 days}\n")
    assert [(finding.code, finding.suggestion) for finding in document.findings] == [("V2008", "0.5%")]
    root = document.root
    assert root.at("a", "probability").text == "0,5%"
    assert root.at("a", "sla").text == "3 days"


def test_the_second_of_two_equal_keys_names_the_first():
    (finding,) = read_document("f.yaml", b"a: 1\nb: 2\na: 3\n").findings
    assert finding.related[:3] == ("f.yaml", 1, 1)


def test_several_slips_are_told_in_one_run():
    findings = read_document("f.yaml", b"a: &x 1\nb: *x\nb: !t 2\n").findings
    assert [finding.code for finding in findings] == ["V1011", "V1010", "V1012", "V1017"]
