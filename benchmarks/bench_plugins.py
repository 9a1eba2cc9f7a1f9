"""An action that a plugin brings beside a built-in one: the whole way from the command to the settled effect.

    python dev.py bench bench_plugins

Each deal asks for one action as it is opened: `send` over a channel, or an action of a plugin with three arguments, in
a thread of the engine and in a process of the plugin. None does anything at its end, so that what is compared is the
engine's own work, with that of the process. All are done in turns. Then one call of the process by itself.
"""

from __future__ import annotations

import logging
import os
import tempfile
import time
from pathlib import Path
from statistics import median

from voronka.hooks.discovery import Program
from voronka.runtime.plugin_process.pool import Pool
from voronka.runtime.plugin_process.process import Limits
from voronka.testing import TestWorkspace, write_files

DEALS = 300
ROUNDS = 5
CALLS = 2_000

FILES = {
    "configs/people/people.yaml": "roles: {seller: {}}\npeople: {anna: {role: seller}}\n",
    "configs/fields/base.yaml": "set: base\nfields: {amount: {type: money}}\n",
    "configs/templates/hello.en.md": "---\nsubject: Deal {{ number }}\n---\n{{ funnel }}: {{ amount }}\n",
}
FUNNEL = "funnel: sales\nfields: [base]\nstages:\n  new: {{journey: problem, enter: {{do: [{action}]}}}}\n"
BUILT_IN = "{send: {channel: nothing, to: owner, template: hello}}"
PLUGIN = "{bench.nothing: {number: =number, funnel: =funnel, amount: =amount}}"


CODE = """
from voronka.api import ActionType, ChannelType, Label, Plugin, hookimpl

NOTHING = Label.plain("Nothing")


class Nothing:
    def __init__(self, settings, services):
        pass

    def send(self, message):
        pass

    def close(self):
        pass


@hookimpl
def voronka_plugin():
    return Plugin(name="bench", version="1", api=1, label=NOTHING)


@hookimpl
def voronka_channels():
    yield ChannelType(name="bench.nothing", label=NOTHING, open=Nothing)


@hookimpl
def voronka_actions():
    properties = {name: {"x-expression": "any"} for name in ("number", "funnel", "amount")}
    arguments = {"type": "object", "properties": properties}
    yield ActionType(name="bench.nothing", label=NOTHING, arguments=arguments, run=lambda call: None)
"""


def workspace(root: Path, action: str, *, isolated: bool) -> TestWorkspace:
    """Open a workspace whose new deals do `action`."""
    root_file = "workspace: bench\ntimezone: UTC\ncurrency: EUR\nchannels: {nothing: {via: bench.nothing}}\n"
    funnel = FUNNEL.format(action=action)
    own = {"voronka.yaml": root_file, "configs/funnels/sales.yaml": funnel, "plugins/bench.py": CODE}
    write_files(root, {**FILES, **own})
    return TestWorkspace(root, start="2026-03-02 09:00", isolated=isolated)


def processor(opened: TestWorkspace) -> float:
    """Return the seconds of the processor that this process has taken so far, and those of the plugin."""
    taken = time.process_time()
    for pool in opened.client.plugins.processes.pools.values():
        for process in pool.running:
            parts = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            taken += (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")
    return taken


def seconds(opened: TestWorkspace) -> float:
    """Return the processor time it takes to open so many deals and carry out what they ask for."""
    started = processor(opened)
    for _ in range(DEALS):
        opened.execute("deal.create", funnel="sales", fields={"amount": "100", "owner": "anna"})
    opened.settle()
    taken = processor(opened) - started
    effects = opened.query("outbox", limit=DEALS)
    if len(effects) < min(DEALS, 100) or {effect["status"] for effect in effects} != {"sent"}:
        raise RuntimeError("not everything was carried out")
    return taken


def call_alone(root: Path) -> tuple[float, float]:
    """Return the seconds that one call of a process takes by the clock, and how long the first one takes."""
    program = Program(file=str(root / "bench.py"), text=CODE)
    pool = Pool("bench", program, limits=Limits(start=60.0), log=logging.getLogger("bench"), told=print)
    services = {"settings": {}, "secrets": {}, "folder": str(root), "hosts": [], "now": None}
    deal = {"id": "00ff", "number": 1, "funnel": "sales", "stage": "new"}
    given = {"key": "00ff-1", "deal": deal, "arguments": {"number": 1, "funnel": "sales", "amount": "100.00"}}
    said = {"at": "2026-03-02T09:00:00+00:00", "attempt": 1, "services": services}
    request = {"call": "action", "name": "bench.nothing", **given, **said}
    started = time.perf_counter()
    pool.call(request, 10.0)
    first = time.perf_counter() - started
    taken = []
    for _ in range(CALLS):
        started = time.perf_counter()
        pool.call(request, 10.0)
        taken.append(time.perf_counter() - started)
    pool.close()
    return median(taken), first


def main() -> None:
    """Measure all in turns and print the ratios."""
    with tempfile.TemporaryDirectory() as folder:
        ways = {
            "built in: send": (BUILT_IN, False),
            "of a plugin": (PLUGIN, False),
            "in its process": (PLUGIN, True),
        }
        opened = {
            name: workspace(Path(folder) / str(n), action, isolated=isolated)
            for n, (name, (action, isolated)) in enumerate(ways.items())
        }
        opened["in its process"].execute("deal.create", funnel="sales", fields={"owner": "anna"})
        while opened["in its process"].query("outbox")[0]["status"] != "sent":
            opened["in its process"].advance("1 minute")  # a process that is starting counts as no attempt
        taken: dict[str, list[float]] = {name: [] for name in opened}
        for _ in range(ROUNDS + 1):
            for name, each in opened.items():
                taken[name].append(seconds(each))
        for each in opened.values():
            each.close()
        alone, first = call_alone(Path(folder))
    found = {name: median(rounds[1:]) for name, rounds in taken.items()}  # the first round warms up
    peer = found["built in: send"]
    print(f"{'action':<16}{'per second':>12}{'ratio':>8}")
    for name, value in found.items():
        print(f"{name:<16}{DEALS / value:>12,.0f}{value / peer:>8.2f}")
    own = found["of a plugin"]
    print(f"an action of a plugin costs {own / peer:.2f} times a built-in one (at most 1.2 is asked for)")
    print(f"in its process {found['in its process'] / own:.2f} times as much as in a thread, both processes together")
    print(f"one call of a process takes {alone * 1e6:,.0f} µs by the clock (median), the first {first:.2f} s")


if __name__ == "__main__":
    main()
