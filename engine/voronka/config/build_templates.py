"""Message templates: files by name and locale, their names checked, and the notices that come with the engine."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import cache
from importlib import resources
from pathlib import PurePosixPath

from voronka.config.decoding import decode
from voronka.config.finding import Finding, Place
from voronka.config.names import NameKind
from voronka.config.reader import read_text
from voronka.config.report import Doubt, Report
from voronka.config.template_names import TemplateFault, read_names
from voronka.definition.templates import (
    SAID_OF_DEAL,
    SAID_OF_NOTICE,
    SAID_OF_TIMED,
    Template,
    TemplateText,
)
from voronka.expressions import suggest
from voronka.messages import Text

__all__ = ["TemplateFile", "build_templates", "lost_template", "read_template"]

_FILE = re.compile(r"([a-z][a-z0-9_]*)(?:\.([a-z]{2}(?:-[A-Z]{2})?))?\.md", re.ASCII)
_FRONT = re.compile(r"---[ \t]*\r?\n(?P<front>.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)


class TemplateFile:
    """One file of a template, taken apart: front matter (a document of its own) and body."""

    def __init__(self, file: str, text: str) -> None:
        found = _FRONT.match(text)
        self.file = file
        self.text = text
        self.lines = text.splitlines()
        self.front = read_text(file, found["front"], first_line=2) if found else None
        self.body = text[found.end() :] if found else text
        self.body_line = text.count("\n", 0, found.end()) + 1 if found else 1

    @property
    def subject(self) -> str:
        """The subject as written; empty where there is none."""
        root = self.front.root if self.front else None
        node = root.get("subject") if root is not None else None
        return node.text if node is not None else ""

    def place(self, number: int, text: str) -> Place:
        """Return where `text` stands in the line with this number; the whole line where it is not found."""
        line = self.lines[number - 1] if number <= len(self.lines) else ""
        found = re.search(rf"(?<![\w.]){re.escape(text)}(?!\w)", line) if text else None
        if found is None:
            return Place(self.file, number, 1, max(1, len(line)))
        return Place(self.file, number, found.start() + 1, len(text))


def read_template(file: str, content: bytes) -> TemplateFile | Finding:
    """Return the file taken apart, or why its bytes are no text."""
    text = decode(file, content)
    return text if isinstance(text, Finding) else TemplateFile(file, text)


def lost_template(path: str) -> Doubt:
    """Return the doubt about the template that the file at `path`, whose text or name is wrong, was to be."""
    stem = PurePosixPath(path).name.partition(".")[0]
    name = re.sub(r"[^a-z0-9]+", "_", stem.lower())
    return Doubt(names=frozenset({stem, name, re.sub(r"_[a-z]{2}$", "", name)}), unguessed=not stem.isascii())


def build_templates(
    files: Mapping[str, TemplateFile],
    known: Collection[str],
    locale: str | None,
    broken: Collection[str],
    report: Report,
) -> dict[str, Template]:
    """Return the templates by name. `known`: the fields they may name; `broken`: those that are
    declared, but could not be built; `locale`: the workspace's, None if it is not known."""
    names = frozenset(known) | frozenset(broken) | SAID_OF_DEAL | SAID_OF_TIMED | SAID_OF_NOTICE
    texts: dict[str, dict[str, TemplateText]] = {}
    for path, file in files.items():
        written = _FILE.fullmatch(PurePosixPath(path).name)
        if written is None:
            report.doubt(NameKind.TEMPLATE, lost_template(path))
            report.error(
                "V3601",
                Place(path, 1, 1),
                Text("The file name {name} tells no template.", name=PurePosixPath(path).name),
                Text("Call it NAME.LOCALE.md, such as additional_materials.ru.md."),
            )
            continue
        texts.setdefault(written[1], {})[written[2] or ""] = _text(file, names, report)
    for name, by_locale in texts.items():
        if locale is not None and locale not in by_locale and "" not in by_locale:
            path = next(path for path in files if PurePosixPath(path).name.startswith(f"{name}."))
            report.warning(
                "V3602",
                Place(path, 1, 1),
                Text(
                    "The template {name} has no text in the workspace's language, {locale}.", name=name, locale=locale
                ),
                Text("Add configs/templates/{name}.{locale}.md.", name=name, locale=locale),
            )
    built = {name: Template(name=name, texts=by_locale) for name, by_locale in texts.items()}
    return {**_packaged(), **built}


@cache
def _packaged() -> Mapping[str, Template]:
    """Return the notices that come with the engine; a workspace's template of the same name takes their place."""
    report = Report()
    texts: dict[str, dict[str, TemplateText]] = {}
    for path in sorted((resources.files("voronka.config") / "templates").iterdir(), key=lambda each: each.name):
        written = _FILE.fullmatch(path.name)
        if written is not None:
            file = TemplateFile(path.name, path.read_text(encoding="utf-8"))
            texts.setdefault(written[1], {})[written[2]] = _text(file, None, report)
    return {name: Template(name=name, texts=by_locale) for name, by_locale in texts.items()}


def _text(file: TemplateFile, known: Collection[str] | None, report: Report) -> TemplateText:
    """Return the text; names that are not `known` (None: all are) and what is not allowed are reported."""
    names: set[str] = set()
    root = file.front.root if file.front else None
    subject = root.get("subject") if root is not None else None
    first_lines = {file.subject: subject.place.line if subject is not None else 1, file.body: file.body_line}
    for source, first_line in first_lines.items():
        for each in read_names(source):
            number = first_line + each.line - 1
            if isinstance(each, TemplateFault):
                report.error("V3603", file.place(number, each.text), each.reason, each.remedy)
                continue
            meant = None if known is None or each.name in known else suggest(each.name, sorted(known))
            inner = each.name.rpartition(".")[2]
            if (
                known is None
                or each.name in known
                or any(report.doubtful(NameKind.FIELD, file.file, name, meant) for name in (each.name, inner))
            ):
                names.add(each.name)
            else:
                report.error(
                    "V3604",
                    file.place(number, each.name),
                    Text("There is no “{name}” for a template to fill in.", name=each.name),
                    Text("Name a field of the deal, or contact.name, account.name, owner.name, deal.number."),
                    suggestion=meant,
                )
    return TemplateText(subject=file.subject, body=file.body, names=frozenset(names))
