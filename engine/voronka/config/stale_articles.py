"""Articles of playbooks that were to be looked through again by a day that has passed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from voronka.config.files import kind_of
from voronka.config.finding import Finding, Place, Severity
from voronka.config.reader import read_document
from voronka.definition.workspace import Workspace
from voronka.messages import Text

__all__ = ["stale_articles"]


def stale_articles(workspace: Workspace, files: Mapping[str, bytes], today: date) -> Iterator[Finding]:
    """Yield a warning of each, at its day. `files`: the content of the workspace's files by path."""
    places = _places(files)
    for article in workspace.playbooks.articles.values():
        if article.stale(today):
            yield Finding(
                code="V5540",
                severity=Severity.WARNING,
                place=places.get(article.name, Place("configs/playbooks", 1, 1)),
                reason=Text(
                    "The article {article} was to be looked through by {day}.",
                    article=article.name,
                    day=article.review_on.isoformat(),
                ),
                remedy=Text(
                    "Let {owner} look through it and write down when next (“review_on”); delete it if nobody needs it.",
                    owner=article.owner,
                ),
            )


def _places(files: Mapping[str, bytes]) -> dict[str, Place]:
    found = {}
    for path, content in files.items():
        root = read_document(path, content).root if kind_of(path) == "playbooks" else None
        articles = None if root is None else root.get("articles")
        for entry in articles.items() if articles is not None else ():
            written = entry.value.get("review_on")
            found[entry.key.text] = entry.key.place if written is None else written.place
    return found
