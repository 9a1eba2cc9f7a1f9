"""A funnel's picture as Mermaid source, for places that draw it themselves."""

from __future__ import annotations

from voronka.definition.diagrams.diagram import Diagram, Node

__all__ = ["to_mermaid"]


def to_mermaid(diagram: Diagram) -> str:
    """Return a Mermaid flowchart. Automatic transitions are dotted; outcomes are rounded."""
    lines = ["---", f"title: {_quoted(diagram.title)}", "---", "flowchart TD"]
    lines += [f"    {_box(node)}" for node in diagram.nodes]
    for edge in diagram.edges:
        arrow = "-.->" if edge.automatic else "-->"
        caption = f"|{_quoted(edge.caption)}|" if edge.caption else ""
        lines.append(f"    s_{edge.source} {arrow}{caption} s_{edge.target}")
    if diagram.note:
        lines.append(f"    %% {diagram.note}")
    return "\n".join(lines) + "\n"


def _box(node: Node) -> str:
    text = _quoted("<br/>".join(_escaped(line) for line in (node.title, *node.details)))
    return f"s_{node.name}([{text}])" if node.outcome else f"s_{node.name}[{text}]"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _quoted(text: str) -> str:
    return '"' + text.replace('"', "#quot;") + '"'
