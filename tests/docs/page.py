"""A page of the documentation, played as a reader would: its files written, its commands and its code run.

What a fenced block is, its first word says:

============  ==========================================================================================
``yaml``      a file of the page's workspace if its first line is ``# PATH``, and then the loader reads it
``console``   commands after ``$``, run in the page's folder, each followed by what it printed
``python``    code, run in the page's folder; a block ``output`` below it is what it printed. If its first line is
              ``# PATH.py``, a file of the page's workspace instead
``text``      a drawing or the shape of a command: nothing to run
============  ==========================================================================================

A second word ``deep`` is for what takes long: run where ``VORONKA_DEEP`` is set.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from voronka.cli.main import main

__all__ = ["KINDS", "Block", "Page", "blocks", "plain"]

_FENCE = re.compile(r"^```(?P<words>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
KINDS = {"yaml", "console", "python", "output", "text"}


@dataclass(frozen=True)
class Block:
    """One fenced block: the words after the fence, its lines, and where its lines stand in the page."""

    words: tuple[str, ...]
    body: str
    start: int
    end: int

    @property
    def kind(self) -> str:
        return self.words[0] if self.words else ""


def blocks(text: str) -> Iterator[Block]:
    """The fenced blocks of a page in their order."""
    for found in _FENCE.finditer(text):
        yield Block(tuple(found["words"].split()), found["body"], found.start("body"), found.end("body"))


def plain(text: str) -> str:
    """A text without what differs between two runs: dates, hours, releases, ids."""
    text = re.sub(r"\d{4}-\d\d-\d\d( \d\d:\d\d)?|\d\d\.\d\d\.\d{4}( \d\d:\d\d)?", "DATE", text)
    text = re.sub(r"\b(?=[0-9a-f]*\d)[0-9a-f]{8}\b", "RELEASE", text)
    text = re.sub(r"\b[0-9a-f]{32}\b", "ID", text)
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


class Page:
    """A page at play in a folder of its own. `played` gives its text with what the run has really printed."""

    def __init__(self, text: str, folder: Path, *, deep: bool) -> None:
        self._text = text
        self._folder = folder
        self._deep = deep
        self._names: dict[str, object] = {"__name__": "page"}
        self._printed = ""
        self.files: list[Path] = []

    def played(self) -> str:
        before = Path.cwd(), dict(os.environ)
        parts, end = [], 0
        os.chdir(self._folder)
        try:
            for block in blocks(self._text):
                parts += [self._text[end : block.start], self._play(block)]
                end = block.end
        finally:
            os.chdir(before[0])
            os.environ.clear()
            os.environ.update(before[1])
        return "".join([*parts, self._text[end:]])

    def _play(self, block: Block) -> str:
        if "deep" in block.words and not self._deep:
            return block.body
        match block.kind:
            case "yaml":
                self.files.append(self._write(block.body, "yaml"))
            case "python" if re.match(r"# [\w/.-]+\.py\n", block.body):
                self._write(block.body, "py")
            case "console":
                return self._console(block.body)
            case "python":
                with contextlib.redirect_stdout(io.StringIO()) as out:
                    exec(compile(block.body, "page", "exec"), self._names)
                self._printed = out.getvalue()
            case "output":
                return self._printed
        return block.body

    def _write(self, body: str, ending: str) -> Path:
        first = body.partition("\n")[0]
        assert re.fullmatch(rf"# [\w/.-]+\.{ending}", first), f"the first line of the block names its file: {first}"
        path = Path(first[2:])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(body, encoding="utf-8")
        return path.resolve()

    def _console(self, body: str) -> str:
        told = ""
        for line in body.splitlines():
            if line.startswith("$ "):
                told += line + "\n" + self._command(line[2:])
        return told

    def _command(self, line: str) -> str:
        words = shlex.split(line, comments=True)
        if words[:3] == ["python", "dev.py", "demo"]:
            words = ["voronka", "demo", "voronka-demo", *words[3:]]  # all that dev.py does once it has set itself up
        match words:
            case ["cd", folder]:
                os.chdir(folder)
                return ""
            case ["export", setting]:
                name, _, value = setting.partition("=")
                os.environ[name] = os.path.expandvars(value)
                return ""
            case ["voronka", *arguments]:
                return _voronka(arguments)
        raise AssertionError(f"a page may run voronka, cd and export, not: {line}")


def _voronka(arguments: list[str]) -> str:
    """What the command prints: the answer, then what it tells beside it."""
    out, beside = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(beside), contextlib.suppress(SystemExit):
        main(arguments)
    return "".join(stream.buffer.getvalue().decode() for stream in (out, beside))
