"""What the files declare: the first look at them, before anything is built."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from voronka.config.document import Document
from voronka.config.names import Declared, NameKind
from voronka.config.node import Node, NodeKind
from voronka.config.report import Report

__all__ = ["declare"]


@dataclass(frozen=True, slots=True)
class _Declaring:
    """How a kind of file declares: the key with its own name, the keys under which names stand, and of which kinds.

    `name` is what its own name is the name of. `kinds`: what becomes doubtful where the file is damaged.
    """

    key: str | None
    name: NameKind | None
    parts: tuple[str, ...]
    kinds: tuple[NameKind, ...]


_DECLARING = {
    "calendars": _Declaring("calendar", NameKind.CALENDAR, (), (NameKind.CALENDAR,)),
    "fields": _Declaring(
        "set",
        NameKind.FIELD_SET,
        ("fields", "collections"),
        (NameKind.FIELD_SET, NameKind.FIELD, NameKind.CASE_FIELD),
    ),
    "funnels": _Declaring("funnel", NameKind.FUNNEL, ("stages",), (NameKind.FUNNEL,)),
    "imports": _Declaring("import", NameKind.IMPORT, (), ()),
    "people": _Declaring(None, None, ("roles", "people"), (NameKind.ROLE, NameKind.USER)),
    "workspace": _Declaring(None, None, ("channels",), (NameKind.CHANNEL,)),
}


def declare(documents: Iterable[tuple[str, Document]], report: Report) -> Declared:
    """Return the names that the files declare.

    A file in which a name may have been lost (it is no YAML, a key is misspelt) makes the names of its kinds doubtful:
    that one of them is not declared would only follow from that.
    """
    declared = Declared(report)
    for kind, document in documents:
        declaring = _DECLARING[kind]
        root = document.root if document.root is not None and document.root.is_mapping else None
        damaged = root is None or report.unreadable(document.file) or _damaged(root, declaring, report)
        if damaged:
            for each in declaring.kinds:
                report.doubt(each)
            if kind == "funnels":
                report.doubt(NameKind.STAGE, document.file)
        if root is not None:
            _declare(root, declaring, declared)
    return declared


def _damaged(root: Node, declaring: _Declaring, report: Report) -> bool:
    if declaring.key is not None:
        name = root.get(declaring.key)
        if name is None or report.broken(name.place):
            return True
    strange = any(report.broken(entry.key.place) for entry in root.items())
    for part in declaring.parts:
        entry = root.entries.get(part)
        if entry is None:
            if strange:
                return True
        elif any(
            report.broken(place)
            for place in (entry.key.place, entry.value.place, *(each.key.place for each in entry.value.items()))
        ):
            return True
    return False


def _declare(root: Node, declaring: _Declaring, declared: Declared) -> None:
    if declaring.key is not None and declaring.name is not None:
        name = root.get(declaring.key)
        if name is None or not name.is_scalar or not name.text:
            # Its own name is lost; so that the rest of it is checked all the same, it goes by that of its file.
            name = Node(root.place, NodeKind.SCALAR, PurePosixPath(root.place.file).stem)
        declared.add(declaring.name, name, root)
    if declaring.kinds == (NameKind.ROLE, NameKind.USER):
        for part, kind in zip(declaring.parts, declaring.kinds, strict=True):
            node = root.get(part)
            for entry in node.items() if node is not None else ():
                declared.add(kind, entry.key, entry.value)
