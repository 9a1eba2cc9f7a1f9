"""A funnel's picture as one self-contained SVG: stages in a column, other ways as arcs beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from xml.sax.saxutils import escape

from voronka.definition.diagrams.diagram import Diagram, Edge, Node
from voronka.frozen import frozen

__all__ = ["to_svg"]

_LEFT, _TOP, _GAP = 24, 56, 34
_WIDTH, _LINE, _PAD = 400, 18, 12
_LANE = 30
_LETTER = 7.0
_COLOURS = {None: ("#eef3fb", "#3f6fb5"), "won": ("#e8f5ec", "#2f8a4d"), "lost": ("#fbeeee", "#b5483f")}
# A white rim keeps a caption readable where an arc runs behind it.
_CAPTION = 'fill="#555" stroke="#fff" stroke-width="3" paint-order="stroke"'
_ARROWHEAD = (
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
    '<path d="M0 0 L8 4 L0 8 z" fill="#555"/></marker></defs>'
)


@frozen(kw_only=False)
class _Box:
    top: float
    height: float

    @property
    def middle(self) -> float:
        return self.top + self.height / 2


def to_svg(diagram: Diagram) -> str:
    """Return the picture as SVG text: no scripts, no outside fonts, a title and a description for readers."""
    boxes = _stack(diagram.nodes)
    names = [node.name for node in diagram.nodes]
    straight: list[Edge] = []
    arcs: list[Edge] = []
    for edge in diagram.edges:
        step = names.index(edge.target) - names.index(edge.source)
        (straight if step == 1 else arcs).append(edge)
    drawn = [_box(node, boxes[node.name]) for node in diagram.nodes]
    drawn += [_step(edge, boxes) for edge in straight]
    # The shortest arcs run nearest to the column, so that arcs cross as little as may be.
    arcs.sort(key=lambda edge: abs(names.index(edge.target) - names.index(edge.source)))
    # Far lanes first: a caption lies over the lanes outside its own.
    drawn += [_arc(edge, boxes, lane) for lane, edge in reversed(list(enumerate(arcs, start=1)))]
    bottom = max(box.top + box.height for box in boxes.values())
    captions = [len(edge.caption) for edge in diagram.edges]
    width = _LEFT + _WIDTH + _LANE * (len(arcs) + 1) + _LETTER * max(captions, default=0) + _LEFT
    width = max(width, 2 * _LEFT + _LETTER * max(len(diagram.title) * 1.4, len(diagram.note)))
    height = bottom + (48 if diagram.note else 24)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" role="img" font-family="sans-serif" font-size="13">'
    )
    parts = [
        head,
        f"<title>{escape(diagram.title)}</title>",
        f"<desc>{escape(' → '.join(node.title for node in diagram.nodes))}</desc>",
        _ARROWHEAD,
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#fff"/>',
        f'<text x="{_LEFT}" y="32" font-size="18" font-weight="bold">{escape(diagram.title)}</text>',
        *drawn,
    ]
    if diagram.note:
        parts.append(f'<text x="{_LEFT}" y="{bottom + 30:.0f}" fill="#666">{escape(diagram.note)}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _stack(nodes: Iterable[Node]) -> Mapping[str, _Box]:
    boxes, top = {}, float(_TOP)
    for node in nodes:
        height = 2 * _PAD + _LINE * (1 + len(node.details))
        boxes[node.name] = _Box(top, height)
        top += height + _GAP
    return boxes


def _box(node: Node, box: _Box) -> str:
    fill, edge = _COLOURS[node.outcome]
    lines = [
        f'<text x="{_LEFT + _PAD}" y="{box.top + _PAD + 13:.0f}" font-weight="bold">{escape(_fit(node.title))}</text>'
    ]
    lines += [
        f'<text x="{_LEFT + _PAD}" y="{box.top + _PAD + 13 + _LINE * row:.0f}" fill="#444" font-size="12">'
        f"{escape(_fit(detail))}</text>"
        for row, detail in enumerate(node.details, start=1)
    ]
    return (
        f'<g><rect x="{_LEFT}" y="{box.top:.0f}" width="{_WIDTH}" height="{box.height:.0f}" rx="6" fill="{fill}" '
        f'stroke="{edge}"/>{"".join(lines)}</g>'
    )


def _fit(text: str) -> str:
    room = int((_WIDTH - 2 * _PAD) / _LETTER)
    return text if len(text) <= room else text[: room - 1] + "…"


def _step(edge: Edge, boxes: Mapping[str, _Box]) -> str:
    source, target = boxes[edge.source], boxes[edge.target]
    x, start, end = _LEFT + _WIDTH / 2, source.top + source.height, target.top
    caption = f'<text x="{x + 8:.0f}" y="{(start + end) / 2 + 4:.0f}" {_CAPTION}>{escape(edge.caption)}</text>'
    return f'<path d="M{x:.0f} {start:.0f} V{end:.0f}" {_stroke(edge)}/>{caption if edge.caption else ""}'


def _arc(edge: Edge, boxes: Mapping[str, _Box], lane: int) -> str:
    # Ends are spread over the box's side, so that arrows of several lanes do not meet in one point.
    spread = (lane % 3 - 1) * 7
    start, end = boxes[edge.source].middle + spread, boxes[edge.target].middle + spread
    side, far = _LEFT + _WIDTH, _LEFT + _WIDTH + _LANE * lane
    path = f"M{side} {start:.0f} H{far - 6} Q{far} {start:.0f} {far} {start + (6 if end > start else -6):.0f} "
    path += f"V{end - (6 if end > start else -6):.0f} Q{far} {end:.0f} {far - 6} {end:.0f} H{side + 1}"
    height = (start + end) / 2 + 16 * (lane % 3) - 12
    caption = f'<text x="{far + 4}" y="{height:.0f}" {_CAPTION}>{escape(edge.caption)}</text>'
    return f'<path d="{path}" {_stroke(edge)}/>{caption if edge.caption else ""}'


def _stroke(edge: Edge) -> str:
    dashes = ' stroke-dasharray="5 4"' if edge.automatic else ""
    return f'fill="none" stroke="#555"{dashes} marker-end="url(#tip)"'
