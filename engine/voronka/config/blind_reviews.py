"""Reviews for people who may not see what they rest on, as findings at their places."""

from __future__ import annotations

from collections.abc import Mapping

from voronka.config.files import kind_of
from voronka.config.finding import Finding, Place, Severity
from voronka.config.reader import read_document
from voronka.messages import Sentence, Text

__all__ = ["blind_review"]


def blind_review(files: Mapping[str, bytes], review: str, key: str, people: Sentence) -> Finding:
    """Return the finding for a review that names, under a `key`, people who may not see it.

    `files`: the content of the workspace's files by path.
    """
    return Finding(
        code="V5525",
        severity=Severity.WARNING,
        place=_place(files, review, key),
        reason=Text("This review rests on fields that are hidden from {people}, who is to read it.", people=people),
        remedy=Text("Name somebody whose role sees those fields, or make the review of numbers without them."),
    )


def _place(files: Mapping[str, bytes], review: str, key: str) -> Place:
    first = Place("configs/kpis", 1, 1)
    for path, content in files.items():
        if kind_of(path) != "kpis":
            continue
        root = read_document(path, content).root
        node = None if root is None else root.at("reviews", review)
        if node is not None:
            return (node.get(key) or node).place
    return first
