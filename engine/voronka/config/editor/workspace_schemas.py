"""Which schemas a workspace gets, and for which of its files each is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from voronka.config.build_templates import TemplateFile, read_template
from voronka.config.document import Document
from voronka.config.editor.names import WorkspaceNames
from voronka.config.editor.schemas import editor_schema
from voronka.config.files import WORKSPACE_FILE, collect, kind_of
from voronka.config.plugins import additions_of
from voronka.config.reader import read_document
from voronka.config.report import Report
from voronka.config.schema import NO_ADDITIONS, SCHEMA_KINDS, Additions, Schema, added, published
from voronka.frozen import frozen
from voronka.hooks.actions import ActionType
from voronka.hooks.channels import ChannelType
from voronka.hooks.host import Host
from voronka.hooks.sources import SourceType

__all__ = ["WorkspaceFiles", "WorkspaceSchemas"]

_KINDS = tuple(kind for kind in SCHEMA_KINDS if kind != "templates")  # a template is Markdown: no YAML editor opens it
_FUNNEL = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
_PLAIN = re.compile(r"[\w .@/-]+", re.ASCII)
"""What means itself in a pattern of files."""


@frozen
class WorkspaceFiles:
    """The files of a workspace as far as they can be read, whatever else is wrong with them.

    `documents`: kind and document of each YAML file by path; one in another encoding than UTF-8 is not among them.
    `unread`: files that are no text or no YAML, so that their names are not known.
    """

    contents: Mapping[str, bytes]
    documents: Mapping[str, tuple[str, Document]]
    templates: Mapping[str, TemplateFile]
    unread: tuple[str, ...]

    @classmethod
    def read(cls, root: Path) -> WorkspaceFiles:
        """Read the workspace at `root`. Raises `EnvironmentFault` where a file cannot be read from the disk."""
        contents = {**collect(root, Report()), **collect(root, Report(), scenarios=True)}
        documents: dict[str, tuple[str, Document]] = {}
        templates: dict[str, TemplateFile] = {}
        unread = []
        for path, content in contents.items():
            kind = kind_of(path)
            if kind == "templates":
                template = read_template(path, content)
                if isinstance(template, TemplateFile):
                    templates[path] = template
                continue
            document = read_document(path, content)
            if document.text or not document.findings:
                documents[path] = kind, document
            if document.findings and document.root is None:
                unread.append(path)
        return cls(contents=contents, documents=documents, templates=templates, unread=tuple(unread))


class WorkspaceSchemas:
    """One schema for each kind of file, and where files of it are about a funnel, one more for each funnel.

    `contents`: by file name. `of_file`: the schema of each file that is there. `patterns`: the files that each is for;
    a file whose name is no plain pattern, such as one in Cyrillic, has that of its kind.
    """

    def __init__(self, files: WorkspaceFiles, language: str, plugins: Host | None = None) -> None:
        additions = _additions(plugins, files) if plugins is not None else NO_ADDITIONS
        self.contents: dict[str, Schema] = {}
        self.patterns: dict[str, list[str]] = {}
        self.of_file: dict[str, str] = {}
        names = WorkspaceNames(
            files.documents.values(), files.templates, _types(plugins) if plugins is not None else {}
        )
        for kind in _KINDS:
            general = f"{kind}.json"
            self.contents[general] = editor_schema(kind, names.within(None), language, additions)
            self.patterns[general] = [WORKSPACE_FILE if kind == "workspace" else f"configs/{kind}/*.yaml"]
            of_funnels = _scope(published(kind))[1:] and sorted(filter(_FUNNEL.fullmatch, names.funnels))
            for funnel in of_funnels:
                self.contents[f"{kind}.{funnel}.json"] = editor_schema(kind, names.within(funnel), language, additions)
            self.contents[general] = _branched(self.contents[general], kind, of_funnels)
            for path, (its_kind, document) in files.documents.items():
                if its_kind != kind:
                    continue
                funnel = _funnel(document, kind)
                if funnel not in names.funnels or not _FUNNEL.fullmatch(funnel):
                    self.of_file[path] = general
                    continue
                own = self.of_file[path] = f"{kind}.{funnel}.json"
                if own not in self.contents:
                    self.contents[own] = editor_schema(kind, names.within(funnel), language, additions)
                mine = self.patterns.setdefault(own, [])
                if _PLAIN.fullmatch(path):
                    mine.append(path)
                    self.patterns[general].append(f"!{path}")


def _branched(general: Schema, kind: str, funnels: Sequence[str]) -> Schema:
    """Return the schema of files that may be about any funnel: as soon as one names it, that of its own holds."""
    definitions = {key: each for key, each in general.items() if key in ("$schema", "definitions")}
    found: Schema = {key: each for key, each in general.items() if key not in definitions}
    for funnel in reversed(funnels):
        named: Schema = {"const": funnel}
        for key in reversed(_scope(published(kind))):
            named = {"type": "object", "required": [key], "properties": {key: named}}
        found = {"if": named, "then": {"$ref": f"{kind}.{funnel}.json"}, "else": found}
    return {**definitions, **found}


def _types(plugins: Host) -> dict[str, list[str]]:
    """Return the types of channels and sources that there are, by the kind of name."""
    return {"channel type": sorted(plugins.all(ChannelType)), "source type": sorted(plugins.all(SourceType))}


def _additions(plugins: Host, files: WorkspaceFiles) -> Additions:
    """Return what all plugins add: what the files do not use yet is what an editor has to offer."""
    used = additions_of(plugins, files.documents.values())
    actions = {
        name: {"description": each.label.render("en"), "x-ru": each.label.render("ru"), **each.arguments}
        for name, each in plugins.all(ActionType).items()
        if each.run is not None
    }
    settings = {state.name: state.plugin.settings for state in plugins.plugins() if state.plugin and not state.fault}
    workspace = {**used.workspace, "plugins": settings} if settings else used.workspace
    return added({**used.actions, **actions}, workspace)


def _funnel(document: Document, kind: str) -> str:
    """Return the funnel that a file says it is about; empty where it says none."""
    path = _scope(published(kind))
    node = document.root.at(*path) if document.root is not None and path else None
    return node.text if node is not None else ""


def _scope(schema: Schema) -> tuple[str, ...]:
    """Return the keys that lead to the funnel that a kind of file is about (``x-scope``); none if it is about none."""
    for key, inner in schema.get("properties", {}).items():
        if inner.get("x-scope"):
            return (key,)
        if further := _scope(inner):
            return (key, *further)
    return ()
