"""Findings for people, for programs and for GitHub."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from voronka.config.document import split_lines
from voronka.config.finding import Finding, Place, Severity
from voronka.messages import Plural, Text

__all__ = ["Format", "show", "summary"]

_WIDTH = 100
_ELLIPSIS = "…"


class Format(StrEnum):
    """How findings are written: TEXT with a snippet of the source, JSON, or workflow commands for GITHUB."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


def show(
    findings: Sequence[Finding],
    sources: Mapping[str, str],
    *,
    form: Format = Format.TEXT,
    language: str = "en",
) -> str:
    """Return all findings as one text that ends with a line end, or is empty where there is nothing to say.

    `sources`: the text of each file by path, for the snippets; a file that is not among them is shown without.
    """
    if form is Format.JSON:
        return _as_json(findings, language)
    if form is Format.GITHUB:
        return "".join(_as_command(finding, language) for finding in findings)
    lines = {file: split_lines(text) for file, text in sources.items()}
    return "\n".join(_as_text(finding, lines, language) for finding in findings)


def summary(findings: Iterable[Finding], language: str = "en") -> str:
    """Return one line that counts errors and warnings."""
    severities = [finding.severity for finding in findings]
    errors, warnings = severities.count(Severity.ERROR), severities.count(Severity.WARNING)
    counts = [
        count.render(language)
        for number, count in (
            (errors, Plural("{n} error", "{n} errors", n=errors)),
            (warnings, Plural("{n} warning", "{n} warnings", n=warnings)),
        )
        if number
    ]
    return ", ".join(counts) or Text("No faults found.").render(language)


def _meant(finding: Finding) -> Sequence[Text]:
    """Return the question for what was meant, unless the remedy names it already."""
    if finding.suggestion is None:
        return ()
    if isinstance(finding.remedy, Text) and finding.suggestion in finding.remedy.args.values():
        return ()
    return (Text("Did you mean `{suggestion}`?", suggestion=finding.suggestion),)


def _as_text(finding: Finding, lines: Mapping[str, Sequence[str]], language: str) -> str:
    severity = _severity(finding).render(language)
    written = [f"{_at(finding.place)}: {severity} {finding.code}: {finding.reason.render(language)}"]
    written += _snippet(finding.place, lines)
    written += [f"    {meant.render(language)}" for meant in _meant(finding)]
    written.append(f"    {finding.remedy.render(language)}")
    if finding.related is not None:
        related = Text("See also {place}:", place=_at(finding.related))
        written.append(f"    {related.render(language)}")
        written += _snippet(finding.related, lines)
    return "\n".join(written) + "\n"


def _severity(finding: Finding) -> Text:
    return Text("error") if finding.severity is Severity.ERROR else Text("warning")


def _at(place: Place) -> str:
    return f"{place.file}:{place.line}:{place.column}"


def _snippet(place: Place, lines: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the line of the place and, under it, carets below what is meant."""
    source = lines.get(place.file, ())
    if not 1 <= place.line <= len(source) or not source[place.line - 1].strip():
        return []
    before, marked, after = _window(source[place.line - 1].expandtabs(1), place.column - 1, place.length)
    number = str(place.line)
    return [
        f"    {number} | {before}{marked}{after}".rstrip(),
        f"    {' ' * len(number)} | {' ' * _columns(before)}{'^' * max(1, _columns(marked))}",
    ]


def _window(line: str, start: int, length: int) -> tuple[str, str, str]:
    """Return a part of a line around what is marked: what stands before it, it, and what stands after."""
    line = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in line)
    first = max(0, min(start - _WIDTH // 3, len(line) - _WIDTH))
    before, marked, after = line[first:start], line[start : start + length], line[start + length :]
    if len(marked) > _WIDTH:
        marked, after = marked[:_WIDTH], _ELLIPSIS
    room = max(0, _WIDTH - len(before) - len(marked))
    if len(after) > room + 1:
        after = after[:room] + _ELLIPSIS
    return (_ELLIPSIS + before if first else before), marked, after


def _columns(text: str) -> int:
    """Return how many columns of a terminal a text takes: two for wide characters, none for combining ones."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )


def _as_json(findings: Sequence[Finding], language: str) -> str:
    severities = [finding.severity for finding in findings]
    return (
        json.dumps(
            {
                "errors": severities.count(Severity.ERROR),
                "warnings": severities.count(Severity.WARNING),
                "findings": [
                    {
                        "code": finding.code,
                        "severity": finding.severity.value,
                        **finding.place._asdict(),
                        "reason": finding.reason.render(language),
                        "remedy": finding.remedy.render(language),
                        "suggestion": finding.suggestion,
                        "related": finding.related._asdict() if finding.related else None,
                    }
                    for finding in findings
                ],
            },
            ensure_ascii=False,
            indent=2,
        )
        + "\n"
    )


def _as_command(finding: Finding, language: str) -> str:
    """Return a finding as a workflow command of GitHub Actions."""
    place = finding.place
    texts = [finding.reason.render(language), finding.remedy.render(language)]
    texts[1:1] = [meant.render(language) for meant in _meant(finding)]
    properties = {
        "file": place.file,
        "line": str(place.line),
        "col": str(place.column),
        "endColumn": str(place.column + place.length),
        "title": finding.code,
    }
    written = ",".join(f"{name}={_escaped(value, more=':,')}" for name, value in properties.items())
    return f"::{finding.severity.value} {written}::{_escaped(' '.join(texts))}\n"


def _escaped(text: str, more: str = "") -> str:
    """Escape as https://github.com/actions/toolkit does in its `command.ts`."""
    return re.sub(f"[%\r\n{more}]", lambda found: f"%{ord(found.group()):02X}", text)
