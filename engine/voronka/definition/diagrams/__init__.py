"""Pictures of a funnel: what to draw, and how to write it as Mermaid or SVG."""

from voronka.definition.diagrams.diagram import Diagram, Edge, Node, diagram_of
from voronka.definition.diagrams.mermaid import to_mermaid
from voronka.definition.diagrams.svg import to_svg

__all__ = ["Diagram", "Edge", "Node", "diagram_of", "to_mermaid", "to_svg"]
