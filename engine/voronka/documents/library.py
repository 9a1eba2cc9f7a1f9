"""All documents of a workspace, and the files that they become."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum

from voronka.definition.wording import Naming
from voronka.definition.workspace import Workspace
from voronka.documents.brief import brief
from voronka.documents.catalogue import catalogue
from voronka.documents.glossary import glossary
from voronka.documents.html import html_of
from voronka.documents.markdown import markdown_of
from voronka.documents.parts import Block, Bullet, Bullets, Document, Drawing, Link, Section
from voronka.documents.passport import passport
from voronka.messages import Text

__all__ = ["NAMES", "Form", "documents", "written"]

NAMES = ("passport", "fields", "glossary", "brief")
"""The kinds of documents, as they are asked for."""


class Form(StrEnum):
    """As what a document is written."""

    HTML = "html"
    MARKDOWN = "markdown"

    @property
    def ending(self) -> str:
        """Return how the names of its files end."""
        return "html" if self is Form.HTML else "md"


def documents(
    workspace: Workspace, language: str, name: str | None = None, funnel: str | None = None
) -> list[Document]:
    """Return the documents of a kind, or all of them; of the passports that of one `funnel`, or of each."""
    naming = Naming(workspace, language)
    found: list[Document] = []
    if name in {None, "passport"}:
        found += [passport(each, naming) for each in workspace.funnels.values() if funnel in {None, each.name}]
    for kind, make in (("fields", catalogue), ("glossary", glossary), ("brief", brief)):
        if name in {None, kind}:
            found.append(make(naming))
    return found


def written(
    workspace: Workspace, found: Sequence[Document], form: Form, language: str, *, index: bool
) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each file: the documents, their drawings beside Markdown, and the `index`."""
    if index:
        yield _file(_index(workspace, found, form, language), form, language)
    for document in found:
        yield _file(document, form, language)
        if form is Form.MARKDOWN:
            for drawing in _drawings(document.blocks):
                yield drawing.file, drawing.svg


def _file(document: Document, form: Form, language: str) -> tuple[str, str]:
    name = f"{document.name}.{form.ending}"
    if form is Form.MARKDOWN:
        return name, markdown_of(document)
    return name, html_of(document, language, Text("Contents").render(language))


def _index(workspace: Workspace, found: Sequence[Document], form: Form, language: str) -> Document:
    links = tuple(
        Bullet((Link(document.title, f"{document.name}.{form.ending}"), " — ", document.lead)) for document in found
    )
    lead = Text("Generated from the configuration, release {release}.", release=workspace.release[:8])
    return Document(
        name="index", title=workspace.title.render(language), lead=lead.render(language), blocks=(Bullets(links),)
    )


def _drawings(blocks: Sequence[Block]) -> Iterator[Drawing]:
    for block in blocks:
        if isinstance(block, Drawing):
            yield block
        elif isinstance(block, Section):
            yield from _drawings(block.blocks)
