"""Imports a file in a process of its own that dies where it is told to: ROOT MAPPING FILE [batch|commit|disk NUMBER].

``batch``: SIGKILL within the transaction after so many; ``commit``: right after so many; ``disk``: no file may grow
larger than so many bytes.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from voronka.bootstrap import open_workspace
from voronka.errors import VoronkaError
from voronka.runtime.importing import run
from voronka.storage import UnitOfWork


def main(root: str, mapping: str, file: str, how: str = "", number: str = "0") -> int:
    """Import and return the exit code that a command would end with."""
    run.BATCH = 50
    client = open_workspace(Path(root))
    seen = 0

    def progress(_: Mapping[str, Any]) -> None:
        nonlocal seen
        seen += 1
        if how == "commit" and seen == int(number):
            os.kill(os.getpid(), signal.SIGKILL)

    if how == "batch":
        save = UnitOfWork.save_import

        def save_or_die(work: UnitOfWork, *given: Any, **named: Any) -> None:
            save(work, *given, **named)
            if seen == int(number):
                os.kill(os.getpid(), signal.SIGKILL)

        UnitOfWork.save_import = save_or_die  # type: ignore[method-assign] # dies for good
    if how == "disk":
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(number), resource.RLIM_INFINITY))
    try:
        client.work("import", {"mapping": mapping, "file": file}, progress)
    except VoronkaError as fault:
        sys.stderr.write(fault.render())
        return fault.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
