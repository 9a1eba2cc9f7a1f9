"""Decision tables: 24 rows over 4 inputs, beside conditions by hand, zen-engine and SpiffWorkflow (DMN).

    python dev.py bench bench_tables [DECISIONS]

Each decides over the same random inputs, 15 % of them missing; the peers over the first of them, in an environment of
their own. All times are of the processor.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from itertools import product, starmap
from random import Random
from time import process_time

from _peers import told_by_peers

from voronka.definition.tables import DecisionTable, HitPolicy, Input, Output, Row, read_condition
from voronka.expressions import Kind, Type
from voronka.messages import Label

ROLES, REGIONS = ("dealer", "kit", "integrator"), ("north", "south")
LOADS, SIZES = ("< 60", ">= 60"), ("< 100", ">= 100")
INPUTS = (
    Input(text="load", type=Type(Kind.INTEGER)),
    Input(text="size", type=Type(Kind.INTEGER)),
    Input(text="role", type=Type(Kind.CHOICE, ROLES)),
    Input(text="region", type=Type(Kind.CHOICE, REGIONS)),
)
PEERS = ("zen-engine", "SpiffWorkflow")
FOR_PEERS = 10_000
CELLS = tuple(product(LOADS, SIZES, ROLES, REGIONS))
Deal = tuple[int | None, int | None, str | None, str | None]


def voronka() -> Callable[..., object]:
    """Return our table as a function of a deal."""
    rows = tuple(
        Row(
            conditions=tuple(
                read_condition(cell, of.type.kind, int if of.type.kind is Kind.INTEGER else str)
                for cell, of in zip(cells, INPUTS, strict=True)
            ),
            results=(number,),
        )
        for number, cells in enumerate(CELLS)
    )
    output = Output(name="limit", type=Type(Kind.INTEGER), label=Label.plain("limit"))
    table = DecisionTable(
        name="t", label=Label.plain("t"), hit=HitPolicy.FIRST, inputs=INPUTS, outputs=(output,), rows=rows
    )
    return table.decision(output, "t.limit").function


def hand_written() -> Callable[..., object]:
    """Return what a programmer would write: a chain of conditions over the same rows, in their order."""
    lines = ["def decide(load, size, role, region):"]
    for number, (load, size, role, region) in enumerate(CELLS):
        lines += [
            (
                f"    if load is not None and load {load} and size is not None and size {size}"
                f" and role == {role!r} and region == {region!r}:"
            ),
            f"        return {number}",
        ]
    scope: dict[str, Callable[..., object]] = {}
    exec("\n".join(lines), scope)
    return scope["decide"]


def deals(count: int) -> list[Deal]:
    """Return random deals, 15 % of each value missing."""
    random = Random(1)

    def some(draw: Callable[[], object]) -> object:
        return None if random.random() < 0.15 else draw()

    return [
        (
            some(lambda: random.randrange(100)),
            some(lambda: random.randrange(200)),
            some(lambda: random.choice(ROLES)),
            some(lambda: random.choice(REGIONS)),
        )
        for _ in range(count)
    ]  # type: ignore[return-value] # drawn as the inputs are


def measured(decide: Callable[..., object], over: Sequence[Deal]) -> tuple[float, list[object]]:
    """Return decisions a second of processor time, the best of three runs, and the decisions."""
    best = 0.0
    for _ in range(3):
        begun = process_time()
        found = list(starmap(decide, over))
        best = max(best, len(over) / (process_time() - begun))
    return best, found


def main() -> None:
    """Print decisions a second, and how many times slower each peer is."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    over = deals(count)
    ours, expected = measured(voronka(), over)
    print(f"{len(CELLS)} rows, {len(INPUTS)} inputs, {count:,} decisions, 15 % of the values missing")
    print(f"  {'Voronka':24} {ours:14,.0f} /s")
    by_hand, found = measured(hand_written(), over)
    told("conditions by hand", by_hand, ours, sum(a != b for a, b in zip(found, expected, strict=True)))
    names = [each.text for each in INPUTS]
    work = {"names": names, "cells": CELLS, "deals": over[:FOR_PEERS], "right": expected[:FOR_PEERS]}
    for peer in told_by_peers("_table_peers.py", PEERS, work):
        if "fault" in peer:
            print(f"  {peer['peer']:24} {peer['fault']}")
        else:
            told(peer["peer"], 1 / peer["each"], ours, peer["wrong"])


def told(name: str, peer: float, ours: float, wrong: int) -> None:
    """Print decisions a second of a peer."""
    print(f"  {name:24} {peer:14,.0f} /s   {ours / peer:9.2f} x slower, {wrong} other decisions")


if __name__ == "__main__":
    main()
