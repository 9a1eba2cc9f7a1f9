"""A small workspace that uses plugins of one file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.plugins.plugin_files import HEAD, IDENTITY
from voronka.config import Finding, read_workspace
from voronka.hooks.discovery import local
from voronka.hooks.host import Host
from voronka.testing import TestWorkspace, write_files

__all__ = ["FUNNEL", "ROOT", "codes", "findings", "open_with", "plugin_code", "write_workspace"]

ROOT = "workspace: acme\ntimezone: UTC\ncurrency: EUR\n"
FUNNEL = """\
funnel: sales
fields: [base]
stages:
  new:
    journey: problem
    enter:
      do: [{actions}]
  talk: {{journey: solutions}}
"""
FILES = {
    "configs/people/people.yaml": """\
roles: {seller: {}}
people: {anna: {role: seller, addresses: {email: anna@acme.example}}, oleg: {role: seller}}
""",
    "configs/fields/base.yaml": """\
set: base
fields:
  amount: {type: money}
  due: {type: date}
  erp_no: {type: text}
  passport: {type: text, pii: true}
""",
    "configs/templates/hello.en.md": "---\nsubject: Deal {{ deal.number }}\n---\nHello.\n",
}


def plugin_code(code: str, *, name: str = "erp", settings: str = "") -> str:
    """Return the text of a plugin: it tells who it is, then comes `code`."""
    identity = IDENTITY.format(name=name, api=1)
    if settings:
        identity = identity.replace("label=Label", f"settings={settings}, label=Label")
    return f"{HEAD}{identity}LABEL = Label.plain('It')\nSEEN = []\n\n{code}\n"


def write_workspace(
    root: Path,
    *,
    actions: str = "{task: {title: Call}}",
    also: str = "",
    plugins: Mapping[str, str],
    files: Mapping[str, str] | None = None,
) -> None:
    """Write a workspace whose first stage does `actions` and whose voronka.yaml has `also` at its end."""
    write_files(
        root,
        {
            **FILES,
            "voronka.yaml": ROOT + also,
            "configs/funnels/sales.yaml": FUNNEL.format(actions=actions),
            **{f"plugins/{name}.py": text for name, text in plugins.items()},
            **(files or {}),
        },
    )


def open_with(root: Path, **parts: Any) -> TestWorkspace:
    """Write a workspace and open it."""
    write_workspace(root, **parts)
    return TestWorkspace(root, start="2026-03-02 09:00")


def findings(root: Path, *, every: bool = False, **parts: Any) -> tuple[Finding, ...]:
    """Write a workspace and return what is found in it."""
    write_workspace(root, **parts)
    return read_workspace(root, plugins=Host(local(root), seconds=1.0), every_plugin=every).findings


def codes(found: tuple[Finding, ...]) -> list[tuple[str, str, int]]:
    """Return code, file and line of each finding."""
    return [(each.code, each.place.file, each.place.line) for each in found]
