"""Plugins of one file, as tests write them."""

from __future__ import annotations

from pathlib import Path

from voronka.hooks.host import Host

__all__ = ["HEAD", "IDENTITY", "host_of", "write_plugin"]

HEAD = """\
from voronka.api import *

"""

IDENTITY = """\
@hookimpl
def voronka_plugin():
    return Plugin(name="{name}", version="1.0", api={api}, label=Label.plain("{name}"))


"""


def write_plugin(root: Path, name: str, code: str = "", *, api: int = 1, identity: bool = True) -> None:
    """Write the plugin `name` into the workspace at `root`: it tells who it is, then comes `code`."""
    folder = root / "plugins"
    folder.mkdir(parents=True, exist_ok=True)
    said = IDENTITY.format(name=name, api=api) if identity else ""
    (folder / f"{name}.py").write_text(HEAD + said + code, encoding="utf-8")


def host_of(root: Path, *, seconds: float = 10.0) -> Host:
    """Return a host of the plugins of the workspace at `root` alone, without installed ones."""
    from voronka.hooks.discovery import local

    return Host(local(root), seconds=seconds)
