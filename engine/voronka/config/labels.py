"""The labels in the files, by which a person may call what has a name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from voronka.config.names import NameKind
from voronka.config.node import Entry, Node
from voronka.config.report import Report
from voronka.config.schema import Additions, Schema, published
from voronka.config.shape import inner_schema
from voronka.messages import Text

__all__ = ["check_labels", "keep_labels"]

_SECTIONS = {
    "rules": (("rules", NameKind.RULE),),
    "kpis": (("terms", NameKind.TERM), ("kpis", NameKind.KPI), ("reviews", NameKind.REVIEW)),
}


def check_labels(kind: str, root: Node, locale: str, additions: Additions, report: Report) -> None:
    """Warn of texts that people see and that are written in other languages than the workspace's `locale` only."""
    for label in _labels(root, published(kind, additions)):
        if locale not in label.value.entries and not report.broken(label.value.place):
            report.warning(
                "V3803",
                label.key.place,
                Text("`{key}` has no text in the workspace's language, {locale}.", key=label.key.text, locale=locale),
                Text("Add `{locale}: …` to it. Until then people read the text in another language.", locale=locale),
            )


def _labels(node: Node, schema: Schema) -> Iterator[Entry]:
    """Yield the labels by language below `node`, each with its key."""
    for name, entry in node.entries.items():
        if not entry.value.is_scalar:
            inner = inner_schema(schema, name)
            if entry.value.is_mapping and inner.get("x-form") == "label":
                yield entry
            else:
                yield from _labels(entry.value, inner)
    for each in node.elements:
        yield from _labels(each, inner_schema(schema))


def keep_labels(kind: str, root: Node, report: Report) -> None:
    """Keep in mind the labels that a file of a `kind` gives to what it declares."""
    for part, named in _SECTIONS.get(kind, ()):
        _keep(root.get(part), named, report)
    if kind == "people":
        for part, named, key in (
            ("roles", NameKind.ROLE, "label"),
            ("people", NameKind.USER, "name"),
            ("teams", NameKind.TEAM, "label"),
        ):
            declared = root.get(part)
            _keep(declared, named, report, key)
            for entry in declared.items() if declared is not None else ():
                role = entry.value.get("role")
                report.name(named, entry.key.text, role=role.text if role is not None else None)
    elif kind == "fields":
        _own(root, "set", NameKind.FIELD_SET, report)
        _keep(root.get("collections"), NameKind.COLLECTION, report)
        _keep(root.get("sources"), NameKind.SOURCE, report)
        _keep_fields(root.get("fields"), NameKind.FIELD, report)
        collections = root.get("collections")
        for entry in collections.items() if collections is not None else ():
            _keep_fields(entry.value.get("fields"), NameKind.COLUMN, report)
    elif kind in ("funnels", "packs"):
        named = NameKind.FUNNEL if kind == "funnels" else NameKind.PACK
        _own(root, named.value, named, report)
        _keep(root.get("stages"), NameKind.STAGE, report)
        cases = root.at("variants", "cases")
        for case in cases.items() if cases is not None else ():
            insertions = case.value.get("insert")
            for insertion in insertions.elements if insertions is not None else ():
                _keep(insertion.get("stages"), NameKind.STAGE, report)


def _own(root: Node, key: str, kind: NameKind, report: Report) -> None:
    name = root.get(key)
    if name is not None:
        _keep_one(kind, name.text, root.get("label"), report)


def _keep(part: Node | None, kind: NameKind, report: Report, key: str = "label") -> None:
    for entry in part.items() if part is not None else ():
        _keep_one(kind, entry.key.text, entry.value.get(key), report)


def _keep_fields(part: Node | None, kind: NameKind, report: Report) -> None:
    _keep(part, kind, report)
    for entry in part.items() if part is not None else ():
        options = entry.value.get("options")
        for option in options.items() if options is not None else ():
            _keep_one(NameKind.OPTION, option.key.text, option.value, report)


def _keep_one(kind: NameKind, name: str, label: Node | None, report: Report) -> None:
    for text in _texts(label):
        report.label(kind, text, name)


def _texts(label: Node | None) -> Iterable[str]:
    if label is None:
        return ()
    return [entry.value.text for entry in label.items()] if label.is_mapping else [label.text]
