"""The examples that the reference of the language shows of KPIs: each is accepted, and gives what it says."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path

import pytest
import yaml

from voronka.bootstrap import reference_workspace
from voronka.config import read_workspace
from voronka.config.schema import source
from voronka.metrics.kpi.examples import wrong_examples

SCHEMA = source("kpis")["$defs"]
METHODS = frozenset(
    (
        *("measure", "ratio", "derived", "cumulative", "stock", "conversion", "funnel", "time_in_stage", "bottleneck"),
        *("per_success", "survival", "decomposition", "hygiene", "spread", "forecast"),
    )
)
TIMED = frozenset({"measure", "ratio"})
VERSIONED = frozenset({"version", "effective_from", "former"})


def shown(subject):
    """Yield the keys of a KPI, or of a term, each with one of its examples."""
    for key, schema in SCHEMA[subject]["properties"].items():
        named = SCHEMA.get(schema.get("$ref", "").removeprefix("#/$defs/"), {})
        for example in schema.get("examples") or named.get("examples", ()):
            yield key, example


def whole(subject, key, example):
    """Return the example of the whole with a key as its own example has it."""
    made = deepcopy(SCHEMA[subject]["examples"][0])
    if key in METHODS:
        del made["ratio"]
        if key not in TIMED:
            del made["time"]
    if key in VERSIONED:
        made |= {"version": 2, "effective_from": "2026-07-01", "former": SCHEMA["former"]["examples"]}
    return {**made, key: example}


@pytest.fixture(scope="module")
def reading():
    root = reference_workspace()
    kpis = [whole("kpi", key, example) for key, example in shown("kpi")]
    kpis += [{**SCHEMA["kpi"]["examples"][0], "examples": [each]} for each in SCHEMA["example"]["examples"]]
    terms = [whole("term", key, example) for key, example in shown("term")]
    tried = {
        kind: {f"tried_{kind}_{number}": {**each, "label": f"{kind} {number}"} for number, each in enumerate(all_)}
        for kind, all_ in (("kpis", kpis), ("terms", terms))
    }
    # Written by way of JSON, so that nothing is said in two places by an anchor.
    text = yaml.safe_dump(json.loads(json.dumps(tried)), allow_unicode=True, sort_keys=False)
    files = {path.relative_to(root).as_posix(): path.read_bytes() for path in configured(root)}
    return read_workspace({**files, "configs/kpis/tried.yaml": text.encode()})


def configured(root: Path):
    return [root / "voronka.yaml", *(path for path in (root / "configs").rglob("*") if path.is_file())]


def test_every_example_of_a_kpi_passes_check(reading):
    assert [(each.code, str(each.reason)) for each in reading.findings] == []
    assert len(reading.workspace.kpis) > 50


def test_every_example_of_data_gives_what_it_says(reading):
    assert list(wrong_examples(reading.workspace)) == []
    assert sum(bool(kpi.examples) for name, kpi in reading.workspace.kpis.items() if name.startswith("tried")) == 2
