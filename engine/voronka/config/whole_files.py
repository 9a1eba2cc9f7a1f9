"""Files written whole or not at all: a crash, a full disk or a kill leaves what was there before."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

__all__ = ["write_whole"]


def write_whole(file: Path, content: bytes) -> None:
    """Put `content` in place of what a file holds, if there is one, at once and with its rights.

    A link to a file elsewhere stays a link. Raises `OSError` where the disk refuses; then nothing has changed.
    """
    target = file.resolve()
    draft = target.with_name(f".{target.name}.new")
    try:
        with draft.open("wb") as writer:
            writer.write(content)
            writer.flush()
            os.fsync(writer.fileno())
        if target.exists():
            shutil.copymode(target, draft)
        draft.replace(target)
    except BaseException:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise
