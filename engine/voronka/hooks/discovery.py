"""Where plugins are: installed packages that name an entry point, and files in the workspace's folder `plugins`."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from importlib import invalidate_caches
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from voronka.frozen import frozen
from voronka.hooks.plugin import Plugin

__all__ = ["FOLDER", "GROUP", "Origin", "Program", "forget_installed", "handed_in", "installed", "local"]

GROUP = "voronka"
"""The group of entry points; the name of an entry point is the plugin's."""

FOLDER = "plugins"
"""The folder of a workspace whose ``*.py`` files are plugins; a file's name is the plugin's."""

_OWN = "voronka"


@frozen
class Program:
    """A plugin's code, as another process loads the same: an entry point, or a file and its bytes as characters."""

    point: str = ""
    file: str = ""
    text: str = ""

    def to_json(self) -> dict[str, str]:
        """Return it as JSON; `Program(**json)` is it again."""
        return {"point": self.point, "file": self.file, "text": self.text}

    def load(self) -> object:
        """Return the module or object that has the hooks."""
        if self.point:
            return EntryPoint(name="", value=self.point, group=GROUP).load()
        return _Loader(Path(self.file), self.text.encode("latin-1"))()


@frozen
class Origin:
    """A plugin that was found and not yet loaded. `place`: the package or the file. `load`: gives the module or object
    that has its hooks. `source`: where the text of its module is, if it is known. `program`: what `load` has loaded,
    for another process; None of what comes with Voronka, and of what only this process has."""

    name: str
    place: str
    load: Callable[[], object]
    source: Callable[[], Path | None] = lambda: None
    program: Callable[[], Program | None] = lambda: None

    def mentions(self, hook: str) -> bool:
        """Tell whether the text of its module speaks of a hook; nothing of it is imported, so it may be broken."""
        try:
            path = self.source()
            return path is not None and hook.encode() in path.read_bytes()
        except (ImportError, OSError, ValueError):
            return False


@cache
def _points() -> tuple[tuple[EntryPoint, str], ...]:
    # To look through all packages takes 10 ms, and what is installed does not change under a process.
    return tuple(_with_packages(entry_points(group=GROUP)))


def _with_packages(points: Iterable[EntryPoint]) -> Iterator[tuple[EntryPoint, str]]:
    for point in points:
        yield point, point.dist.name if point.dist is not None else point.value


def forget_installed() -> None:
    """Look for installed packages anew when they are next asked for."""
    _points.cache_clear()
    invalidate_caches()


def installed(points: Iterable[EntryPoint] | None = None) -> Iterator[Origin]:
    """Yield the plugins of installed packages; nothing of them is imported yet."""
    for point, package in _points() if points is None else _with_packages(points):
        program = None if package == _OWN else Program(point=point.value)
        yield Origin(
            name=point.name,
            place=package,
            load=point.load,
            source=partial(_module_file, point.module),
            program=partial(_same, program),
        )


def _same(program: Program | None) -> Program | None:
    return program


def _module_file(name: str) -> Path | None:
    """Return the file of a module without importing any part of its name."""
    top, *below = name.split(".")
    spec = find_spec(top)
    if spec is None or not below:
        return None if spec is None or spec.origin is None else Path(spec.origin)
    for folder in spec.submodule_search_locations or ():
        path = Path(folder, *below)
        for file in (path.with_suffix(".py"), path / "__init__.py"):
            if file.is_file():
                return file
    return None


def handed_in(plugin: object) -> Origin:
    """Return the origin of a module or object that is a plugin, such as one under test."""
    identity: Plugin = plugin.voronka_plugin()  # type: ignore[attr-defined] # every plugin has it
    place = getattr(plugin, "__name__", type(plugin).__name__)
    return Origin(name=identity.name, place=place, load=lambda: plugin)


def local(root: Path) -> Iterator[Origin]:
    """Yield the one-file plugins of the workspace at `root`."""
    for path in sorted((root / FOLDER).glob("*.py")):
        if path.is_file() and not path.name.startswith(("_", ".")):
            load = _Loader(path)
            yield Origin(
                name=path.stem,
                place=f"{FOLDER}/{path.name}",
                load=load,
                source=partial(Path, path),
                program=load.program,
            )


class _Loader:
    """Imports one file under a module name of its own; `content`: what is in it, by default what is found there.

    The name follows from path and content: the same file is never imported twice, so that there are no two copies of
    its classes, and a file that has changed is another module.
    """

    def __init__(self, path: Path, content: bytes | None = None) -> None:
        self.path = path
        self._given = content
        self._loaded = b""

    def program(self) -> Program:
        """Return what was loaded, whatever has become of the file."""
        return Program(file=str(self.path), text=self._loaded.decode("latin-1"))

    def __call__(self) -> ModuleType:
        content = self._loaded = self.path.read_bytes() if self._given is None else self._given
        digest = hashlib.sha256(str(self.path.resolve()).encode() + b"\0" + content).hexdigest()[:16]
        name = f"voronka_local_{self.path.stem}_{digest}"
        if name in sys.modules:
            return sys.modules[name]
        spec = spec_from_file_location(name, self.path)
        if spec is None or spec.loader is None:
            raise ImportError(f"{self.path.name} cannot be imported")
        module = module_from_spec(spec)
        sys.modules[name] = module
        try:
            exec(compile(content, str(self.path), "exec"), module.__dict__)  # noqa: S102 - as its loader does
        except BaseException:
            sys.modules.pop(name, None)
            raise
        return module
