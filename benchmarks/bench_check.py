"""How long a check of a large workspace takes, kind by kind, beside PyYAML and jsonschema over the same files.

python benchmarks/bench_check.py [KIND…]

`check` reads, checks and builds a workspace that lies in memory. The peer only loads the same files with PyYAML's
SafeLoader and holds them against the same schemas with jsonschema. Processor time, the best of several rounds: others
on the machine do not count.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import process_time

import yaml
from jsonschema import Draft202012Validator
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parent))

from _large_workspaces import (
    Files,
    reference,
    with_fields,
    with_funnels,
    with_lines,
    with_rules,
    with_scenarios,
    with_templates,
)

from voronka.config import read_workspace
from voronka.config.files import kind_of
from voronka.config.schema import published

ROUNDS = 3
LONG = 5.0
"""After so many seconds there is no further round."""
KINDS: dict[str, tuple[str, Callable[[], Files]]] = {
    "reference": ("the reference workspace", reference),
    "lines": ("2,000 lines: nine funnels like the reference one", lambda: with_lines(2_000)),
    "rules": ("1,000 rules more", lambda: with_rules(1_000)),
    "funnels": ("50 funnels of 20 stages more, 10 timed events each", lambda: with_funnels(50, 20, 10)),
    "fields": ("1,000 fields more", lambda: with_fields(1_000)),
    "templates": ("200 templates more, each sent by a rule", lambda: with_templates(200)),
    "scenarios": ("200 scenarios", lambda: with_scenarios(200)),
}


def seconds(action: Callable[[], object]) -> float:
    """Return the processor time that an action takes when it is done over and over: the least of several rounds."""
    spent: list[float] = []
    while len(spent) <= ROUNDS and sum(spent) < LONG:
        start = process_time()
        action()
        spent.append(process_time() - start)
    return min(spent)


def loaded(files: Files) -> list[object]:
    """Return what PyYAML makes of the files, and nothing of those that are no YAML."""
    return [yaml.safe_load(text) for path, text in files.items() if path.endswith(".yaml")]


def checked(files: Files) -> int:
    """Load the files and return how many faults jsonschema finds; scalars typed by YAML are among them."""
    validators = {kind: Draft202012Validator(published(kind)) for kind in {kind_of(path) for path in files}}
    yamls = [path for path in files if path.endswith(".yaml")]
    return sum(
        len(list(validators[kind_of(path)].iter_errors(data))) for path, data in zip(yamls, loaded(files), strict=True)
    )


def main(names: list[str]) -> None:
    table = Table("what", "lines", "check, ms", "PyYAML, ms", "and jsonschema, ms", "of the peer", "findings")
    for column in table.columns[1:]:
        column.justify = "right"
    for name in names or KINDS:
        title, build = KINDS[name]
        files = build()
        check = partial(read_workspace, files, scenarios=name == "scenarios")
        mine, parse, peer = seconds(check), seconds(partial(loaded, files)), seconds(partial(checked, files))
        table.add_row(
            title,
            str(sum(text.count(b"\n") for text in files.values())),
            *(f"{value * 1000:.0f}" for value in (mine, parse, peer)),
            f"{mine / peer:.2f}",
            str(len(check().findings)),
        )
    Console(width=120).print(table)


if __name__ == "__main__":
    main(sys.argv[1:])
