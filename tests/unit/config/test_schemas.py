"""The schemas are valid, explained in two languages, exemplified, and equal to what is read of a file."""

import ast
import json
import re
from datetime import date
from pathlib import Path

import pytest
import yaml
from jsonschema.validators import Draft202012Validator
from referencing import Registry, Resource

import voronka.config
from tests.unit.config.corpus import workspace_of
from voronka.config import read_workspace
from voronka.config.forms import FORMS
from voronka.config.reader import read_document
from voronka.config.schema import SCHEMA_KINDS, published, source
from voronka.config.shape import check_shape
from voronka.definition.rules import TriggerKind
from voronka.definition.strategy import Sign
from voronka.definition.timed import Rhythm
from voronka.definition.vocabulary import BUILT_IN_COLLECTIONS, BUILT_IN_FIELDS

FOLDER = Path(voronka.config.__file__).parent
ROOT = Path(__file__).parents[3]


def parts(schema, path=""):
    """Yield each schema inside a schema, itself included, with its path."""
    yield path, schema
    for keyword in ("properties", "patternProperties"):
        for name, inner in schema.get(keyword, {}).items():
            yield from parts(inner, f"{path}/{name}")
    for keyword in ("additionalProperties", "items", "propertyNames"):
        if isinstance(schema.get(keyword), dict):
            yield from parts(schema[keyword], f"{path}/{keyword}")


def keys(schema):
    """Yield each key that a file can have, with its path and schema, those of later versions left out."""
    for path, part in parts(schema):
        for name, inner in part.get("properties", {}).items():
            if not inner.get("x-later"):
                yield f"{path}/{name}", inner


@pytest.mark.parametrize("kind", SCHEMA_KINDS)
def test_schema_is_valid(kind):
    Draft202012Validator.check_schema(published(kind))
    Draft202012Validator.check_schema(source(kind))


def test_there_is_a_schema_for_each_kind_and_no_other():
    assert {path.stem for path in (FOLDER / "schemas").glob("*.json")} == {*SCHEMA_KINDS, "common", "decisions"}
    with pytest.raises(KeyError):
        published("campaigns")


@pytest.mark.parametrize("kind", SCHEMA_KINDS)
def test_every_key_is_explained_in_both_languages(kind):
    bare = [
        path
        for path, schema in keys(published(kind))
        if not schema.get("description") or not re.search("[а-я]", schema.get("x-ru", ""))
    ]
    assert bare == []


@pytest.mark.parametrize("kind", SCHEMA_KINDS)
def test_every_example_of_a_key_is_accepted(kind):
    refused = [
        (path, example, error.message)
        for path, schema in [("", published(kind)), *keys(published(kind))]
        for example in schema.get("examples", [])
        for error in Draft202012Validator(schema).iter_errors(example)
    ]
    assert refused == []


@pytest.mark.parametrize("kind", SCHEMA_KINDS)
def test_every_key_has_an_example_or_only_known_values(kind):
    assert [path for path, schema in keys(published(kind)) if not schema.get("examples")] == []


@pytest.mark.parametrize("kind", SCHEMA_KINDS)
def test_the_example_of_a_kind_written_as_yaml_is_read(kind):
    for example in published(kind)["examples"]:
        document = read_document("f.yaml", yaml.safe_dump(example, allow_unicode=True).encode())
        assert document.findings == ()
        assert check_shape(document, kind) == ()


@pytest.mark.parametrize("kind", SCHEMA_KINDS)
def test_every_form_has_words_for_it(kind):
    known = {*FORMS, "no_options"}
    assert {part["x-form"] for _, part in parts(published(kind)) if "x-form" in part} <= known


def test_references_are_resolved_in_what_is_published():
    assert "$ref" not in str([published(kind) for kind in SCHEMA_KINDS])


class Editor11(yaml.SafeLoader):
    """Reads values as YAML 1.1 does, and keys as they are written: an editor looks them up in the schema as text."""

    def construct_mapping(self, node, deep=False):
        return {key.value: self.construct_object(value, deep=True) for key, value in node.value}


class Editor12(Editor11):
    """Reads values as the core schema of YAML 1.2 does."""


Editor12.yaml_implicit_resolvers = {}
for tag, pattern, first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("null", r"null|Null|NULL|~|", ["n", "N", "~", ""]),
):
    Editor12.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(rf"^(?:{pattern})$"), list(first))


def as_json(value):
    """What an editor hands to its JSON Schema validator: a date is a text."""
    if isinstance(value, dict):
        return {key: as_json(each) for key, each in value.items()}
    if isinstance(value, list):
        return [as_json(each) for each in value]
    return value.isoformat() if isinstance(value, date) else value


TRAPS = {
    "workspace": "workspace: acme\ntitle: 2026\nlocale: en\ntimezone: UTC\ncurrency: RUB\ncalendar: off\n",
    "calendars": (
        "calendar: c\ncountry: NO\nhours: {mon-thu: 09:00-18:00, fri: [10:00-13:00]}\noff: [2026-12-31]\nwork: []\n"
    ),
    "people": "roles: {manager: }\npeople: {anna: {name: Yes, role: manager, team: 7}}\n",
    "fields": (
        "set: s\nlabel: 1.10\nfields:\n  a: {type: choice, options: {first: NO, second: {ru: 10:00, en: 0123}}}\n"
        "  b: {type: bool, pii: true, formula: true, help: on}\n"
    ),
    "templates": "subject: 12\n",
    "rules": """
rules:
  a: {trigger: {event: task.done}, where: true, mode: off, do: [{task: {title: yes}}]}
  b: {trigger: {stage: f.1}, of: deals, mode: shadow, do: [{move: won}]}
  c:
    trigger: {schedule: {days: [mon, tue-fri], at: 10:00}}
    closed: true
    again_after: 2 days
    do: [{set: {a: 10:00, b: no}}]
  d: {trigger: {schedule: {every: 5 minutes}}, do: [{set: {a: null}}]}
""",
    "packs": """
pack: p
label: NO
fields: [1, no]
stages: {a: {label: 12, sla: 2 days, probability: 10%, leave: {when: true}}}
timed: {soon: {in: "*", after: 1 day, at: 10:00, when: true, do: [{cancel: no}]}, gone: ~}
transitions: {back: {from: 1, to: no, auto: true, when: true}, on_no_account: null}
""",
    "segments": """
segments: {s: {label: NO, of: deals, where: true}, t: {label: 12, where: 1}}
""",
    "strategy": """
roadmap:
  label: NO
  quarters:
    2027-Q1:
      goals: {g: {kpis: [1, no], owner: on, result: 12, by: 2027-03-01}}
      systems: [NO, 1]
      funnels: [1, no]
  stakeholders: {s: {interest: yes, attitude: neutral}}
  constraints: {c: {remedy: 10:00, goals: [g]}}
scope: {depths: {a: NO, b: 1}, areas: {x: {now: a, then: {2027-Q1: b}}}}
case:
  rate: {value: 20%, low: 0.1, high: 1}
  costs: {c: {amounts: {2027-Q1: 100, 2027-Q2: 1.5}, scales: [1, no]}}
  benefits: {b: {kpi: 1, goal: no, amounts: {2027-Q1: 0}}}
  arguments: [NO, 12]
readiness: {by: on, date: 2026-11-20, answers: {size: {holds: true, response: NO}}}
incentives: {i: {role: 1, kpi: no, counterweight: 2, reward: NO}}
""",
    "playbooks": """
objections: {dear: {ru: Дорого, en: 12}, off_topic: NO}
scripts: {s: {label: NO, stages: [needs], roles: [no], say: 12, questions: {q: {ask: yes, field: a, answers: {no: 1}}}}}
articles: {a: {text: {en: yes}, owner: on, review_on: 2027-06-01}}
""",
    "catalog": """
catalog: c
label: NO
unit: 12
items: {a: NO, b: {ru: 10:00}}
axes: {grade: [first, second], mode: {home: yes}}
tariff: {hit: any, inputs: [item, grade], outputs: [price], rows: [[a, any, 10], [[a, b], first, 1.5], [b, any, 12]]}
own_price: {by: [no]}
""",
    "kpis": """
terms: {t: {label: NO, definition: 12, owner: yes, aliases: [1, on], formula: true}}
kpis:
  a: {definition: d, measure: 1, by: [1, no], good: up, target: 30}
  d: {definition: d, measure: 1, examples: [{rows: {deals: [{a: 1.5, b: no}]}, value: ~}]}
  b:
    definition: {ru: Да, en: yes}
    owner: 7
    effective_from: 2026-07-01
    ratio: {part: count(deals), whole: 1}
    former: [{version: 1, measure: count(deals), effective_from: 2025-01-01}]
    grain: month
    interval: {level: 95%, min_n: 30}
    target: {2026: 30%, 2026-Q4: {value: 1.5, warn: 10, teams: {no: 5}}}
  c: {definition: d, grain: [day, week], interval: none, survival: {from: created, event: won, at: 30 days}, nulls: no}
profit_model: {result: p, parameters: {p: {value: 10, cap: 100%, floor: -1.5}, q: {formula: 1}}}
reviews: {r: {method: kpis, kpis: [1, yes], schedule: {days: [mon], at: 08:00}, owner: on, due_days: 3}}
""",
    "imports": """
import: i
rows: {format: csv, encoding: utf-8, delimiter: ;}
mode: history
into: {funnel: f}
key: a
deal: {owner: {column: 1, map: {007: anna, y: 12}}, amount: 10, active: yes}
stage: {column: s, map: {Won: won}}
""",
    "scenarios": """
scenario: {ru: Да, en: yes}
cases:
  1: {wait: 2 days, at: 10:00, money: 1.10, sent: [], gone: ~, title: yes}
given:
  funnel: f
  at: 2026-03-02 09:00:00
  gates: skip
  owner: =case.title
  account: 7
  contact: {name: NO, zone: 7}
  fields: {a: true, b: 12, c: 1.5, d: no, e: 2026-01-01, f: null, g: =case.money}
  rows: {r: =case.sent, s: [{a: 1, b: yes}]}
  checklist: [1, yes]
steps:
  - advance: =case.wait
  - advance_to: 2026-03-02
  - set: {a: 10:00}
  - row: {collection: r, remove: 1}
  - tick: no
  - untick: [a, 2]
  - log: {kind: 1, at: 2026-03-02 09:00, duration: 1.5}
  - complete: 12
  - import: {mapping: 1, rows: [{a: 1, b: yes, c: 10:00}]}
  - move: won
  - move: {to: 1, set: {a: =case.gone}, as: yes, override: 12}
  - expect: {stage: 1, fields: {a: ~}, timers: {t: 2026-03-02 09:00, u: null, v: [=case.at]}, sent: =case.sent}
  - expect: {tasks: [1, {title: yes, due: 2026-03-02}], ended: {t: fired, u: []}}
  - expect: {refused: [{gate: f.enter.when, unblock: []}], opened: [f, {funnel: 1}]}
""",
    "funnels": """
funnel: f
label: {ru: Да, en: yes}
stages:
  talk:
  offer:
    probability: 40%
    sla: 5 working days
    enter: {when: true, message: NO, require: [amount]}
    timed:
      t: {after: 2 days, at: 10:00, do: [{task: {title: 1, due: today}}]}
      u: {every: 3 days, at: 09:30, at_most: 04, on_missed: skip, do: [{cancel: t}]}
      v: {before: [1 day], from: a, do: [{set: {a: null, b: 12, c: 1.5, d: no, e: 2026-01-01}}]}
transitions: {x: {from: talk, to: won, auto: true, when: 1}, y: {from: '*', to: lost, set: {n: ~}}}
variants: {by: r, cases: {yes: {stages: {talk: null, offer: {sla: null}}}, 12: {transitions: {x: null}}}}
""",
}


@pytest.mark.parametrize("loader", [Editor11, Editor12], ids=["YAML 1.1", "YAML 1.2"])
@pytest.mark.parametrize("kind", SCHEMA_KINDS)
def test_editors_accept_what_is_accepted_here(kind, loader):
    text = TRAPS[kind]
    document = read_document("f.yaml", text.encode())
    assert (document.findings, check_shape(document, kind)) == ((), ())
    seen = as_json(yaml.load(text, Loader=loader))
    assert [error.message for error in Draft202012Validator(published(kind)).iter_errors(seen)] == []


def shipped(kind):
    """Return a validator over the files of the package alone, as an editor has them."""
    files = {path.name: json.loads(path.read_text("utf-8")) for path in (FOLDER / "schemas").glob("*.json")}
    known = Registry().with_resources((name, Resource.from_contents(schema)) for name, schema in files.items())
    return Draft202012Validator(files[f"{kind}.json"], registry=known)


def workspaces():
    for root in [ROOT, *(path.parent for path in ROOT.glob("examples/*/voronka.yaml"))]:
        yield "workspace", root / "voronka.yaml"
        for kind in SCHEMA_KINDS:
            yield from ((kind, path) for path in sorted(root.glob(f"configs/{kind}/*.yaml")))


@pytest.mark.parametrize("loader", [Editor11, Editor12], ids=["YAML 1.1", "YAML 1.2"])
def test_the_shipped_files_alone_accept_every_workspace_here(loader):
    texts = [(kind, path.read_text("utf-8")) for kind, path in workspaces()]
    assert {"workspace", "funnels", "fields", "people", "calendars", "imports", "scenarios"} <= {
        kind for kind, _ in texts
    }
    refused = [
        (kind, error.json_path, error.message)
        for kind, text in [*texts, *TRAPS.items()]
        for error in shipped(kind).iter_errors(as_json(yaml.load(text, Loader=loader)))
    ]
    assert refused == []


def test_the_shipped_files_alone_refuse_an_unknown_key():
    event = {"in": ["a"], "after": "1 day", "do": [{"task": {"title": "T"}}]}
    funnel = {"funnel": "f", "stages": {"a": {}}, "timed": {"t": event}}
    assert shipped("funnels").is_valid(funnel)
    assert not shipped("funnels").is_valid({**funnel, "timed": {"t": {**event, "aftre": "2 days"}}})
    assert not shipped("funnels").is_valid({**funnel, "timed": {"t": {**event, "before": "2 days"}}})


def code():
    for path in [*FOLDER.glob("build*.py"), FOLDER / "declarations.py", FOLDER / "variants.py"]:
        yield from ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def written():
    return {path.rpartition("/")[2] for kind in SCHEMA_KINDS for path, _ in keys(published(kind))}


def test_every_key_of_a_schema_is_known_to_a_builder():
    beside = [
        ast.parse((FOLDER / name).read_text(encoding="utf-8"))
        for name in ("currencies.py", "plugins.py", "workspace.py")
    ]
    nodes = [*code(), *(node for module in beside for node in ast.walk(module))]
    said = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    built_in = [*BUILT_IN_FIELDS.values(), *(BUILT_IN_COLLECTIONS[name].fields for name in ("interactions", "lines"))]
    known = said.union(Rhythm, TriggerKind, Sign, *built_in)
    assert sorted(written() - known) == []


def test_every_key_that_a_builder_asks_for_is_in_a_schema():
    asked = {
        argument.value
        for node in code()
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"get", "key", "at"}
        for argument in node.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }
    assert sorted(asked - written()) == []


def as_written(value):
    """Return the value of an example as a file has it."""
    return yaml.safe_dump(value, allow_unicode=True, default_flow_style=True, width=10_000).strip()


def test_every_example_of_the_action_log_passes_check_in_its_place():
    keys = source("funnels")["$defs"]["action"]["properties"]["log"]["properties"]
    for key, schema in keys.items():
        for example in schema.get("examples", []):
            task = "- task: {title: Approve, due: 1 working day}"
            written = f"- log: {as_written({'kind': 'call', key: example})}\n        {task}"
            files = workspace_of({"case": key, "edit": {"configs/funnels/sales.yaml": {task: written}}})
            assert read_workspace(files).findings == (), (key, example)
