"""A document as one page of HTML: it opens from a disk, asks nobody, runs nothing, and prints."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from voronka.documents.parts import Block, Code, Document, Link, Section

__all__ = ["html_of"]

_FOLDER = Path(__file__).parent / "page"


def html_of(document: Document, language: str, contents: str) -> str:
    """Return the page of a document. `contents`: what the list of its sections is called."""
    from markupsafe import Markup  # only who asks for a page pays for the import

    style = (_FOLDER / "document.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    page: str = _template().render(
        document=document,
        language=language,
        contents=contents,
        style=Markup(style),  # noqa: S704 - our own file
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
    )
    return page


@cache
def _template() -> Any:  # noqa: ANN401 - jinja2.Template, which is not imported for its name alone
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.tests["code"] = lambda part: isinstance(part, Code)
    environment.tests["link"] = lambda part: isinstance(part, Link)
    environment.tests["section"] = lambda block: isinstance(block, Section)
    environment.filters["kind"] = _kind
    environment.filters["drawn"] = lambda drawing: Markup(drawing.svg)  # noqa: S704 - every text in it is escaped
    return environment.get_template("document.html")


def _kind(block: Block) -> str:
    return type(block).__name__.lower()
