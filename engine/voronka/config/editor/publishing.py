"""`voronka schema`: the schemas of a workspace put where an editor finds them."""

from __future__ import annotations

import json
import posixpath
import re
from codecs import BOM_UTF8
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

from voronka.config.editor.jsonc import JsoncError
from voronka.config.editor.modelines import with_modeline
from voronka.config.editor.settings import schemas_of, with_schemas
from voronka.config.editor.workspace_schemas import WorkspaceFiles, WorkspaceSchemas
from voronka.config.schema import Schema
from voronka.config.whole_files import write_whole
from voronka.errors import UsageFault
from voronka.frozen import frozen
from voronka.hooks.host import Host
from voronka.messages import Text

__all__ = ["SCHEMA_FOLDER", "SETTINGS_FILE", "Publication", "publish"]

SCHEMA_FOLDER = "schemas"
"""Where the schemas lie unless another folder is named: at the workspace's root, to be kept with its files, so that
whoever opens them has what an editor needs."""

SETTINGS_FILE = ".vscode/settings.json"

_MARK = "Written by `voronka schema`: what is changed here is lost the next time."
_FOLDER = re.compile(r"[\w@. -]+(/[\w@. -]+)*", re.ASCII)
"""What yaml-language-server takes for a relative path."""


@frozen
class Publication:
    """What was done, paths relative to the workspace.

    `schemas`: all that are there now. `written` and `removed`: what has changed. `unread`: files that are no text or
    no YAML, so that the schemas lack their names.
    """

    schemas: tuple[str, ...]
    written: tuple[str, ...]
    removed: tuple[str, ...]
    unread: tuple[str, ...]


def publish(
    root: Path,
    language: str,
    *,
    folder: str = SCHEMA_FOLDER,
    modelines: bool = False,
    plugins: Host | None = None,
) -> Publication:
    """Write the schemas of the workspace at `root` into `folder` (relative to it), and name them in the settings.

    Schemas written before and not made any more are removed. With `modelines` each YAML file names its schema too;
    one that does so already is kept right without it. `plugins`: those whose actions and settings are offered.
    Done twice, the second time changes nothing. Raises `UsageFault`, with nothing changed, for a folder that cannot
    be used, a file in the way, or settings that cannot be read; `EnvironmentFault` or `OSError` where the disk
    refuses.
    """
    place = _Place(root, _checked(folder))
    files = WorkspaceFiles.read(root)
    schemas = WorkspaceSchemas(files, language, plugins)
    contents: dict[str, bytes | None] = {place.path(name): _as_bytes(each) for name, each in schemas.contents.items()}
    place.refuse_others(contents)
    settings = _Settings(root)
    contents |= dict.fromkeys(place.present(settings.folders(place)) - contents.keys())
    contents[SETTINGS_FILE] = settings.changed(place, schemas.patterns)
    for path, name in schemas.of_file.items():
        base = posixpath.dirname(path)
        reference = posixpath.relpath(place.path(name), base or ".")
        contents[path] = with_modeline(
            files.contents[path],
            reference if reference.startswith(".") else f"./{reference}",
            ours=partial(place.is_ours, base),
            add=modelines,
        )
    changed = [path for path, content in sorted(contents.items()) if _put(root / path, content)]
    return Publication(
        schemas=tuple(place.path(name) for name in schemas.contents),
        written=tuple(path for path in changed if contents[path] is not None),
        removed=tuple(path for path in changed if contents[path] is None),
        unread=files.unread,
    )


def _checked(folder: str) -> str:
    """Return the folder in one form. It lies in the workspace, beside the configuration, under a name editors find."""
    path = posixpath.normpath(folder.replace("\\", "/"))
    if not _FOLDER.fullmatch(path) or path.split("/")[0] in {".", "..", "configs"}:
        raise UsageFault(
            Text(
                "The schemas cannot lie in {folder}: editors look for them by a plain path within the workspace.",
                folder=folder,
            ),
            Text(
                "Name a folder inside the workspace, not in configs, in Latin letters, such as {folder}.",
                folder=SCHEMA_FOLDER,
            ),
            place="--out",
        )
    return path


class _Place:
    """The folder of the schemas; paths are relative to the workspace, with ``/``."""

    def __init__(self, root: Path, folder: str) -> None:
        self._root = root
        self._folder = folder

    def path(self, name: str) -> str:
        """Return the path of a schema."""
        return f"{self._folder}/{name}"

    def present(self, folders: Iterable[str]) -> frozenset[str]:
        """Return the schemas that lie there from before, and in further folders."""
        files = (file for folder in {self._folder, *folders} for file in (self._root / folder).glob("*.json"))
        paths = (file.relative_to(self._root).as_posix() for file in files)
        return frozenset(path for path in paths if self._marked(path))

    def is_ours(self, base: str, reference: str) -> bool:
        """Whether a reference in a file of the folder `base` leads to a schema that is written here."""
        path = posixpath.normpath(posixpath.join(base, reference))
        return posixpath.dirname(path) == self._folder or self._marked(path)

    def refuse_others(self, paths: Iterable[str]) -> None:
        """Refuse to write over files that somebody else has made."""
        for path in paths:
            if (self._root / path).exists() and not self._marked(path):
                raise UsageFault(
                    Text("The file {file} was not written by this command.", file=path),
                    Text("Move it away, or name another folder: voronka schema --out DIR"),
                    place=path,
                )

    def _marked(self, path: str) -> bool:
        try:
            content = json.loads((self._root / path).read_bytes())
        except (OSError, ValueError):
            return False
        return isinstance(content, dict) and content.get("$comment") == _MARK


class _Settings:
    """The editor's settings as they are."""

    def __init__(self, root: Path) -> None:
        file = root / SETTINGS_FILE
        content = file.read_bytes() if file.exists() else b""
        self._mark = BOM_UTF8 if content.startswith(BOM_UTF8) else b""
        try:
            self._text = content.removeprefix(BOM_UTF8).decode()
            self._schemas = schemas_of(self._text)
        except UnicodeDecodeError as fault:
            raise self._refusal(Text("The settings of the editor are no text in UTF-8.")) from fault
        except JsoncError as fault:
            raise self._refusal(
                Text(
                    "The settings of the editor cannot be read: line {line} is no JSON as editors keep it.",
                    line=fault.line,
                )
            ) from fault

    @staticmethod
    def _refusal(reason: Text) -> UsageFault:
        return UsageFault(
            reason,
            Text("Correct the file, or move it away and run the command again; nothing has been changed."),
            place=SETTINGS_FILE,
        )

    def folders(self, place: _Place) -> frozenset[str]:
        """Return the folders of the schemas that were written before."""
        return frozenset(
            posixpath.normpath(posixpath.dirname(each)) for each in self._schemas if place.is_ours("", each)
        )

    def changed(self, place: _Place, patterns: Mapping[str, Sequence[str]]) -> bytes:
        """Return the settings with the schemas of these patterns of files."""
        wanted = {f"./{place.path(name)}": list(each) for name, each in patterns.items() if each}
        return self._mark + with_schemas(self._text, wanted, ours=partial(place.is_ours, "")).encode()


def _as_bytes(schema: Schema) -> bytes:
    return f"{json.dumps({'$comment': _MARK, **schema}, ensure_ascii=False, indent=1)}\n".encode()


def _put(file: Path, content: bytes | None) -> bool:
    """Write or (None) remove a file, whole or not at all; tell whether that changed anything."""
    before = file.read_bytes() if file.exists() else None
    if before == content:
        return False
    if content is None:
        file.unlink()
        return True
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, content)
    return True
