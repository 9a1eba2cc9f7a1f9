"""The results of scenarios: in words, as JSON, as JUnit XML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any
from xml.etree import ElementTree as ET

from voronka.config import Finding, Severity
from voronka.config.show import show
from voronka.messages import Label, Plural, Sentence, Text
from voronka.runtime.words import words
from voronka.testing.coverage import KINDS, Coverage
from voronka.testing.runner import Fault, Outcome

__all__ = ["Broken", "coverage_lines", "fault_lines", "junit", "summary", "to_json"]

_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold."""


def fault_lines(outcome: Outcome, language: str) -> Iterator[str]:
    """Yield the lines that tell why a scenario failed; none for one that holds."""
    fault = outcome.fault
    if fault is None:
        return
    title = outcome.scenario.title.render(language)
    yield Text("FAILED {id}: {title}", id=outcome.scenario.id, title=title).render(language)
    yield f"  {fault.written}: {_place(fault).render(language)}{fault.reason.render(language)}"
    for difference in fault.differences:
        yield f"    {difference.name}"
        for sentence in (
            Text("expected: {thing}", thing=difference.expected),
            Text("found:    {thing}", thing=difference.found),
        ):
            yield f"      {sentence.render(language)}"
    if fault.because:
        happened = Text("What happened:")
        yield f"    {happened.render(language)}"
        for told in fault.because:
            yield from (f"      {line}" for line in told.render(language).splitlines())
    if fault.remedy is not None:
        yield f"    {fault.remedy.render(language)}"


def _place(fault: Fault) -> Sentence:
    return Text("step {number}. ", number=fault.step) if fault.step else Label.plain("")


Broken = Mapping[str, Sequence[Finding]]
"""The findings of each file of scenarios that cannot be run, by path."""


def summary(outcomes: Sequence[Outcome], broken: Broken) -> Iterator[Sentence]:
    """Yield how many scenarios hold, and how many do not; then how many files could not be run."""
    if outcomes or not broken:
        yield _counted(outcomes)
    if broken:
        yield Plural(
            "{n} file of scenarios has errors and was not run.",
            "{n} files of scenarios have errors and were not run.",
            n=len(broken),
        )


def _counted(outcomes: Sequence[Outcome]) -> Sentence:
    failed = sum(outcome.fault is not None for outcome in outcomes)
    whole = Plural("{n} scenario", "{n} scenarios", n=len(outcomes))
    if failed:
        return Text("{whole}: {failed}.", whole=whole, failed=Plural("{n} fails", "{n} fail", n=failed))
    return Text("{whole}: all of them hold.", whole=whole)


def coverage_lines(coverage: Coverage, language: str) -> Iterator[str]:
    """Yield how much was gone through, and what was not, by label and name."""
    names = {kind: name.render(language) for kind, name in KINDS.items()}
    width = max(map(len, names.values()))
    for kind, name in names.items():
        done, whole = coverage.counts(kind)
        yield f"  {name:<{width}}  {done:>4} / {whole}"
    missing = coverage.missing()
    if missing:
        yield Text("Not gone through:").render(language)
    for part, declared in missing.items():
        where = "/".join(filter(None, (part.funnel, declared.case)))
        name = f"{where} {part.name}" if where else part.name
        yield f"  {names[part.kind]}: {name} ({declared.label.render(language)})"


def to_json(outcomes: Sequence[Outcome], broken: Broken, coverage: Coverage) -> dict[str, Any]:
    """Return the results for programs; sentences are maps of language to text. `failed` counts the broken files too."""
    done, whole = coverage.counts()
    return {
        "scenarios": [_scenario(outcome) for outcome in outcomes],
        "broken": [
            {"file": file, "findings": [_finding(each) for each in findings]} for file, findings in broken.items()
        ],
        "failed": sum(outcome.fault is not None for outcome in outcomes) + len(broken),
        "coverage": {
            "percent": round(coverage.percent(), 2),
            "done": done,
            "whole": whole,
            "kinds": {kind: dict(zip(("done", "whole"), coverage.counts(kind), strict=True)) for kind in KINDS},
            "missing": [
                {
                    "kind": part.kind,
                    "funnel": part.funnel or None,
                    "case": declared.case,
                    "name": part.name,
                    "label": words(declared.label),
                }
                for part, declared in coverage.missing().items()
            ],
        },
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        **finding.place._asdict(),
        "reason": words(finding.reason),
        "remedy": words(finding.remedy),
        "suggestion": finding.suggestion,
    }


def _scenario(outcome: Outcome) -> dict[str, Any]:
    scenario, fault = outcome.scenario, outcome.fault
    return {
        "id": scenario.id,
        "name": scenario.name,
        "case": scenario.case,
        "title": words(scenario.title),
        "file": scenario.written.file,
        "seconds": round(outcome.seconds, 4),
        "fault": None
        if fault is None
        else {
            "file": fault.written.file,
            "line": fault.written.line,
            "column": fault.written.column,
            "step": fault.step,
            "reason": words(fault.reason),
            "remedy": None if fault.remedy is None else words(fault.remedy),
            "differences": [
                {"name": each.name, "expected": words(each.expected), "found": words(each.found)}
                for each in fault.differences
            ],
            "because": [words(sentence) for sentence in fault.because],
        },
    }


def junit(outcomes: Sequence[Outcome], broken: Broken, language: str) -> str:
    """Return the results as JUnit XML, which build servers read; a broken file is a test case with an error."""
    failed = sum(outcome.fault is not None for outcome in outcomes)
    tests = len(outcomes) + len(broken)
    counts = {"tests": str(tests), "failures": str(failed), "errors": str(len(broken)), "skipped": "0"}
    seconds = f"{sum(outcome.seconds for outcome in outcomes):.3f}"
    root = ET.Element("testsuites", {**counts, "time": seconds})
    suite = ET.SubElement(root, "testsuite", {"name": "voronka", **counts, "time": seconds})
    for outcome in outcomes:
        scenario, fault = outcome.scenario, outcome.fault
        attributes = {
            "classname": f"scenarios.{scenario.name}",
            "name": _text(scenario.title.render(language) + (f" [{scenario.case}]" if scenario.case else "")),
            "file": scenario.written.file,
            "line": str(scenario.written.line),
            "time": f"{outcome.seconds:.3f}",
        }
        case = ET.SubElement(suite, "testcase", attributes)
        if fault is not None:
            told = ET.SubElement(case, "failure", {"message": _text(fault.reason.render(language))})
            told.text = _text("\n".join(fault_lines(outcome, language)))
    for file, findings in broken.items():
        name = PurePosixPath(file).stem
        first = next(each for each in findings if each.severity is Severity.ERROR)
        attributes = {
            "classname": f"scenarios.{name}",
            "name": _text(name),
            "file": file,
            "line": str(first.place.line),
        }
        case = ET.SubElement(suite, "testcase", {**attributes, "time": "0.000"})
        told = ET.SubElement(case, "error", {"message": _text(first.reason.render(language))})
        told.text = _text(show(findings, {}, language=language))
    ET.indent(root)
    return f"<?xml version='1.0' encoding='utf-8'?>\n{ET.tostring(root, encoding='unicode')}\n"


def _text(text: str) -> str:
    return _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", text)
