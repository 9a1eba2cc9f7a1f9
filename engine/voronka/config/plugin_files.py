"""The files of a workspace's own plugins: what they import of Voronka, and folders that are no plugins."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from voronka.config.finding import Finding, Place, Severity
from voronka.hooks.discovery import FOLDER, installed, local
from voronka.messages import Text

__all__ = ["check_plugin_files"]

_OURS = "voronka"
_OPEN = ("api", "testing")
_ABOUT = ("__version__",)


def check_plugin_files(root: Path) -> Iterator[Finding]:
    """Warn of what is doubtful about the folder `plugins` of the workspace at `root`; nothing in it is imported."""
    for origin in local(root):
        try:
            tree = ast.parse((root / origin.place).read_bytes())
        except (OSError, SyntaxError, ValueError, RecursionError):  # loading it tells that
            continue
        for module, node in _closed(tree):
            place = Place(origin.place, node.lineno, node.col_offset + 1, (node.end_col_offset or 0) - node.col_offset)
            yield Finding(
                code="V3147",
                severity=Severity.WARNING,
                place=place,
                reason=Text(
                    "The plugin {plugin} imports {module}, which may be another in the next version of Voronka.",
                    plugin=origin.name,
                    module=module,
                ),
                remedy=Text("Import from voronka.api what it gives, and for tests voronka.testing."),
            )
    yield from _packages(root)


def _closed(tree: ast.Module) -> Iterator[tuple[str, ast.Import | ast.ImportFrom]]:
    """Yield what is imported of the parts of Voronka that are not for plugins, each with the statement."""
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                modules = [each.name for each in node.names]
            case ast.ImportFrom(level=0, module=str(module)) if module == _OURS:
                modules = [f"{_OURS}.{each.name}" for each in node.names if each.name not in (*_ABOUT, "*")]
            case ast.ImportFrom(level=0, module=str(module)):
                modules = [module]
            case _:
                continue
        for module in modules:
            if module.startswith(f"{_OURS}.") and module.partition(".")[2] not in _OPEN:
                yield module, node


def _packages(root: Path) -> Iterator[Finding]:
    """Warn of packages: a plugin there is one file, and a package is found once it is installed."""
    inside = sorted((root / FOLDER).glob("*/__init__.py"))
    found = [file for file in inside if not file.parent.name.startswith(("_", "."))]
    known = {file.resolve() for origin in installed() if found and (file := origin.source()) is not None}
    for file in found:
        if file.resolve() in known:
            continue
        name = file.parent.name
        yield Finding(
            code="V3003",
            severity=Severity.WARNING,
            place=Place(file.relative_to(root).as_posix(), 1, 1),
            reason=Text(
                "The folder {folder} is not read: a plugin in plugins/ is one file.", folder=f"{FOLDER}/{name}"
            ),
            remedy=Text(
                "Make it the file {file}, or a package that is installed; `voronka plugins new {name}` begins one.",
                file=f"{FOLDER}/{name}.py",
                name=name,
            ),
        )
