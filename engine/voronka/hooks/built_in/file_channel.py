"""The channel `file`: a message becomes a text file in a folder of the workspace's state."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from voronka.errors import refused_by_system
from voronka.hooks.channels import DeliveryError, Message

__all__ = ["FileChannel"]

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class FileChannel:
    """Writes ``messages/<channel>/<deal number>-<key>.txt``; a repeat of a message is the same file again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, message: Message) -> Path:
        """Return where the message lies, or will."""
        return self.folder / message.channel / f"{message.deal}-{message.key}.txt"

    def send(self, message: Message) -> None:
        """Write the file whole or not at all: beside its place first, then moved there."""
        to = f"{message.name} <{message.address}>" if message.name and message.address else ""
        head = {"To": to or message.name or message.address, "Subject": message.subject}
        # A line break within a header would let a value write headers of its own.
        lines = [f"{name}: {' '.join(value.split())}" for name, value in head.items() if value]
        text = "\n".join((*lines, "", message.body.rstrip("\n"), ""))
        path = self.path(message)
        draft = path.with_suffix(".part")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with draft.open("w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        except OSError as error:
            full = error.errno in _FULL
            raise DeliveryError(refused_by_system(error), counts=not full) from error

    def close(self) -> None:
        """Nothing is held open."""
