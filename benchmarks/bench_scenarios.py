"""Two hundred scenarios, beside the same ones with a fresh engine for each.

python benchmarks/bench_scenarios.py [SCENARIOS]

The scenarios are those of the reference workspace, over and over. The peer opens a database for each scenario, as tests
do that call the engine directly; the configuration is read once for both.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from itertools import cycle, islice
from time import perf_counter, process_time

from rich.console import Console
from rich.table import Table

from voronka.bootstrap import reference_workspace
from voronka.config import Reading, read_workspace
from voronka.definition.scenarios import Scenario
from voronka.testing import ScenarioRunner

WANTED = 5.0
ROUNDS = 3
PEERS = 40
"""So many of the scenarios the peer runs: it takes as long for each."""


def together(reading: Reading, scenarios: Sequence[Scenario]) -> None:
    """Run scenarios as `voronka test` does."""
    with ScenarioRunner(reading) as runner:
        for outcome in runner.run_all(scenarios):
            assert outcome.fault is None, outcome.scenario.id


def apart(reading: Reading, scenarios: Sequence[Scenario]) -> None:
    """Run each scenario with an engine of its own."""
    for scenario in scenarios:
        together(reading, [scenario])


def best(run: Callable[[], None]) -> tuple[float, float]:
    """Return the seconds of the quickest of some rounds, by the clock and of processor."""
    rounds = []
    for _ in range(ROUNDS):
        started, worked = perf_counter(), process_time()
        run()
        rounds.append((perf_counter() - started, process_time() - worked))
    return min(clock for clock, _ in rounds), min(processor for _, processor in rounds)


def main() -> None:
    """Run both and print a table."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    reading = read_workspace(reference_workspace(), scenarios=True)
    scenarios = list(islice(cycle(reading.scenarios), number))
    few = scenarios[:PEERS]
    own = best(lambda: together(reading, scenarios))
    peer = tuple(seconds * number / len(few) for seconds in best(lambda: apart(reading, few)))
    table = Table(title=f"{number} scenarios, seconds (aim: {WANTED:g})")
    for heading in ("", "by the clock", "of processor", "scenario, ms of processor", "ratio"):
        table.add_column(heading, justify="left" if not heading else "right")
    for name, (clock, processor) in (("voronka test", own), ("an engine for each", peer)):
        each, ratio = f"{processor / number * 1000:.1f}", f"{processor / peer[1]:.2f}×"
        table.add_row(name, f"{clock:.1f}", f"{processor:.1f}", each, ratio)
    Console().print(table)


if __name__ == "__main__":
    main()
