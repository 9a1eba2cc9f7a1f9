"""What an editor gets accepts what `check` accepts, refuses what it refuses, and offers the workspace's names."""

import json
from functools import cache

import pytest
import yaml
from jsonschema.validators import Draft7Validator

from tests.unit.config.corpus import BAD, cases, workspace_of
from tests.unit.config.test_schemas import ROOT, TRAPS, Editor11, Editor12, as_json, parts
from voronka.config.editor.names import WorkspaceNames
from voronka.config.editor.schemas import DRAFT, editor_schema
from voronka.config.editor.workspace_schemas import WorkspaceFiles, WorkspaceSchemas
from voronka.config.files import kind_of
from voronka.config.reader import read_document
from voronka.config.schema import SCHEMA_KINDS, published
from voronka.hooks.host import Host

NONE = WorkspaceNames([], {}).within(None)
OTHER_FILE = "what the field takes is declared in another file"
MERGED = "a case is a change: only the funnel with the case merged in is wrong"
BEYOND_A_SCHEMA = {  # why an editor cannot see it: a schema is about one file and one place
    "money with spaces and a decimal comma": OTHER_FILE,
    "a list for a field of one value": OTHER_FILE,
    "a switch in Russian": OTHER_FILE,
    "a case's value where a list belongs": "what a value of the table is for shows where it is put in",
    "a case gives a gate both kinds of conditions": MERGED,
    "a case gives a timed event a second rhythm": MERGED,
    "a pack whose event says no stage": MERGED,
}


@cache
def bare(kind):
    return editor_schema(kind, NONE, "en")


@cache
def validators():
    """Return what checks a file by the name of its schema, where only the bundled plugins are."""
    no_files = WorkspaceFiles(contents={}, documents={}, templates={}, unread=())
    contents = WorkspaceSchemas(no_files, "en", Host.of(None)).contents
    return {name: Draft7Validator(schema) for name, schema in contents.items()}


@cache
def reference_names(funnel=None):
    files = WorkspaceFiles.read(ROOT)
    return WorkspaceNames(files.documents.values(), files.templates).within(funnel)


@cache
def react():
    return editor_schema("funnels", reference_names("react"), "en")


@cache
def strategy():
    return editor_schema("strategy", reference_names(), "ru")


class Editor11WithKeys(Editor11):
    """Reads keys as YAML 1.1 does too, and looks them up as JSON writes them: `off` is `false`."""

    def construct_mapping(self, node, deep=False):
        def key(each):
            value = self.construct_object(each)
            return json.dumps(value) if isinstance(value, bool) else each.value

        return {key(name): self.construct_object(value, deep=True) for name, value in node.value}


READERS = pytest.mark.parametrize(
    "loader", [Editor11, Editor11WithKeys, Editor12], ids=["YAML 1.1", "YAML 1.1 with keys", "YAML 1.2"]
)


def put(root, files):
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    return WorkspaceFiles.read(root)


def faults(schema, text, loader=Editor12):
    return faults_by(Draft7Validator(schema), text, loader)


def faults_by(validator, text, loader=Editor12):
    found = validator.iter_errors(as_json(yaml.load(text, Loader=loader)))
    return [f"{error.json_path}: {error.message}" for error in found]


def at(schema, *path):
    """The part of a schema where these keys lead, references followed."""
    part = schema
    for step in path:
        part = part[step]
        while "$ref" in part:
            part = schema["definitions"][part["$ref"].removeprefix("#/definitions/")]
    return part


def offered(schema, *path):
    """The names offered at a place, with what is said about each."""
    offer = at(schema, *path, "anyOf", 0)
    return dict(zip(offer["enum"], offer["enumDescriptions"], strict=True))


@pytest.fixture(
    scope="module", params=[ROOT, *sorted((ROOT / "examples").iterdir()), BAD / "base"], ids=lambda each: each.name
)
def workspace(request):
    files = WorkspaceFiles.read(request.param)
    return files, WorkspaceSchemas(files, "en")


@READERS
def test_the_files_of_every_workspace_here_are_accepted(workspace, loader):
    files, schemas = workspace
    assert schemas.of_file.keys() == files.documents.keys()
    refused = {
        path: found
        for path, name in schemas.of_file.items()
        if (found := faults(schemas.contents[name], files.documents[path][1].text, loader))
    }
    assert refused == {}


@READERS
@pytest.mark.parametrize("kind", [kind for kind in SCHEMA_KINDS if kind in TRAPS])
def test_what_a_reader_of_yaml_makes_of_a_text_is_accepted(kind, loader):
    assert faults(bare(kind), TRAPS[kind], loader) == []


@READERS
def test_norwegian_is_a_language(loader):
    text = "workspace: w\ntimezone: UTC\ncurrency: NOK\nlocale: no\ntitle: {no: Norge, en: Norway}\n"
    assert faults(bare("workspace"), text, loader) == []


def wrong_shapes():
    """Each bad file that is YAML and has a wrong shape: the case, the kind of file, its text."""
    for case in cases():
        wrong = {found.split()[1].split(":")[0] for found in case["expect"] if found.startswith("V2")}
        for path in sorted(wrong):
            content = workspace_of(case)[path]
            if kind_of(path) != "templates" and read_document(path, content).root is not None:
                yield pytest.param(case["case"], kind_of(path), content.decode(), id=case["case"])


@pytest.mark.parametrize(("case", "kind", "text"), list(wrong_shapes()))
def test_a_wrong_shape_is_refused_in_the_editor_too(case, kind, text):
    assert bool(faults_by(validators()[f"{kind}.json"], text)) == (case not in BEYOND_A_SCHEMA)


@pytest.mark.parametrize("kind", SCHEMA_KINDS)
@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_schema_is_plain_json_schema_of_draft_7(kind, language):
    schema = editor_schema(kind, reference_names(), language)
    assert schema["$schema"] == DRAFT
    Draft7Validator.check_schema(schema)
    text = json.dumps(schema)
    assert '"x-' not in text
    assert '"$defs"' not in text
    assert '"dependentRequired"' not in text


TRANSITION = ("properties", "transitions", "additionalProperties", "properties")
TO = (*TRANSITION, "to")
SET = (*TRANSITION, "set")


def test_a_recurring_part_is_written_once():
    assert len(json.dumps(react())) < len(json.dumps(published("funnels")))
    parts_of = [json.dumps(each) for each in react()["definitions"].values()]
    assert len(set(parts_of)) == len(parts_of)


def test_every_kind_of_name_that_a_schema_asks_for_is_known():
    asked = {
        kind
        for each in SCHEMA_KINDS
        for _, part in parts(published(each))
        for kind in (*part.get("x-names", ()), *part.get("propertyNames", {}).get("x-names", ()))
    }
    assert asked <= NONE.keys()
    assert {"stage", "field", "role", "user", "template", "funnel", "channel"} <= asked


def test_a_key_of_a_later_version_is_not_offered():
    assert "variants" in react()["properties"]
    assert published("funnels")["properties"]["plugins"]["x-later"]
    assert "plugins" not in react()["properties"]


def test_the_stages_of_the_funnel_are_offered_with_their_labels():
    stages = offered(react(), *TO)
    assert stages["needs"] == "Needs"
    assert stages["diagnosis"] == "Diagnosis"  # which a case inserts
    assert stages["documentation"] == "In the project documentation"  # which a pack of a case brings
    assert "qualification" not in stages  # a stage of another funnel


def test_a_file_about_no_known_funnel_is_offered_the_stages_of_all_with_the_funnel():
    schema = editor_schema("funnels", reference_names(), "en")
    assert offered(schema, *TO)["needs"] == "Needs (react)"
    assert offered(schema, *TO)["qualification"] == "Qualification (reach)"


IN_CASE = ("case", "properties")
AREA = ("scope", "properties", "areas", "additionalProperties", "properties")
STRATEGY = {
    "a goal that a constraint holds back": (
        ("roadmap", "properties", "constraints", "additionalProperties", "properties", "goals", "items"),
        "goal",
    ),
    "the goal of a benefit": ((*IN_CASE, "benefits", "additionalProperties", "properties", "goal"), "goal"),
    "what a sum scales with": (
        (*IN_CASE, "costs", "additionalProperties", "properties", "scales", "items"),
        "assumption",
    ),
    "the depth of today": ((*AREA, "now"), "depth"),
    "a depth to come": ((*AREA, "then", "additionalProperties"), "depth"),
}
IN_STRATEGY = {
    "goal": ("proven_offers", "Предложения с доказательством (2027-Q2)"),
    "assumption": ("effort", "Трудоёмкость к плану"),
    "depth": ("steered", "Ведут правила"),
}


@pytest.mark.parametrize("case", STRATEGY)
def test_names_of_the_strategy_are_offered(case):
    path, kind = STRATEGY[case]
    name, described = IN_STRATEGY[kind]
    assert offered(strategy(), "properties", *path)[name] == described


def test_labels_are_told_in_the_language_asked_for():
    schema = editor_schema("funnels", reference_names("react"), "ru")
    assert offered(schema, "properties", "owner")["head_of_sales"] == "Руководитель отдела продаж"
    assert at(schema, "properties", "stages")["description"].startswith("Этапы")


def test_a_field_that_can_be_set_is_offered_with_its_options():
    fields = at(react(), *SET)["properties"]
    assert "margin" not in fields  # computed
    assert fields.keys() >= {"amount", "loss_reason", "contact.status"}
    assert "no_answer" in offered(react(), *SET, "properties", "loss_reason")
    assert at(react(), *SET, "properties", "loss_reason")["description"] == "Reason of loss (choice)"


def test_an_expression_is_said_to_be_one_with_its_page():
    when = at(react(), *TRANSITION, "when")
    assert "docs/expressions.md" in when["markdownDescription"]


def test_a_text_of_a_wrong_form_is_answered_in_words():
    sla = at(react(), "properties", "stages", "additionalProperties", "properties", "sla")
    assert "2 days" in sla["patternErrorMessage"]


def test_any_other_name_is_accepted_for_it_may_be_new():
    text = "funnel: react\nstages: {a: }\ntransitions: {x: {from: a, to: just_written}}\n"
    assert faults(react(), text) == []


def test_names_are_offered_though_other_files_and_other_parts_are_wrong(tmp_path):
    files = put(
        tmp_path,
        {
            "voronka.yaml": b"workspace: [",
            "configs/people/team.yaml": b"roles: {boss: {label: Boss}, clerk: }\npeople: {ann: {rol: boss}}\n",
            "configs/funnels/sales.yaml": b"funnel: sales\nstages:\n  talk: {label: Talk, probabilty: 10%}\n  offer:\n",
            "configs/fields/base.yaml": b"set: base\nfields: {amount: {type: monye}, why: {options: [a, b]}}\n",
        },
    )
    names = WorkspaceNames(files.documents.values(), files.templates).within("sales")
    assert files.unread == ("voronka.yaml",)
    assert [each.described("en") for each in names["role"]] == ["Boss", ""]
    assert [each.name for each in names["stage"]] == ["talk", "offer", "won", "lost"]
    assert {"amount", "why"} <= {each.name for each in names["field to set"]}
    assert {each.name: [value.name for value in each.values] for each in names["field"]}["why"] == ["a", "b"]


PLUGIN = """
from voronka.hooks.actions import ActionResult, ActionType
from voronka.hooks.hookspecs import API_VERSION, hookimpl
from voronka.hooks.plugin import Plugin
from voronka.messages import Label


@hookimpl
def voronka_plugin():
    settings = {"type": "object", "properties": {"city": {"type": "string"}}, "additionalProperties": False}
    return Plugin(name="erp", version="1", api=API_VERSION, label=Label({"en": "Books"}), settings=settings)


@hookimpl
def voronka_actions():
    arguments = {
        "type": "object",
        "properties": {"code": {"type": "string"}, "sum": {"type": "number", "x-expression": "any"}},
        "additionalProperties": False,
    }
    label = Label({"en": "Export the contact", "ru": "Выгрузить контакт"})
    yield ActionType(name="erp.export", label=label, arguments=arguments, run=lambda call: ActionResult())
"""


@pytest.mark.parametrize(
    ("arguments", "right"),
    [
        ("{}", True),
        ("{code: 0077, sum: 12.5}", True),
        ("{sum: =amount * 2}", True),
        ("{sum: much}", False),
        ("{su: 1}", False),
    ],
)
def test_an_action_of_a_plugin_is_offered_and_its_arguments_are_checked(arguments, right, tmp_path):
    text = f"funnel: sales\nstages: {{a: {{enter: {{do: [{{erp.export: {arguments}}}]}}}}}}\n"
    files = put(
        tmp_path,
        {
            "voronka.yaml": b"workspace: w\ntimezone: UTC\ncurrency: RUB\n",
            "configs/funnels/sales.yaml": b"funnel: sales\nstages: {a: }\n",
            "plugins/erp.py": PLUGIN.encode(),
        },
    )
    schemas = WorkspaceSchemas(files, "ru", Host.of(tmp_path))
    assert (faults(schemas.contents["funnels.sales.json"], text) == []) == right
    assert "Выгрузить контакт" in json.dumps(schemas.contents["funnels.json"], ensure_ascii=False)
    workspace = schemas.contents["workspace.json"]
    assert at(workspace, "properties", "plugins")["properties"].keys() >= {"erp"}


def test_the_dates_of_rows_are_offered_to_count_from():
    fields = "set: own\ncollections: {lessons: {fields: {day: {type: date, label: Day}, price: {type: money}}}}\n"
    documents = [
        ("fields", read_document("f.yaml", fields.encode())),
        ("funnels", read_document("g.yaml", b"funnel: g")),
    ]
    names = {each.name: each.about for each in WorkspaceNames(documents, {}).within("g")["date"]}
    assert names["day"] == "lessons"
    assert "price" not in names
