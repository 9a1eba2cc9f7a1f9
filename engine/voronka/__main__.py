"""`voronka` as a process of its own: what its start sets before anything is loaded."""

from __future__ import annotations

import gc
import sys

__all__ = ["main"]

CYCLES_AFTER = 100_000
"""So many more objects than before must live until cycles among them are looked for (Python's own number is 700)."""


def main() -> None:
    """Run the command that the process was started with, and leave with its exit code.

    A check or a report makes fewer objects than `CYCLES_AFTER`, nearly all to stay until it ends: looking for
    cycles would only take time, at the end too. A long one, such as the service, still gets rid of them.
    """
    gc.set_threshold(CYCLES_AFTER)
    from voronka.cli.main import main as run

    try:
        run()
    finally:
        if "duckdb" not in sys.modules:  # which tells of all that is left of it
            gc.freeze()


if __name__ == "__main__":
    main()
