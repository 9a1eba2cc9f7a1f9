"""A plugin tells what is wrong with its part of a configuration; one that cannot is told, and hinders nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plugins.plugin_files import HEAD
from tests.plugins.plugin_workspace import write_workspace
from voronka.config import read_workspace
from voronka.testing import write_files

FILES = {
    "voronka.yaml": (
        "workspace: w\nplugins:\n  shop: {region: north, key: '${env:KEY}'}\nchannels:\n  post: {via: shop, tray: 9}\n"
        "timezone: UTC\ncurrency: RUB\n"
    ),
    "configs/funnels/f.yaml": (
        "funnel: f\nstages:\n  talk:\n    why: analytics\n    enter:\n      do:\n"
        "        - shop: {lines: [{sum: 1}, {sum: = 1 + 1}]}\n"
    ),
}
PLUGIN = """
SETTINGS = {"type": "object", "properties": {"region": {"type": "string"}, "key": {"type": "string"}}}
CHANNEL = {"type": "object", "properties": {"tray": {"type": "integer"}}}
LINE = {"type": "object", "properties": {"sum": {"type": "string", "x-expression": "integer"}}}
ACTION = {"type": "object", "properties": {"lines": {"type": "array", "items": LINE}}}


def told(*path):
    return Objection(path=path, reason=Label.plain("It is wrong."), remedy=Label.plain("Mend it."), suggestion="meant")


def settings(call):
    assert call.values == call.settings == {"region": "north", "key": None}, call
    yield told("region")


def channel(call):
    assert call.settings["region"] == "north" and call.values == {"tray": 9}, call
    yield told("tray")


def action(call):
    assert call.values == {"lines": [{"sum": "1"}, {"sum": None}]}, call
    yield told("lines", 0, "sum")
    yield told("lines", 1, "gone")


@hookimpl
def voronka_plugin():
    label = Label.plain("shop")
    return Plugin(name="shop", version="1.0", api=1, label=label, settings=SETTINGS, check=settings)


@hookimpl
def voronka_channels():
    yield ChannelType(name="shop", label=Label.plain("shop"), open=print, settings=CHANNEL, check=channel)


@hookimpl
def voronka_actions():
    yield ActionType(name="shop", label=Label.plain("shop"), arguments=ACTION, run=print, check=action)
"""


def reading_with(root: Path, plugin: str):
    for path, text in {**FILES, "plugins/shop.py": HEAD + plugin}.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return read_workspace(root)


def test_what_a_plugin_objects_to_is_told_in_its_place(tmp_path):
    reading = reading_with(tmp_path, PLUGIN)

    assert [(each.code, *each.place[:3], each.suggestion) for each in reading.findings] == [
        ("V3136", "configs/funnels/f.yaml", 7, 32, "meant"),
        ("V3136", "configs/funnels/f.yaml", 7, 36, "meant"),
        ("V3136", "voronka.yaml", 3, 18, "meant"),
        ("V3136", "voronka.yaml", 5, 27, "meant"),
    ]
    assert reading.workspace is None


@pytest.mark.parametrize(
    "body",
    [
        'raise ValueError("no")',
        "raise SystemExit",
        "return 5",
        "return [1]",
        "return [Objection(path=1, reason=2, remedy=3)]",
    ],
)
def test_a_check_that_fails_is_named_and_hinders_nothing(tmp_path, body):
    broken = PLUGIN.replace('    yield told("region")', f"    {body}").replace(
        "    yield told(", "    yield from () and ("
    )

    reading = reading_with(tmp_path, broken)

    assert [(each.code, each.place[:3]) for each in reading.findings] == [("V3137", ("voronka.yaml", 3, 3))]
    assert reading.workspace is not None


@pytest.mark.parametrize(
    ("written", "column", "taken"),
    [
        ("shop.go: {what: =stage}", 29, None),
        ("shop.go: {more: {any: [plain, '= upper(stage)']}}", 43, None),
        ("shop.go: {what: ==stage}", 0, {"what": "=stage"}),
        ("shop.go: {what: '= 5', more: {sign: '=>'}}", 0, {"what": "= 5", "more": {"sign": "=>"}}),
        ("shop.go: {sign: =x}", 0, {"sign": "=x"}),
    ],
)
def test_an_expression_in_an_argument_that_takes_none_is_refused(tmp_path, written, column, taken):
    plugin = """
@hookimpl
def voronka_plugin():
    return Plugin(name="shop", version="1.0", api=1, label=Label.plain("shop"))

@hookimpl
def voronka_actions():
    texts = {"type": "object", "properties": {
        "what": {"type": "string"}, "more": {"type": "object"}, "sign": {"enum": ["=x", "=y"]},
    }}
    yield ActionType(name="shop.go", label=Label.plain("go"), arguments=texts, run=print)
"""
    write_workspace(tmp_path, plugins={"shop": HEAD + plugin}, actions=f"{{{written}}}")
    reading = read_workspace(tmp_path)
    assert [(each.code, each.place.column) for each in reading.findings] == ([("V3902", column)] if column else [])
    if taken is not None:
        (action,) = reading.workspace.funnels["sales"].variant(None).first.enter.actions
        assert action.arguments == taken


def test_allowed_hosts_are_known_as_addresses_name_them(tmp_path):
    write_workspace(tmp_path, also='allowed_hosts: [CRM.local, почта.рф, "[0::1]"]\n', plugins={})
    reading = read_workspace(tmp_path)

    assert reading.workspace is not None
    assert reading.workspace.allowed_hosts == {"crm.local", "xn--80a1acny.xn--p1ai", "::1"}


SETTINGS_OF = """
@hookimpl
def voronka_plugin():
    settings = {{"type": "object", "properties": {{"a": {schema}}}}}
    return Plugin(name="shop", version="1.0", api=1, label=Label.plain("shop"), settings=settings)
"""


@pytest.mark.parametrize(
    ("schema", "right", "wrong", "told"),
    [
        ({"type": ["integer", "null"]}, "5", "hello", "not a whole number"),
        ({"type": "integer", "enum": [1, 2]}, "2", "3", "Write one of: 1, 2."),
        ({"type": "boolean", "const": True}, "true", "false", "Write `true`."),
        ({"type": "string", "pattern": "^x"}, "xy", "y", "`y` is not of the form `^x`."),
        ({"type": "string", "minLength": 3}, "abc", "ab", "shorter than 3"),
        ({"type": "string", "maxLength": 3}, "abc", "abcd", "longer than 3"),
        ({"type": "integer", "exclusiveMinimum": 3}, "4", "3", "not more than 3"),
        ({"type": "number", "exclusiveMaximum": 3}, "2.5", "3", "not less than 3"),
        ({"type": "integer", "multipleOf": 5}, "10", "7", "no multiple of 5"),
        ({"type": "array", "items": {"type": "integer"}}, "[3]", "[three]", "not a whole number"),
    ],
    ids=lambda each: ",".join(each) if isinstance(each, dict) else "",
)
def test_what_a_schema_says_of_a_setting_is_checked_and_told_in_its_words(tmp_path, schema, right, wrong, told):
    for written, expected in ((right, 0), (wrong, 1)):
        files = {
            "voronka.yaml": f"workspace: w\nplugins:\n  shop: {{a: {written}}}\ntimezone: UTC\ncurrency: RUB\n",
            "configs/funnels/f.yaml": "funnel: f\nstages: {talk: {why: analytics}}\n",
            "plugins/shop.py": HEAD + SETTINGS_OF.format(schema=schema),
        }
        write_files(tmp_path, files)
        found = read_workspace(tmp_path).findings
        assert (written, len(found)) == (written, expected)
    assert told in f"{found[0].reason} {found[0].remedy}"
