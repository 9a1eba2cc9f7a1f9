"""Bad configurations: a small good workspace and what is done to it, case by case."""

from functools import cache
from pathlib import Path

import yaml

BAD = Path(__file__).parent / "bad"


@cache
def base() -> dict[str, bytes]:
    """Return the files of the good workspace."""
    folder = BAD / "base"
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


@cache
def cases():
    """Return the cases of all files; `file` tells where each stands."""
    return [
        {"file": path.stem, **case}
        for path in sorted(BAD.glob("*.yaml"))
        for case in yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
    ]


def workspace_of(case):
    """Return the files of the workspace that a case describes."""
    files = dict(base())
    for path, changes in case.get("edit", {}).items():
        text = files[path].decode()
        for old, new in changes.items():
            if old not in text:
                raise ValueError(f"{case['case']}: {old!r} is not in {path}")
            text = text.replace(old, new, 1)
        files[path] = text.encode()
    for path, text in case.get("add", {}).items():
        files[path] = text.encode()
    for path, digits in case.get("raw", {}).items():
        files[path] = bytes.fromhex(digits)
    for path in case.get("remove", []):
        del files[path]
    return files
