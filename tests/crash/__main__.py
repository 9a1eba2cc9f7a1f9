"""``python dev.py crash``: kill a service so many times and look into what it leaves; print what it came to."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path

from tests.contract.postgresql import serving
from tests.crash.harness import BrokenPromises, harness
from tests.crash.herd import stampede

__all__: list[str] = []

_CHECK_EVERY = 100
_RECOVERY = 5.0


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python dev.py crash", description=__doc__)
    parser.add_argument("--kills", type=int, default=1000, help="how often the service is killed (1000)")
    parser.add_argument("--seed", type=int, default=1, help="for clients, sink and moments (1)")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite", help="on which (sqlite)")
    parser.add_argument("--herd", action="store_true", help="instead: an outage of a day, then all that is due at once")
    parser.add_argument("--timers", type=int, default=50_000, help="how many timers the herd has (50000)")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="voronka-crash-") as folder:
        if given.herd:
            print(stampede(Path(folder), given.timers))
            return 0
        with serving() if given.database == "postgresql" else nullcontext() as address:
            return _kill(Path(folder), given.kills, given.seed, address)


def _kill(folder: Path, kills: int, seed: int, address: str | None) -> int:
    started = time.monotonic()
    with harness(folder, seed=seed, database=address) as run:
        try:
            while run.figures.kills < kills:
                run.work()
                for _ in range(min(_CHECK_EVERY, kills - run.figures.kills)):
                    run.kill_at_random()
                run.check()
                print(f"{run.figures}, {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
            run.end()
        except BrokenPromises as broken:
            print(f"seed {seed}, after {run.figures.kills} kills:", *broken.faults, sep="\n- ")
            return 1
    print(f"{run.figures.kills} kills, {time.monotonic() - started:.0f} s: every promise holds. {run.figures}")
    if run.figures.recovery > _RECOVERY:
        print(f"A command was acknowledged {run.figures.recovery:.1f} s after a start; {_RECOVERY} are promised.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
