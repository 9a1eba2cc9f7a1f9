"""The scope as a document: areas by quarters, with the depth of each."""

from __future__ import annotations

from voronka.definition.strategy import StrategyScope
from voronka.definition.workspace import Workspace
from voronka.messages import Plural, Sentence, Text
from voronka.metrics.reports.document import Badge, Column, Document, Row, Table
from voronka.metrics.strategy.telling import listed, quarter

__all__ = ["scope_document"]


def scope_document(workspace: Workspace) -> Document | None:
    """Return the scope; None if there is none."""
    scope = None if workspace.strategy is None else workspace.strategy.scope
    if scope is None:
        return None
    return Document(
        name="scope",
        title=Text("Scope: breadth and depth"),
        definition=Text("Breadth: which areas are taken in. Depth: how far each of them goes."),
        badge=Badge(n=len(scope.areas)),
        basis=(Text("Depths from the shallowest: {depths}.", depths=listed(scope.depths.values())),),
        said=tuple(_said(scope)),
        tables=(
            Table(
                name="areas",
                title=Text("Areas"),
                columns=(
                    Column(name="area", label=Text("Area")),
                    Column(name="funnels", label=Text("Processes")),
                    Column(name="now", label=Text("Now")),
                    *(Column(name=str(each), label=quarter(each)) for each in scope.quarters),
                ),
                rows=tuple(
                    Row(
                        cells=(
                            area.label,
                            listed(workspace.funnels[name].label for name in area.funnels),
                            scope.depths[area.now],
                            *(scope.depths[area.at(each)] for each in scope.quarters),
                        )
                    )
                    for area in scope.areas
                ),
            ),
        ),
    )


def _said(scope: StrategyScope) -> list[Sentence]:
    said: list[Sentence] = []
    for each in scope.quarters:
        deeper = [area.label for area in scope.areas if each in area.then]
        said.append(
            Plural(
                "{quarter}: {n} area goes deeper: {names}.",
                "{quarter}: {n} areas go deeper: {names}.",
                n=len(deeper),
                quarter=quarter(each),
                names=listed(deeper),
            )
        )
    still = [area.label for area in scope.areas if not area.then]
    if still:
        said.append(Text("Left as they are: {names}.", names=listed(still)))
    return said
