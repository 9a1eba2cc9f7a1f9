"""Answers for people and for programs: data on stdout, everything else on stderr."""

from __future__ import annotations

import json
import re
import shlex
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from voronka.cli.context import Context
from voronka.messages import Label, Sentence, Text

__all__ = ["Output", "clean", "quoted", "width_of"]

# What a terminal would obey rather than show.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def clean(text: str) -> str:
    """Return the text without control characters, which a terminal would obey."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def quoted(word: str) -> str:
    """Return a word as it is typed on a command line: plain where every shell takes it so, else in quotes."""
    if re.fullmatch(r"[\w.,:/@%+=…-]+", word):
        return word
    return shlex.quote(word) if re.search(r'["$`\\!]', word) else f'"{word}"'


def width_of(text: str) -> int:
    """Return how many columns of a terminal a text takes: signs of East Asia two, marks over a letter none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text
    )


def _padded(text: str, width: int, *, before: bool = False) -> str:
    blank = " " * (width - width_of(text))
    return blank + text if before else text + blank


class Output:
    """Writes in one language. Tables are drawn on a terminal only; elsewhere they are plain columns."""

    def __init__(self, context: Context) -> None:
        self.language = context.language
        self._voronka = "voronka" if context.workspace is None else f"voronka -C {quoted(context.workspace)}"

    def words(self, sentence: Sentence | Mapping[str, str] | None) -> str:
        """Return a sentence, or a map of language to text as answers carry it, in words; a dash for None."""
        if sentence is None:
            return "-"
        known = Label(sentence) if isinstance(sentence, Mapping) else sentence
        return clean(str(known.render(self.language)))

    def data(self, *texts: str) -> None:
        """Write lines that were asked for."""
        for text in texts:
            print(clean(text))

    def json(self, value: Any) -> None:
        """Write an answer as JSON."""
        print(json.dumps(value, ensure_ascii=False, indent=2))

    def heading(self, sentence: Sentence) -> None:
        """Write the name of what follows, after a blank line."""
        self.data("", self.words(sentence))

    def note(self, sentence: Sentence | Mapping[str, str]) -> None:
        """Tell something that is not the data asked for."""
        print(self.words(sentence), file=sys.stderr)

    def hint(self, *commands: str) -> None:
        """Suggest what to type next; `commands` without the program's name."""
        for command in commands:
            self.note(Text("next: {command}", command=f"{self._voronka} {command}"))

    def pairs(self, rows: Iterable[tuple[Sentence, str]]) -> None:
        """Write names and their values, one a line."""
        told = [(self.words(name), value) for name, value in rows]
        width = max((width_of(name) for name, _ in told), default=0)
        self.data(*(f"  {_padded(name, width)}  {value}".rstrip() for name, value in told))

    def table(
        self, headings: Sequence[Sentence], rows: Iterable[Sequence[str]], *, numbers: Iterable[int] = ()
    ) -> None:
        """Write a table; `numbers`: the columns that are set to the right."""
        names = [self.words(heading) for heading in headings]
        lines = [[clean(cell) for cell in row] for row in rows]
        right = frozenset(numbers)
        if sys.stdout.isatty():
            _drawn(names, lines, right)
        else:
            _columns(names, lines, right)

    @contextmanager
    def progress(self, sentence: Sentence) -> Iterator[Any]:
        """Give a function to be told ``{"done": …, "total": …}``; a bar is drawn on a terminal only."""
        if not sys.stderr.isatty():
            yield lambda how_far: None
            return
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(self.words(sentence), total=None)
            yield lambda how_far: bar.update(task, completed=how_far["done"], total=how_far.get("total"))


def _columns(names: Sequence[str], rows: Sequence[Sequence[str]], right: frozenset[int]) -> None:
    widths = [max(map(width_of, column)) for column in zip(names, *rows, strict=True)]
    for row in (names, *rows):
        cells = (
            _padded(cell, width, before=place in right)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        print("  ".join(cells).rstrip())


def _drawn(names: Sequence[str], rows: Sequence[Sequence[str]], right: frozenset[int]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text as Cell

    table = Table(box=box.SIMPLE_HEAD, header_style="")
    for place, name in enumerate(names):
        table.add_column(Cell(name), justify="right" if place in right else "left")
    for row in rows:
        table.add_row(*map(Cell, row))
    Console(highlight=False).print(table)
