"""A workspace's files into a checked `Workspace`, or into findings that say why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voronka.config.build import build_workspace
from voronka.config.build_templates import TemplateFile, lost_template, read_template
from voronka.config.document import Document
from voronka.config.files import SCENARIOS, TESTS, WORKSPACE_FILE, collect, kind_of
from voronka.config.finding import Finding, Place, has_errors
from voronka.config.names import NameKind
from voronka.config.plugins import PluginUse, additions_of, check_reference
from voronka.config.reader import read_document
from voronka.config.report import Doubt, Report
from voronka.config.shape import check_shape
from voronka.definition.workspace import Workspace, release_of
from voronka.frozen import frozen
from voronka.hooks.host import Host
from voronka.messages import Text

if TYPE_CHECKING:
    from voronka.definition.scenarios import Scenario

__all__ = ["Reading", "read_workspace"]


@frozen
class Reading:
    """What came of reading a workspace.

    `workspace` is None where `findings` hold an error of the definition. `files`: the content of each of its files by
    path; `release`: their content hash. `sources`: the text of each file that could be decoded, to show findings in.
    `scenarios`: those without errors, if they were asked for; they test the release and are no part of it. `plugins`:
    what those that it uses declare (see `voronka.hooks.recall.remembered`).
    """

    workspace: Workspace | None
    findings: tuple[Finding, ...]
    files: Mapping[str, bytes]
    release: str
    sources: Mapping[str, str]
    scenarios: tuple[Scenario, ...] = ()
    plugins: Mapping[str, Any] = field(default_factory=dict)

    def broken_scenarios(self) -> Mapping[str, tuple[Finding, ...]]:
        """Return the findings of each file of scenarios that has an error, by path: nothing of it can be run."""
        found: dict[str, list[Finding]] = {}
        for each in self.findings:
            if each.place.file.startswith(TESTS):
                found.setdefault(each.place.file, []).append(each)
        return {file: tuple(findings) for file, findings in found.items() if has_errors(findings)}


def read_workspace(
    root: Path | Mapping[str, bytes],
    *,
    plugins: Host | None = None,
    every_plugin: bool = False,
    scenarios: bool = False,
) -> Reading:
    """Read and check a workspace: a folder, or the files of a stored release by path; its `scenarios` if asked for.

    `plugins`: those that it may use; by default a folder's own and the installed ones. `every_plugin`: also look at
    those that it does not use. All findings come in one run. Raises `EnvironmentFault` where a file cannot be read from
    the disk.
    """
    report = Report()
    plugins = plugins or Host.of(root if isinstance(root, Path) else None)
    files = collect(root, report)
    release = release_of(files)
    documents: dict[str, tuple[str, Document]] = {}
    templates: dict[str, TemplateFile] = {}
    sources: dict[str, str] = {}
    for path, content in files.items():
        kind = kind_of(path)
        if kind == "templates":
            template = read_template(path, content)
            if isinstance(template, Finding):
                report.take_shape([template])
                report.doubt(NameKind.TEMPLATE, lost_template(path))
                continue
            templates[path] = template
            sources[path] = template.text
            front = template.front
            if front is not None:
                report.take_shape([*front.findings, *check_shape(front, kind)])
        else:
            document = read_document(path, content)
            documents[path] = kind, document
            sources[path] = document.text
    additions = additions_of(plugins, documents.values())
    for kind, document in documents.values():
        report.take_shape([*document.findings, *check_shape(document, kind, additions)])
    if WORKSPACE_FILE not in files:
        report.error(
            "V3004",
            Place(WORKSPACE_FILE, 1, 1),
            Text("There is no file voronka.yaml, so this is no workspace."),
            Text("Change into the workspace, name it with -C, or begin one with “voronka init”."),
        )
        report.doubt(NameKind.CHANNEL, Doubt(everything=True))
    written = documents[WORKSPACE_FILE][1].root if WORKSPACE_FILE in documents else None
    if written is not None and (address := written.get("database")) is not None and address.is_scalar:
        check_reference(address, report)
    use = PluginUse(plugins, additions, written, report)
    workspace = build_workspace(documents, templates, release, use, report)
    if every_plugin:
        use.check_all(root if isinstance(root, Path) else None)
    built = _read_scenarios(root, workspace, sources, report) if scenarios else ()
    return Reading(
        workspace=workspace,
        findings=report.findings,
        files=files,
        release=release,
        sources=sources,
        scenarios=built,
        plugins=use.remembered(),
    )


def _read_scenarios(
    root: Path | Mapping[str, bytes], workspace: Workspace | None, sources: dict[str, str], report: Report
) -> tuple[Scenario, ...]:
    """Return the scenarios without errors; none if there is no definition that they could be about."""
    from voronka.config.build_scenarios import build_scenarios  # few runs ask for scenarios

    documents: dict[str, Document] = {}
    for path, content in collect(root, report, scenarios=True).items():
        documents[path] = document = read_document(path, content)
        report.take_shape([*document.findings, *check_shape(document, SCENARIOS)])
        sources[path] = document.text
    return () if workspace is None else build_scenarios(documents, workspace, report)
