"""Whatever bytes a file holds, reading it gives rows, refused rows or one sentence; never anything else."""

from __future__ import annotations

import csv
import gzip
import io
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voronka.definition.imports import FileFormat
from voronka.errors import UsageFault
from voronka.hooks.host import Host
from voronka.hooks.importers import Row, RowFormat
from voronka.runtime.importing.source import Source, open_source

FORMATS = Host().all(RowFormat)
CSV = FileFormat(kind="csv")
CELL = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=8)


def _open(content: bytes, form: FileFormat = CSV) -> Source:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(content)
        return _Kept(open_source(path, form, FORMATS[form.kind]))  # type: ignore[return-value] # reads as one


class _Kept:
    """A source with its rows read while the file was there."""

    def __init__(self, source: Source) -> None:
        self.header = source.header
        self.read: list[Row] = list(source.rows())
        assert source.position == source.size

    def rows(self) -> list[Row]:
        return self.read


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(["utf-8", "windows-1251", "utf-16", "ascii"]), st.sampled_from(",;\t"))
def test_any_bytes_are_rows_or_a_refusal(content: bytes, encoding: str, delimiter: str) -> None:
    try:
        source = _open(content, FileFormat(kind="csv", encoding=encoding, delimiter=delimiter))
    except UsageFault:
        return
    for row in source.rows():
        assert row.fault is not None or len(row.cells) == len(source.header)


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 4).flatmap(lambda n: st.lists(st.lists(CELL, min_size=n, max_size=n), min_size=1, max_size=6)))
def test_what_csv_writes_is_read_as_it_was(rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([[f"c{n}" for n in range(len(rows[0]))], *rows])
    for content, kind in ((text.getvalue().encode(), "csv"), (gzip.compress(text.getvalue().encode()), "csv.gz")):
        source = _open(content, FileFormat(kind=kind))
        assert [row.cells for row in source.rows()] == rows
        assert all(row.fault is None for row in source.rows())


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_lines_are_counted_as_an_editor_counts_them(ending: str) -> None:
    text = ending.join(["a,b", "1,2", "", '"x', 'y",3', "4", "5,6"])
    rows = list(_open(text.encode()).rows())
    assert [(row.line, row.fault is None) for row in rows] == [(2, True), (4, True), (6, False), (7, True)]


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("Менеджер;сумма".encode("cp1251"), "It looks like cp1251: write `rows: {encoding: cp1251}` in the mapping."),
        (b"agent;\x80\x81", "Write the encoding of the file in the mapping"),
    ],
)
def test_a_header_in_another_encoding_is_told_before_its_columns_are_missed(header: bytes, told: str) -> None:
    with pytest.raises(UsageFault, match="is not utf-8") as caught:
        _open(header + b"\n1;2\n", FileFormat(kind="csv", delimiter=";"))
    assert told in caught.value.render()
    assert (caught.value.place or "").endswith(":1")


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-be"])
def test_a_mark_of_utf_16_is_told_as_that(codec: str) -> None:
    content = "\ufeffa,b\n1,2\n".encode(codec.removesuffix("-be") + ("-be" if codec.endswith("be") else "-le"))
    with pytest.raises(UsageFault) as refusal:
        _open(content)
    assert "utf-16" in refusal.value.reason.render("ru")
    assert "rows: {encoding: utf-16}" in refusal.value.remedy.render("ru")
    assert [row.cells for row in _open(content, FileFormat(kind="csv", encoding="utf-16")).rows()] == [["1", "2"]]


def test_a_workbook_that_the_mapping_calls_csv_is_told() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as workbook:
        workbook.writestr("xl/workbook.xml", "<workbook/>")
    with pytest.raises(UsageFault, match="as a workbook of Excel is") as refusal:
        _open(packed.getvalue())
    assert "rows: {format: xlsx}" in refusal.value.remedy.render("ru")


def test_a_text_that_the_mapping_calls_a_workbook_is_told() -> None:
    with pytest.raises(UsageFault, match="no workbook") as refusal:
        _open(b"a;b\n1;2\n", FileFormat(kind="xlsx"))
    assert "rows: {format: csv}" in refusal.value.remedy.render("ru")


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_file_in_utf_8_that_the_mapping_calls_otherwise_is_told(mark: str) -> None:
    with pytest.raises(UsageFault, match="The file is utf-8, not cp1251") as caught:
        _open(f"{mark}Дата;Сумма\n1;2\n".encode(), FileFormat(kind="csv", encoding="cp1251", delimiter=";"))
    assert "rows: {encoding: utf-8}" in caught.value.remedy.render("ru")


@pytest.mark.parametrize("text", ["Дата;Сумма", "№;Ёлка", "agent;sum", "Ко;№"])
def test_letters_of_the_encoding_named_are_not_taken_for_utf_8(text: str) -> None:
    form = FileFormat(kind="csv", encoding="cp1251", delimiter=";")
    assert list(_open(f"{text}\n1;2\n".encode("cp1251"), form).header) == text.split(";")
