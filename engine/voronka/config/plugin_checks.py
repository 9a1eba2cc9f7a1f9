"""What plugins object to in what a configuration writes for them, as findings in its files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from voronka.config.finding import Finding, Place, Severity
from voronka.config.node import Node
from voronka.config.report import Report
from voronka.hooks.checks import Check, CheckCall, FailedCheck, objections
from voronka.messages import Text

__all__ = ["known_ahead", "take_objections"]


def known_ahead(value: Any) -> Any:  # noqa: ANN401 - plain data of any shape
    """Return plain data with None for what is known only at work: a reference, or what is no plain data."""
    if isinstance(value, Mapping):
        return {name: known_ahead(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [known_ahead(each) for each in value]
    if isinstance(value, str):
        return None if "${" in value else value
    return value if isinstance(value, (bool, int, float)) else None


def take_objections(
    check: Check | None,
    call: CheckCall,
    *,
    plugin: str,
    key: Node,
    value: Node,
    report: Report,
) -> None:
    """Report what a plugin objects to in what stands under `key`; nothing is asked of what has a wrong shape.

    A check that fails is reported as a warning: what it would have told is not known.
    """
    if check is None or report.broken(key.place) or not _is_sound(value, report):
        return
    try:
        found = objections(check, call)
    except FailedCheck as fault:
        report.warning(
            "V3137",
            key.place,
            Text("The plugin {plugin} could not check this: {reason}.", plugin=plugin, reason=fault.reason),
            Text("Tell whoever maintains the plugin; everything else was checked."),
        )
        return
    for each in found:
        report.add(
            Finding(
                code="V3136",
                severity=Severity.ERROR,
                place=_place(key, value, each.path),
                reason=each.reason,
                remedy=each.remedy,
                suggestion=each.suggestion,
            )
        )


def _is_sound(node: Node, report: Report) -> bool:
    return (
        not report.broken(node.place)
        and all(not report.broken(entry.key.place) and _is_sound(entry.value, report) for entry in node.items())
        and all(_is_sound(each, report) for each in node.elements)
    )


def _place(key: Node, value: Node, path: tuple[str | int, ...]) -> Place:
    """Return where `path` leads, as far as that is written: a value on one line, else its key."""
    place = key.place
    for step in path:
        inner = value.at(step)
        if inner is None:
            return place
        name = value.key(step) if isinstance(step, str) else None
        value = inner
        place = inner.place if inner.is_scalar or name is None else name.place
    return place
