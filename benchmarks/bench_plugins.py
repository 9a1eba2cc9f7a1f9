"""An action that a plugin brings beside a built-in one: the whole way from the command to the settled effect.

    python dev.py bench bench_plugins

Each deal asks for one action as it is opened: `send` over a channel, or an action of a plugin with three arguments.
Neither does anything at its end, so that what is compared is the engine's own work. Both are done in turns.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from voronka.api import ActionType, ChannelType, Label, Message, Plugin, Services, hookimpl
from voronka.testing import TestWorkspace, write_files

DEALS = 300
ROUNDS = 5

FILES = {
    "configs/people/people.yaml": "roles: {seller: {}}\npeople: {anna: {role: seller}}\n",
    "configs/fields/base.yaml": "set: base\nfields: {amount: {type: money}}\n",
    "configs/templates/hello.en.md": "---\nsubject: Deal {{ number }}\n---\n{{ funnel }}: {{ amount }}\n",
}
FUNNEL = "funnel: sales\nfields: [base]\nstages:\n  new: {{journey: problem, enter: {{do: [{action}]}}}}\n"
BUILT_IN = "{send: {channel: nothing, to: owner, template: hello}}"
PLUGIN = "{bench.nothing: {number: =number, funnel: =funnel, amount: =amount}}"


class Nothing:
    """A channel at whose end nothing happens."""

    def send(self, message: Message) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Hold nothing."""


class Bench:
    """The plugin that brings both ends."""

    @hookimpl
    def voronka_plugin(self) -> Plugin:
        """Tell who it is."""
        return Plugin(name="bench", version="1", api=1, label=Label.plain("Bench"))

    @hookimpl
    def voronka_channels(self) -> list[ChannelType]:
        """Declare the channel."""

        def opened(settings: Any, services: Services) -> Nothing:
            return Nothing()

        return [ChannelType(name="bench.nothing", label=Label.plain("Nothing"), open=opened)]

    @hookimpl
    def voronka_actions(self) -> list[ActionType]:
        """Declare the action."""
        properties = {name: {"x-expression": "any"} for name in ("number", "funnel", "amount")}
        arguments = {"type": "object", "properties": properties}
        nothing = ActionType(name="bench.nothing", label=Label.plain("Nothing"), arguments=arguments, run=_nothing)
        return [nothing]


def _nothing(call: Any) -> None:
    return None


def workspace(root: Path, action: str) -> TestWorkspace:
    """Open a workspace whose new deals do `action`."""
    root_file = "workspace: bench\ntimezone: UTC\ncurrency: EUR\nchannels: {nothing: {via: bench.nothing}}\n"
    write_files(root, {**FILES, "voronka.yaml": root_file, "configs/funnels/sales.yaml": FUNNEL.format(action=action)})
    return TestWorkspace(root, start="2026-03-02 09:00", plugins=[Bench()])


def seconds(opened: TestWorkspace) -> float:
    """Return the processor time it takes to open so many deals and carry out what they ask for."""
    started = time.process_time()
    for _ in range(DEALS):
        opened.execute("deal.create", funnel="sales", fields={"amount": "100", "owner": "anna"})
    opened.settle()
    taken = time.process_time() - started
    effects = opened.query("outbox", limit=DEALS)
    if len(effects) < min(DEALS, 100) or {effect["status"] for effect in effects} != {"sent"}:
        raise RuntimeError("not everything was carried out")
    return taken


def main() -> None:
    """Measure both in turns and print the ratio."""
    with tempfile.TemporaryDirectory() as folder:
        ways = {"built in: send": BUILT_IN, "of a plugin": PLUGIN}
        opened = {name: workspace(Path(folder) / str(n), action) for n, (name, action) in enumerate(ways.items())}
        taken: dict[str, list[float]] = {name: [] for name in opened}
        for _ in range(ROUNDS + 1):
            for name, each in opened.items():
                taken[name].append(seconds(each))
        for each in opened.values():
            each.close()
    found = {name: median(rounds[1:]) for name, rounds in taken.items()}  # the first round warms up
    peer, own = found.values()
    print(f"{'action':<16}{'per second':>12}{'ratio':>8}")
    for name, value in found.items():
        print(f"{name:<16}{DEALS / value:>12,.0f}{value / peer:>8.2f}")
    print(f"an action of a plugin costs {own / peer:.2f} times a built-in one (at most 1.2 is asked for)")


if __name__ == "__main__":
    main()
