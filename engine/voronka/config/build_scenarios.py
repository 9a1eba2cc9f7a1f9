"""Scenarios: read against the definition that they test. Each case of a table becomes one of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from voronka.config.build_steps import build_absent, build_step
from voronka.config.document import Document
from voronka.config.names import NameKind, refer
from voronka.config.node import Entry, Node
from voronka.config.report import Report
from voronka.config.scalars import label, many, true
from voronka.config.scenario_names import ScenarioNames, written
from voronka.config.shape import check_node
from voronka.definition.scenarios import Given, Scenario, Values
from voronka.definition.workspace import Workspace
from voronka.expressions import suggest
from voronka.messages import Text

__all__ = ["build_scenarios"]

_FROM_CASE = re.compile(r"=case\.([a-z][a-z0-9_]*)")
_CASE_FREE = frozenset({"scenario", "cases"})
_SOMEBODY: Mapping[str, str] = {"account": "Account", "contact": "Contact"}
"""The names of the parties that a deal has where a scenario says nothing of them."""


def build_scenarios(documents: Mapping[str, Document], workspace: Workspace, report: Report) -> tuple[Scenario, ...]:
    """Return the scenarios of all files in their order; those of a file with errors are left out, and reported."""
    found: list[Scenario] = []
    names = {name: ScenarioNames(workspace, funnel, report) for name, funnel in workspace.funnels.items()}
    for path, document in documents.items():
        root = document.root
        if root is None or not root.is_mapping:
            continue
        _check_expects(root, report)
        built = [
            scenario
            for case, tree in _Cases(root, report).trees()
            if (scenario := _scenario(PurePosixPath(path).stem, case, tree, names, report)) is not None
        ]
        if not report.failed_in(path):
            found += built
    return tuple(found)


def _check_expects(root: Node, report: Report) -> None:
    """Report a scenario that expects nothing."""
    steps = root.get("steps")
    key = root.key("steps")
    if steps is None or key is None or not steps.is_sequence:
        return
    if not any(node.get("expect") is not None for node in steps.elements if node.is_mapping):
        report.error(
            "V3206",
            key.place,
            Text("The scenario expects nothing, so it would always hold."),
            Text("Add a step that says what must be so, such as `expect: {{stage: …}}`."),
        )


def _scenario(
    name: str, case: str | None, root: Node, known: Mapping[str, ScenarioNames], report: Report
) -> Scenario | None:
    """Return the scenario that a tree makes; None if its funnel is not among the `known`, which is reported."""
    if case is not None:
        report.take(check_node(root, "scenarios"))
    given = root.get("given")
    target = given.get("funnel") if given is not None else None
    funnel = refer(NameKind.FUNNEL, target, known, report)
    if funnel is None or given is None:
        return None
    names = known[funnel]
    stands = _given(given, names)
    steps = [build_step(node, names) for node in many(root.get("steps"))]
    title = root.get("scenario")
    return Scenario(
        name=name,
        title=label(title, name),
        written=written(title or root),
        given=stands,
        steps=tuple(step for step in steps if step is not None),
        case=case,
    )


def _given(node: Node, names: ScenarioNames) -> Given:
    gates, stage = node.get("gates"), node.get("stage")
    rows = {}
    for entry in _entries(node.get("rows")):
        collection = names.refer(NameKind.COLLECTION, entry.key, names.writable)
        if collection is not None:
            columns = names.writable[collection]
            rows[collection] = tuple(names.values(each, columns, kind=NameKind.COLUMN) for each in many(entry.value))
    items = (names.item(each) for each in many(node.get("checklist")))
    away = (build_absent(each, names) for each in many(node.get("absent")))
    return Given(
        written=written(node),
        funnel=names.funnel.name,
        at=names.moment(node.get("at")) or 0,
        stage=names.refer(NameKind.STAGE, stage, names.stages),
        skip_gates=gates is not None and gates.text == "skip",
        owner=names.refer(NameKind.USER, node.get("owner"), names.workspace.people),
        account=_party("account", node.get("account"), names),
        contact=_party("contact", node.get("contact"), names),
        fields=names.values(node.get("fields"), names.settable),
        rows=rows,
        checklist=tuple(item for item in items if item is not None),
        absent=tuple(each for each in away if each is not None),
        new=true(node.get("new")),
    )


def _party(party: str, node: Node | None, names: ScenarioNames) -> Values | None:
    """Return the fields of the deal's account or contact; somebody's where nothing is said, None for null."""
    somebody = {"name": _SOMEBODY[party]}
    if node is None:
        return somebody
    if node.is_null:
        return None
    if node.is_mapping:
        return {**somebody, **names.values(node, names.party_fields(party))}
    return {"name": node.text}


def _entries(node: Node | None) -> Iterator[Entry]:
    if node is not None:
        yield from node.items()


@dataclass(slots=True)
class _Cases:
    """The table of cases of one file: the tree of each, with its values in their places."""

    root: Node
    report: Report
    used: set[str] = field(default_factory=set)
    sound: bool = True

    def trees(self) -> Iterator[tuple[str | None, Node]]:
        """Yield the name and the tree of each case; the file's own tree if it has no cases.

        One that lacks a value is reported and left out.
        """
        cases = self.root.get("cases")
        rows = list(cases.items()) if cases is not None else []
        known = {key for row in rows for key in row.value.entries}
        turns: list[Entry | None] = [*rows] or [None]
        for row in turns:
            self.sound = True
            tree = self._put_in(self.root, row, known)
            if self.sound:
                yield (None if row is None else row.key.text), tree
        for row in rows:
            for entry in row.value.items():
                if entry.key.text not in self.used:
                    self.report.error(
                        "V3205",
                        entry.key.place,
                        Text("No step uses the value “{name}” of the case.", name=entry.key.text),
                        Text("Write `=case.{name}` where it belongs, or remove it.", name=entry.key.text),
                    )

    def _put_in(self, node: Node, row: Entry | None, known: set[str]) -> Node:
        """Return a tree with the values of a row in place of their names."""
        if node.is_mapping:
            return replace(
                node,
                entries={
                    key: entry
                    if node is self.root and key in _CASE_FREE
                    else Entry(entry.key, self._put_in(entry.value, row, known))
                    for key, entry in node.entries.items()
                },
            )
        if node.is_sequence:
            return replace(node, elements=tuple(self._put_in(each, row, known) for each in node.elements))
        if not node.text.startswith("=") or node.text.startswith("=="):
            return node
        return self._value(node, row, known)

    def _value(self, node: Node, row: Entry | None, known: set[str]) -> Node:
        found = _FROM_CASE.fullmatch(node.text)
        self.sound = self.sound and found is not None
        if found is None:
            self.report.error(
                "V3902",
                node.place,
                Text("`{text}` is an expression; a scenario takes only the values of its cases.", text=node.text),
                Text("Write `=case.NAME` for a value of the case, `==…` for a text that begins with `=`."),
            )
            return node
        name = found[1]
        self.used.add(name)
        value = row.value.get(name) if row is not None else None
        if value is not None:
            return value
        self.sound = False
        if row is not None and name in known:
            self.report.error(
                "V3122",
                row.key.place,
                Text("The case has no value “{name}”, which a step uses.", name=name),
                Text("Write it; `null` where there is none, `[]` for an empty list."),
                related=node.place,
            )
        else:
            self.report.error(
                "V3122",
                node.place,
                Text("No case has a value “{name}”.", name=name),
                Text("Write it into each row under `cases`, or correct the name."),
                suggestion=f"=case.{meant}" if (meant := suggest(name, sorted(known))) else None,
            )
        return node
