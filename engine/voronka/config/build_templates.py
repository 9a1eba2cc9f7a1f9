"""Message templates: files by name and locale, their names checked, and the notices that come with the engine."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import cache
from importlib import resources
from pathlib import PurePosixPath

from voronka.config.decoding import decode
from voronka.config.finding import Finding, Place
from voronka.config.front_matter import FRONT, misplaced_front
from voronka.config.names import NameKind, meant_by
from voronka.config.reader import read_text
from voronka.config.report import Doubt, Report
from voronka.config.template_names import TemplateComparison, TemplateFault, read_names, stray_braces
from voronka.definition.fields import Field, FieldType
from voronka.definition.templates import (
    SAID_OF_NOTICE,
    SAID_OF_TIMED,
    Template,
    TemplateText,
)
from voronka.expressions import suggest
from voronka.messages import Text

__all__ = ["TemplateFile", "build_templates", "lost_template", "read_template"]

_TEXTS = frozenset({FieldType.TEXT, FieldType.LONG_TEXT, FieldType.PHONE, FieldType.EMAIL, FieldType.URL})
_FILE = re.compile(r"([a-z][a-z0-9_]*)(?:\.([a-z]{2}(?:-[A-Z]{2})?))?\.md", re.ASCII)


class TemplateFile:
    """One file of a template, taken apart: front matter (a document of its own) and body."""

    def __init__(self, file: str, text: str) -> None:
        found = FRONT.match(text)
        self.file = file
        self.text = text
        self.lines = text.splitlines()
        self.front = read_text(file, found["front"], first_line=2) if found else None
        self.body = text[found.end() :] if found else text
        self.body_line = text.count("\n", 0, found.end()) + 1 if found else 1

    @property
    def name(self) -> str:
        """The name of the template; empty where the file name tells none."""
        written = _FILE.fullmatch(PurePosixPath(self.file).name)
        return written[1] if written is not None else ""

    @property
    def subject(self) -> str:
        """The subject as written; empty where there is none."""
        root = self.front.root if self.front else None
        node = root.get("subject") if root is not None else None
        return node.text if node is not None else ""

    @property
    def parts(self) -> tuple[tuple[str, int], ...]:
        """The subject and the body, each with the line of the file on which it begins."""
        root = self.front.root if self.front else None
        node = root.get("subject") if root is not None else None
        return ((self.subject, node.place.line if node is not None else 1), (self.body, self.body_line))

    def place(self, number: int, text: str, column: int = 0) -> Place:
        """Return where `text` stands in the line with this number; the whole line where it is not found.

        `column`: from where on it is sought, from 0.
        """
        line = self.lines[number - 1] if number <= len(self.lines) else ""
        whole = re.escape(text) if text.startswith("{") else rf"(?<![\w.]){re.escape(text)}(?!\w)"
        found = re.compile(whole).search(line, column) if text else None
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
    said: Mapping[str, Field],
    locale: str | None,
    broken: Collection[str],
    report: Report,
) -> dict[str, Template]:
    """Return the templates by name. `said`: what they may say of a deal, by name (`said_of`); `broken`: names that are
    declared, but could not be built; `locale`: the workspace's, None if it is not known."""
    of_deal = {**dict.fromkeys(broken), **said, **SAID_OF_TIMED}
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
        of_notice = dict.fromkeys(SAID_OF_NOTICE if written[1] in _packaged() else ())
        texts.setdefault(written[1], {})[written[2] or ""] = _text(file, of_deal | of_notice, report)
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
    """Return the notices that come with the engine; a workspace's template of the same name takes their place.

    They are not checked: reading their conditions would load Jinja2 into every check.
    """
    texts: dict[str, dict[str, TemplateText]] = {}
    for path in sorted((resources.files("voronka.config") / "templates").iterdir(), key=lambda each: each.name):
        written = _FILE.fullmatch(path.name)
        if written is not None:
            file = TemplateFile(path.name, path.read_text(encoding="utf-8"))
            text = TemplateText(subject=file.subject, body=file.body, names=frozenset())
            texts.setdefault(written[1], {})[written[2]] = text
    return {name: Template(name=name, texts=by_locale) for name, by_locale in texts.items()}


def _text(file: TemplateFile, known: Mapping[str, Field | None], report: Report) -> TemplateText:
    """Return the text; names that are not `known` and what is not allowed are reported."""
    names: set[str] = set()
    misplaced = misplaced_front(file.file, file.lines) if file.front is None else None
    if misplaced is not None:
        report.add(misplaced)
    for source, first_line in file.parts:
        wrong = False
        for each in read_names(source):
            number = first_line + each.line - 1
            if isinstance(each, TemplateFault):
                wrong = True
                report.error("V3603", file.place(number, each.text, each.column), each.reason, each.remedy)
            elif isinstance(each, TemplateComparison):
                field = known.get(each.name)
                if field is not None:
                    _compare(each, field, number, file, report)
            elif each.name in known:
                names.add(each.name)
            else:
                _unknown(each.name, known, number, file, report)
        for line, text, name in () if wrong else stray_braces(source):
            if name is None or name in known:
                _stray(text, name, first_line + line - 1, file, report)
    return TemplateText(subject=file.subject, body=file.body, names=frozenset(names))


def _stray(text: str, name: str | None, line: int, file: TemplateFile, report: Report) -> None:
    """Warn of braces that mean nothing: they would leave as they stand."""
    report.warning(
        "V3612",
        file.place(line, text),
        Text("“{text}” is no place for a value: it would be sent as it stands.", text=text),
        Text("Write {example}, with two braces together on each side.", example=f"{{{{ {name or 'amount'} }}}}"),
    )


def _compare(each: TemplateComparison, field: Field, line: int, file: TemplateFile, report: Report) -> None:
    """Report a comparison that never comes true: with a text that the field cannot hold."""
    if field.type is FieldType.CHOICE:
        meant = suggest(each.text, field.options)
        if each.text not in field.options and not _is_lost_option(field.name, each.text, meant, report):
            report.error(
                "V3118",
                file.place(line, each.text),
                Text("“{name}” has no option “{option}”.", name=each.name, option=each.text),
                Text("Use one of {known}.", known=", ".join(field.options)),
                suggestion=meant,
            )
    elif field.type not in _TEXTS:
        report.error(
            "V3603",
            file.place(line, each.name),
            Text("A template compares only texts and choices; “{name}” is none.", name=each.name),
            Text(
                "Put the condition into the “when” of the timed event that sends the message, or ask {example}.",
                example=f"{{% if {each.name} %}}",
            ),
        )


def _is_lost_option(name: str, option: str, meant: str | None, report: Report) -> bool:
    """Tell whether the stage or the funnel that a template names may be declared under a name that is wrong."""
    kind = {"stage": NameKind.STAGE, "funnel": NameKind.FUNNEL}.get(name)
    return kind is not None and report.doubtful(kind, None, option, meant)


def _unknown(name: str, known: Mapping[str, Field | None], line: int, file: TemplateFile, report: Report) -> None:
    inner = name.rpartition(".")[2]
    meant = inner if name == f"deal.{inner}" and inner in known else meant_by(NameKind.FIELD, name, known, report)
    if not any(report.doubtful(NameKind.FIELD, file.file, each, meant) for each in (name, inner)):
        report.error(
            "V3604",
            file.place(line, name),
            Text("There is no “{name}” for a template to fill in.", name=name),
            Text("Name a field of the deal, or contact.name, account.name, owner.name, deal.number."),
            suggestion=meant,
        )
