"""Fields that are collected and used nowhere, and fields that are used and collected nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from voronka.config.files import kind_of
from voronka.config.finding import Finding, Place, Severity
from voronka.config.reader import read_document
from voronka.definition.fields import Subject
from voronka.definition.uses import missing, orphans, uses
from voronka.definition.workspace import Workspace
from voronka.messages import Text

__all__ = ["field_findings"]


def field_findings(workspace: Workspace, files: Mapping[str, bytes]) -> Iterator[Finding]:
    """Yield a warning of each such field, at its declaration. `files`: the content of the workspace's files by path.

    Whether anybody is asked for a field is judged only where the workspace says where its data come from (`sources`).
    """
    used_by = uses(workspace)
    places = _places(files)
    for key in orphans(workspace, used_by):
        yield Finding(
            code="V5530",
            severity=Severity.WARNING,
            place=places.get(key, _SOMEWHERE),
            reason=Text("{field} is filled in and nothing uses it.", field=key[1]),
            remedy=Text(
                "Let a gate, a rule, a score, a KPI or a template use it, or spare people the work: delete it."
            ),
        )
    for key in missing(workspace, used_by) if workspace.data_sources else ():
        use = used_by[key][0]
        yield Finding(
            code="V5531",
            severity=Severity.WARNING,
            place=places.get(key, _SOMEWHERE),
            reason=Text("{field} is used ({use}), and nobody is asked for it.", field=key[1], use=use.name),
            remedy=Text(
                "Require it at a stage, let an action or an import set it, ask for it on a scorecard or in a script, "
                "say under “sources” where it comes from, or under “set_by” who fills it in."
            ),
        )


_SOMEWHERE = Place("configs/fields", 1, 1)


def _places(files: Mapping[str, bytes]) -> dict[tuple[Subject, str], Place]:
    found: dict[tuple[Subject, str], Place] = {}
    for path, content in files.items():
        root = read_document(path, content).root if kind_of(path) == "fields" else None
        declared = None if root is None else root.get("fields")
        for entry in declared.items() if declared is not None else ():
            of = entry.value.get("of")
            found[Subject(of.text) if of is not None else Subject.DEALS, entry.key.text] = entry.key.place
    return found
