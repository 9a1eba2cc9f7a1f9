"""The mart, the KPIs, funnels and bottlenecks over it, each beside what a hand would write.

python benchmarks/bench_metrics.py mart [DEALS]
python benchmarks/bench_metrics.py kpis [DEALS]
python benchmarks/bench_metrics.py flows [DEALS]
"""

from __future__ import annotations

import sys
from typing import Any

import _kpis
import _mart
from _runtime import load

PARTS: dict[str, Any] = {"mart": _mart.main, "kpis": _kpis.main, "flows": _kpis.flows}
"""What can be measured, by name; without a name all of it, small."""


def main(arguments: list[str]) -> None:
    """Measure the part that is named, with its sizes."""
    print(load())
    wanted = arguments[:1] or list(PARTS)
    for name in wanted:
        print(name)
        PARTS[name](*(int(size.replace("_", "")) for size in arguments[1:]))


if __name__ == "__main__":
    main(sys.argv[1:])
