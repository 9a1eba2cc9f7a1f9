"""What the files declare: the first look at them, before anything is built."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from voronka.config.document import Document
from voronka.config.doubt import lost_in, lost_name
from voronka.config.labels import keep_labels
from voronka.config.names import Declared, NameKind
from voronka.config.node import Node, NodeKind
from voronka.config.packs import lay_packs
from voronka.config.report import Doubt, Report
from voronka.frozen import frozen

__all__ = ["declare"]


@frozen(kw_only=False)
class _Declaring:
    """How a kind of file declares: the key with its own name, the keys under which names stand, and of which kinds.

    `name` is what its own name is the name of. `kinds` become doubtful where the file is damaged, `inner` in it alone.
    """

    key: str | None
    name: NameKind | None
    parts: tuple[str, ...] = ()
    kinds: tuple[NameKind, ...] = ()
    inner: tuple[NameKind, ...] = ()


_DECLARING = {
    "calendars": _Declaring("calendar", NameKind.CALENDAR),
    "catalog": _Declaring("catalog", NameKind.CATALOG),
    "fields": _Declaring(
        "set",
        NameKind.FIELD_SET,
        ("fields", "collections", "sources"),
        (NameKind.FIELD, NameKind.CASE_FIELD, NameKind.SOURCE),
        (NameKind.COLUMN,),
    ),
    "funnels": _Declaring(
        "funnel",
        NameKind.FUNNEL,
        ("stages", "timed", "transitions"),
        (),
        (NameKind.STAGE, NameKind.TIMED, NameKind.TRANSITION),
    ),
    "imports": _Declaring("import", NameKind.IMPORT),
    "kpis": _Declaring(None, None, ("terms", "kpis", "reviews"), (NameKind.TERM, NameKind.KPI, NameKind.REVIEW)),
    "packs": _Declaring(
        "pack",
        NameKind.PACK,
        ("stages", "timed", "transitions"),
        (),
        (NameKind.STAGE, NameKind.TIMED, NameKind.TRANSITION),
    ),
    "playbooks": _Declaring(
        None, None, ("scripts", "articles", "objections"), (NameKind.SCRIPT, NameKind.ARTICLE, NameKind.OBJECTION)
    ),
    "people": _Declaring(None, None, ("roles", "people", "teams"), (NameKind.ROLE, NameKind.USER, NameKind.TEAM)),
    "rules": _Declaring(
        None,
        None,
        ("rules", "tables", "scorecards", "matrices", "work", "define"),
        (NameKind.RULE, NameKind.TABLE, NameKind.SCORECARD, NameKind.MATRIX, NameKind.WORK, NameKind.FIELD),
    ),
    "segments": _Declaring(None, None, ("segments",), (NameKind.SEGMENT,)),
    "strategy": _Declaring(None, None),
    "workspace": _Declaring(None, None, ("channels",), (NameKind.CHANNEL,)),
}


def declare(documents: Iterable[tuple[str, Document]], report: Report) -> Declared:
    """Return the names that the files declare; funnels with the packs that they use.

    Where a name may have been lost (the file is no YAML, a key is misspelt), that it is not declared would only follow
    from that: it is doubtful, and so are those that nobody can guess.
    """
    declared = Declared(report)
    for kind, document in documents:
        declaring = _DECLARING[kind]
        root = document.root if document.root is not None and document.root.is_mapping else None
        name: Doubt | None = Doubt(everything=True)
        doubt = name
        if root is not None and not report.lost_something(document.file):
            name = _own_name(root, declaring, report)
            doubt = lost_in(root, declaring.parts, report)
        if name is not None and declaring.name is not None:
            report.doubt(declaring.name, name)
        if doubt is not None:
            for each in declaring.kinds:
                report.doubt(each, doubt)
            for each in declaring.inner:
                report.doubt(each, doubt, document.file)
        if root is not None:
            _declare(root, declaring, declared)
            keep_labels(kind, root, report)
    lay_packs(declared, report)
    return declared


def _keep_fields(root: Node, declared: Declared) -> None:
    """Keep in mind which fields of deals stand in the set: whoever names one elsewhere may lack the set."""
    name, fields = root.get("set"), root.get("fields")
    if name is None or not name.is_scalar or fields is None or not fields.is_mapping:
        return
    for entry in fields.items():
        of = entry.value.get("of") if entry.value.is_mapping else None
        if of is None or of.text == "deals":
            declared.in_set(entry.key.text, name.text)


def _own_name(root: Node, declaring: _Declaring, report: Report) -> Doubt | None:
    if declaring.key is None:
        return None
    return lost_name(root.get(declaring.key), root, _stem(root), report)


def _stem(root: Node) -> str:
    """Return the name of the file, by which goes what has lost its own."""
    return PurePosixPath(root.place.file).stem


def _declare(root: Node, declaring: _Declaring, declared: Declared) -> None:
    if declaring.key is not None and declaring.name is not None:
        name = root.get(declaring.key)
        if name is None or not name.is_scalar or not name.text:
            # Its own name is lost; so that the rest of it is checked all the same, it goes by that of its file.
            name = Node(root.place, NodeKind.SCALAR, _stem(root))
        declared.add(declaring.name, name, root)
    if declaring.name is NameKind.FIELD_SET:
        node = root.get("sources")
        for entry in node.items() if node is not None else ():
            declared.add(NameKind.SOURCE, entry.key, entry.value)
        _keep_fields(root, declared)
    if not {NameKind.KPI, NameKind.ROLE, NameKind.RULE, NameKind.SCRIPT, NameKind.SEGMENT}.isdisjoint(declaring.kinds):
        for part, kind in zip(declaring.parts, declaring.kinds, strict=True):
            node = root.get(part) if part != "define" else None  # what is defined is told by `build_definitions`
            for entry in node.items() if node is not None else ():
                declared.add(kind, entry.key, entry.value)
