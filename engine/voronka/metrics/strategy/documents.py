"""The documents of a strategy by name, and the question ``strategy``, which asks for one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from voronka.definition.workspace import Workspace
from voronka.errors import UsageFault
from voronka.messages import Text
from voronka.metrics.reports.document import Document
from voronka.metrics.strategy.case import case_document
from voronka.metrics.strategy.incentives import incentives_document
from voronka.metrics.strategy.readiness import readiness_document
from voronka.metrics.strategy.roadmap import roadmap_document
from voronka.metrics.strategy.scope import scope_document

__all__ = ["DOCUMENTS", "strategy_document"]

DOCUMENTS: Mapping[str, Callable[[Workspace], Document | None]] = {
    "roadmap": roadmap_document,
    "scope": scope_document,
    "case": case_document,
    "readiness": readiness_document,
    "incentives": incentives_document,
}
"""What makes each document; None where its part is not declared."""


def strategy_document(workspace: Workspace, name: str) -> Document:
    """Return a document of the strategy. Raises `UsageFault` where the workspace declares no such part."""
    document = DOCUMENTS[name](workspace)
    if document is None:
        raise UsageFault(
            Text("The workspace declares no “{part}”.", part=name),
            Text("Write it in a file of configs/strategy; the language reference shows how."),
        )
    return document
