"""The measures of the runtime, one after another or one of them; arguments after its name are passed on.

    python benchmarks/bench_runtime.py [timers|arming|foreground|commands|restart|memory|postgresql|lateness|idle] […]

Without a name all are run in small sizes; `large` runs them in those that the documentation tells of.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SIZES = {
    "timers": ("4000 0 1 100000 200", "100000 0 2 1000000 2000"),
    "arming": ("500 20 200", "10000 20 2000"),
    "foreground": ("3000 1", "100000 1"),
    "commands": ("64 2", "64 10"),
    "restart": ("20000", "1000000"),
    "memory": ("10", "600"),
    "postgresql": ("3000 500", "100000 5000"),
    "lateness": ("1000 10", "1000 60"),
    "idle": ("10", "60"),
}
"""The arguments of each measure: small, for a look; large, for a machine that does nothing else."""


def main() -> int:
    name, *arguments = sys.argv[1:] or ["small"]
    if name in SIZES:
        chosen = {name: arguments or SIZES[name][0].split()}
    elif name in ("small", "large") and not arguments:
        chosen = {each: sizes[name == "large"].split() for each, sizes in SIZES.items()}
    else:
        print(f"There is no such measure. There are: {', '.join(SIZES)}; small, large.", file=sys.stderr)
        return 2
    worst = 0
    for each, given in chosen.items():
        print(f"== {each} {' '.join(given)}", flush=True)
        script = Path(__file__).with_name(f"bench_{each}.py")
        worst = max(worst, subprocess.run([sys.executable, script, *given], check=False).returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main())
