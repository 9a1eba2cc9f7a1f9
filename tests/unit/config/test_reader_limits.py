"""Whatever the bytes are, reading ends soon and with a finding."""

import pytest

from voronka.config.reader import MAX_DEPTH, read_document

DEEP = {
    "brackets": "[" * 200_000,
    "braces": "{a: " * 50_000,
    "both": "[{" * 100_000,
    "hyphens": "- " * 100_000,
    "question marks": "? " * 100_000,
    "indentation": "\n".join(" " * level + "a:" for level in range(1_000)),
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_depth_is_bounded_before_anything_is_built(text):
    (finding,) = read_document("f.yaml", text.encode()).findings
    assert finding.code == "V1007"


def test_the_deepest_allowed_value_is_read():
    text = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert read_document("f.yaml", text.encode()).findings == ()
    assert read_document("f.yaml", f"[{text}]".encode()).findings[0].code == "V1007"


def test_merges_that_would_multiply_stop_at_the_first_anchor():
    text = "a: &a {x: 1}\n" + "".join(f"b{n}: &b{n} {{<<: [*a, *a]}}\n" for n in range(16))
    findings = read_document("f.yaml", text.encode()).findings
    assert {finding.code for finding in findings} == {"V1010", "V1011", "V1013"}


def test_a_file_of_more_than_a_megabyte_is_not_read():
    (finding,) = read_document("f.yaml", b"a: " + b"x" * 1_000_000).findings
    assert (finding.code, *finding.place[:3]) == ("V1001", "f.yaml", 1, 1)


def test_a_file_of_more_values_than_allowed_is_not_read():
    (finding,) = read_document("f.yaml", b"[" + b"a," * 60_000 + b"]").findings
    assert finding.code == "V1008"


def test_after_hundreds_of_faults_the_rest_is_not_read_and_that_is_told():
    findings = read_document("f.yaml", b"a: 1\n" * 1_000).findings
    assert [finding.code for finding in findings] == ["V1017"] * 200 + ["V1009"]


def test_a_value_torn_into_many_parts_is_not_mended_for_ever():
    document = read_document("f.yaml", ("[(, " + "b, " * 15_000 + "c]").encode())
    assert document.root.elements[-1].text == "c"


@pytest.mark.parametrize(
    ("content", "code", "line", "column"),
    [
        ("a: 1\nтекст: привет мир\n".encode("cp1251"), "V1003", 2, 1),
        ("название: сделка\n".encode("cp866"), "V1003", 1, 1),
        ("название: Новая сделка\n".encode("koi8_r"), "V1003", 1, 1),
        ("a: 1\n".encode("utf-16"), "V1003", 1, 1),
        (b"a: 1\nb: \xff\xfe\x00\x01\n", "V1002", 2, 4),
        (b"a: b\x00c\n", "V1004", 1, 5),
        (b"a: b\x07c\n", "V1004", 1, 5),
        ("a: 1\nb: x\u2028y\n".encode(), "V1004", 2, 5),
        ("a: b\u202ec\n".encode(), "V1005", 1, 5),
        ("a: \u2066b\n".encode(), "V1005", 1, 4),
        ("stage\u200b: b\n".encode(), "V1006", 1, 6),
        ("a: x\ufeffy\n".encode(), "V1006", 1, 5),
    ],
)
def test_text_that_is_not_what_it_looks_like_is_refused(content, code, line, column):
    document = read_document("f.yaml", content)
    assert [(finding.code, *finding.place[:3]) for finding in document.findings] == [(code, "f.yaml", line, column)]
    assert document.root is None


@pytest.mark.parametrize(("encoding", "name"), [("cp1251", "windows-1251"), ("cp866", "cp866"), ("koi8_r", "KOI8-R")])
def test_a_russian_encoding_is_named(encoding, name):
    content = "label: Выявление потребности клиента и согласование сроков\n".encode(encoding)
    (finding,) = read_document("f.yaml", content).findings
    assert name in str(finding.reason)
