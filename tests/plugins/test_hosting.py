"""Finding, loading and isolating plugins."""

from __future__ import annotations

import inspect
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from tests.plugins.plugin_files import HEAD, host_of, write_plugin
from voronka import api
from voronka.cli.main import COMMANDS
from voronka.hooks import hookspecs
from voronka.hooks.actions import ActionType
from voronka.hooks.channels import ChannelType
from voronka.hooks.declarations import HOOKS
from voronka.hooks.discovery import Origin, installed
from voronka.hooks.host import Host

GOOD = """\
@hookimpl
def voronka_actions():
    yield ActionType(name="good", label=Label.plain("Good"), arguments={"type": "object"}, run=lambda call: None)
"""

# What a plugin's hook gives if all is well, by hook.
SOUND = {
    "voronka_actions": 'ActionType(name="bad.it", label=LABEL, arguments={"type": "object"}, run=print)',
    "voronka_channels": 'ChannelType(name="bad.it", label=LABEL, open=print)',
    "voronka_sources": 'SourceType(name="bad.it", label=LABEL, fetch=print)',
    "voronka_importers": 'RowFormat(name="bad.it", label=LABEL, read=print)',
    "voronka_functions": 'ExpressionFunction(name="bad.it", parameters=(), result=Kind.TEXT, call=str)',
    "voronka_calendars": 'CalendarSource(name="bad.it", label=LABEL, year=print)',
    "voronka_commands": 'CommandGroup(name="bad", label=LABEL, make=print)',
    "voronka_health": 'HealthCheck(name="bad.it", label=LABEL, check=print)',
}
LABELLED = 'import threading\n\nNEVER = threading.Event()\nLABEL = Label.plain("It")\n\n'

WAYS = {
    "raises": ("raise RuntimeError('no luck')", "no luck"),
    "raises what is no error": ("raise SystemExit(3)", "SystemExit"),
    "returns nothing": ("return None", "returned NoneType"),
    "returns a text": ("return 'nonsense'", "returned str"),
    "returns a mapping": ("return {'a': 1}", "returned dict"),
    "returns one alone": ("return SOUND", "give it by `yield`, or in a list"),
    "returns something else inside": ("return [42]", "returned int"),
    "never ends giving": ("while True:\n        yield SOUND", "twice"),
    "gives one thing twice": ("return [SOUND, SOUND]", "twice"),
}


def identity(parts: str) -> str:
    return f"@hookimpl\ndef voronka_plugin():\n    return Plugin(api=1, {parts})"


def settings(code: str, schema: str) -> str:
    parts = f"name='bad', version='1', label=Label.plain('x'), settings={schema}"
    return f"{code}\n\n{identity(parts)}"


def action(arguments: str = '{"type": "object"}', **parts: str) -> str:
    given = {"name": '"bad.it"', "label": "LABEL", "run": "print", **parts}
    return f"ActionType(arguments={arguments}, {', '.join(f'{name}={part}' for name, part in given.items())})"


def test_every_hook_has_its_declaration():
    hooks = {name for name in vars(hookspecs) if name.startswith("voronka_")}
    assert hooks == {"voronka_plugin", *HOOKS}


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("way", WAYS)
def test_a_plugin_whose_hook_fails_is_left_out_and_named(tmp_path: Path, caplog, hook, way):
    body, told = WAYS[way]
    code = f"{LABELLED}SOUND = {SOUND[hook]}\n\n@hookimpl\ndef {hook}():\n    {body}\n"
    write_plugin(tmp_path, "bad", code)
    write_plugin(tmp_path, "good", GOOD)
    host = host_of(tmp_path)
    bad, good = host.plugins()
    assert (bad.name, bad.place, bad.declared) == ("bad", "plugins/bad.py", {})
    assert told in str(bad.fault)
    assert hook in str(bad.fault)
    assert good.fault is None
    assert host.find(ActionType, "good") is not None
    assert "The plugin bad (plugins/bad.py) is left out" in caplog.text


@pytest.mark.parametrize("hook", HOOKS)
def test_a_plugin_whose_hook_hangs_is_left_out_after_its_time(tmp_path: Path, caplog, hook):
    write_plugin(tmp_path, "bad", f"{LABELLED}@hookimpl\ndef {hook}():\n    NEVER.wait()\n")
    bad = host_of(tmp_path, seconds=0.05).plugin("bad")
    assert bad is not None
    assert bad.declared == {}
    assert "no answer within 0.05 s" in str(bad.fault)
    assert "The plugin bad (plugins/bad.py) is left out" in caplog.text


@pytest.mark.parametrize("hook", HOOKS)
def test_what_a_hook_declares_is_found_by_its_name(tmp_path: Path, hook):
    write_plugin(tmp_path, "bad", f"{LABELLED}\n@hookimpl\ndef {hook}():\n    return [{SOUND[hook]}]\n")
    host = host_of(tmp_path)
    (state,) = host.plugins()
    assert state.fault is None
    (declared,) = state.declarations
    assert host.find(HOOKS[hook], declared.name) is declared
    assert host.all(HOOKS[hook])[declared.name] is declared


SAID = identity("name='bad', version='1', label=Label.plain('x')") + "\n\n"


@pytest.mark.parametrize(
    ("hook", "parts", "told"),
    [
        ("voronka_channels", 'ChannelType(name="bad.it", label=LABEL, open=len)', "2 arguments"),
        ("voronka_sources", 'SourceType(name="bad.it", label=LABEL, fetch=print, acknowledge=len)', "2 arguments"),
        ("voronka_functions", 'ExpressionFunction(name="bad.it", parameters=(), result=Kind.TEXT, call=len)', "0 arg"),
        ("voronka_commands", 'CommandGroup(name="bad", label=LABEL, make=len)', "0 arguments"),
    ],
)
def test_what_cannot_be_called_keeps_its_plugin_out(tmp_path: Path, hook, parts, told):
    write_plugin(tmp_path, "bad", f"{LABELLED}\n@hookimpl\ndef {hook}():\n    yield {parts}\n")
    (state,) = host_of(tmp_path).plugins()
    assert f"takes (obj, /) and is called with {told}" in str(state.fault)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("raise ImportError('nothing here')", "nothing here"),
        ("import nowhere_at_all", "nowhere_at_all"),
        ("def broken(:", "SyntaxError"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("x = 1", "voronka_plugin"),
        ("@hookimpl\ndef voronka_plugin():\n    return 'me'", "returned str, not Plugin"),
        ("@hookimpl\ndef voronka_plugin(config):\n    return 'me'", "do not fit"),
        ("def voronka_plugin():\n    return 'me'", "voronka_plugin is not marked with @hookimpl"),
        (f"{SAID}def voronka_actions():\n    return []", "voronka_actions is not marked with @hookimpl"),
        (f"{SAID}@hookimpl\nasync def voronka_actions():\n    yield 1", "returned async_generator"),
        ("@hookimpl\ndef voronka_acton():\n    return []", "Did you mean voronka_actions"),
        (identity("name='odd', version='1', label=Label.plain('x')"), "odd"),
        (identity("name='bad', version=1, label=Label.plain('x')"), "version"),
        (identity("name='bad', version='1', label='x'"), "label"),
        (identity("name='B A D', version='1', label=Label.plain('x')"), "B A D"),
        (settings("CIRCLE = {'type': 'object'}; CIRCLE['properties'] = {'a': CIRCLE}", "CIRCLE"), "RecursionError"),
        (settings("", "{'type': 'object', 'properties': {'a': {'x-expression': ['money']}}}"), "x-expression"),
        (settings("class Odd(dict):\n    def get(self, *_): raise ValueError('odd')", "Odd(type='object')"), "odd"),
    ],
)  # fmt: skip
def test_a_plugin_that_cannot_be_loaded_is_left_out_and_named(tmp_path: Path, code, told):
    write_plugin(tmp_path, "bad", code, identity=False)
    write_plugin(tmp_path, "good", GOOD)
    bad, good = host_of(tmp_path).plugins()
    assert told in str(bad.fault)
    assert good.fault is None


@pytest.mark.parametrize("name", [name for name in COMMANDS if name.isidentifier()][::9])
def test_a_plugin_whose_command_voronka_has_itself_is_left_out_and_named(tmp_path: Path, name):
    code = (
        f"@hookimpl\ndef voronka_commands():\n    yield CommandGroup(name={name!r}, label=Label.plain('x'), make=print)"
    )
    write_plugin(tmp_path, name, code)
    (bad,) = host_of(tmp_path).plugins()
    assert f"`voronka {name}` is a command of Voronka's own" in str(bad.fault)


def test_a_plugin_that_hangs_as_it_is_imported_is_left_out_after_its_time(tmp_path: Path):
    write_plugin(tmp_path, "bad", "import threading\nthreading.Event().wait()", identity=False)
    bad = host_of(tmp_path, seconds=0.05).plugin("bad")
    assert bad is not None
    assert "no answer within 0.05 s" in str(bad.fault)


def test_plugins_that_hang_hold_up_the_others_no_longer_than_all_of_them_may(tmp_path: Path):
    for name in ("bad", "worse"):
        write_plugin(tmp_path, name, "import threading\nthreading.Event().wait()", identity=False)
    write_plugin(tmp_path, "good")
    host = host_of(tmp_path, seconds=600)
    assert host.plugin("good") is not None
    assert [(state.name, state.fault is None) for state in host.plugins(within=0.05)] == [
        ("bad", False),
        ("good", True),
        ("worse", False),
    ]
    assert "not loaded within 0.05 s" in str(host.plugins(within=0.05)[0].fault)


@pytest.mark.parametrize("api_version", [0, 2, 99])
def test_a_plugin_for_another_version_of_the_hooks_is_left_out(tmp_path: Path, api_version):
    write_plugin(tmp_path, "bad", api=api_version)
    (state,) = host_of(tmp_path).plugins()
    assert f"version {api_version} of the hooks" in str(state.fault)


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        (action(name='"other.it"'), "must be “bad”"),
        (action(name='"Bad It"'), "Bad It"),
        (action(label='"It"'), "`label`"),
        (action(run="7"), "`run`"),
        (action(run="lambda: None"), "`run` of “bad.it” takes () and is called with 1 argument."),
        (action(run="lambda call, more: None"), "takes (call, more) and is called with 1 argument."),
        (action(run="later"), "`run` of “bad.it” is `async def`: write `def`"),
        (action(check="lambda: []"), "`check` of “bad.it” takes () and is called with 1 argument."),
        (action(run="None"), "nothing to run"),
        (action("[]"), "`arguments`"),
        (action('{"type": "array"}'), "of an object"),
        (action('{"type": "sobject", "properties": {"a": {}}}'), "wrong: 'sobject' cannot stand under `type`."),
        (action('{"type": "object", "properties": {"a": {"type": 7}}}'), "7 cannot stand under `properties.a.type`."),
        (action('{"type": "object", "properties": {"a": {"$ref": "#"}}}'), "$ref"),
        (action('{"type": "object", "properties": {"a": {"x-expression": "euro"}}}'), "x-expression"),
        (action('{"type": "object", "required": 5}'), "the schema is wrong"),
        (action('{"type": "object", "patternProperties": 5}'), "the schema is wrong"),
        (action('{"type": "object", "anyOf": 7}'), "the schema is wrong"),
        (action('{"type": "object", "additionalProperties": "no"}'), "the schema is wrong"),
        (action('{"type": "object", "additionalProperties": 0}'), "the schema is wrong"),
        (action('{"type": "object", "minProperties": "q"}'), "the schema is wrong"),
        (action('{"type": "object", "allOf": [{"$ref": "http://x"}]}'), "`allOf`"),
        (action('{"type": "object", "properties": {"a": {"anyOf": [{"type": "integer"}]}}}'), "`anyOf`"),
        (action('{"type": "object", "properties": {"a": {"items": {"oneOf": [{"type": "null"}]}}}}'), "`oneOf`"),
        (action('{"type": "object", "additionalProperties": {"not": {"enum": ["a"]}}}'), "`not`"),
        (action('{"type": "object", "properties": {"a": {"type": "array", "contains": {}}}}'), "`contains`"),
        (action('{"type": "object", "properties": {"a": {"type": "array", "prefixItems": [{}]}}}'), "`prefixItems`"),
        (action('{"type": "object", "properties": {"a": {"enum": [1, 2]}}}'), "`type`"),
        (action('{"type": "object", "properties": {"a": {"const": True}}}'), "`type`"),
        (action('{"type": "object", "properties": {"a": {"type": ["integer", "string"]}}}'), "one type"),
        (action('{"type": "object", "x-expression": "euro"}'), "x-expression"),
        (action('{"type": "object", "additionalProperties": {"x-expression": "euro"}}'), "x-expression"),
        (action(time_limit="0"), "time limit"),
        (action(time_limit="26"), "time limit"),
    ],
)  # fmt: skip
def test_a_declaration_of_the_wrong_form_keeps_its_plugin_out(tmp_path: Path, declared, told):
    code = f"{LABELLED}\nasync def later(call): pass\n@hookimpl\ndef voronka_actions():\n    return [{declared}]\n"
    write_plugin(tmp_path, "bad", code)
    (state,) = host_of(tmp_path).plugins()
    assert told in str(state.fault)


def test_two_plugins_of_one_name_are_both_left_out(tmp_path: Path):
    write_plugin(tmp_path / "a", "good", GOOD)
    write_plugin(tmp_path / "b", "good", GOOD)
    from voronka.hooks.discovery import local

    (state,) = Host([*local(tmp_path / "a"), *local(tmp_path / "b")]).plugins()
    assert "Several plugins have the name good" in str(state.fault)


@pytest.mark.parametrize("name", ["voronka", "set", "file", "holidays", "csv"])
def test_the_names_of_the_engine_are_no_names_of_plugins(tmp_path: Path, name):
    write_plugin(tmp_path, name)
    (state,) = host_of(tmp_path).plugins()
    assert "Voronka's own" in str(state.fault)


def test_a_plugin_is_loaded_when_it_is_first_asked_for_and_once(tmp_path: Path):
    write_plugin(tmp_path, "good", "import builtins\nbuiltins.loaded = getattr(builtins, 'loaded', 0) + 1\n" + GOOD)
    import builtins

    builtins.loaded = 0
    host = host_of(tmp_path)
    assert host.names == ("good",)
    assert host.find(ChannelType, "file") is not None
    assert builtins.loaded == 0
    first, second = host.find(ActionType, "good"), host.find(ActionType, "good")
    assert first is not None
    assert second is first
    assert builtins.loaded == 1


def test_a_changed_file_is_another_module_and_the_same_file_never_two(tmp_path: Path):
    write_plugin(tmp_path, "good", GOOD)
    first = host_of(tmp_path).find(ActionType, "good")
    write_plugin(tmp_path, "good", GOOD + "\nCHANGED = True\n")
    second = host_of(tmp_path).find(ActionType, "good")
    assert first is not None
    assert second is not None
    assert first.run is not second.run


def test_plugins_of_two_workspaces_do_not_meet(tmp_path: Path):
    write_plugin(tmp_path / "a", "good", GOOD)
    write_plugin(tmp_path / "b", "good", GOOD)
    first, second = (host_of(tmp_path / name).find(ActionType, "good") for name in "ab")
    assert first is not None
    assert second is not None
    assert first.run is not second.run


def test_an_installed_plugin_comes_by_entry_point(monkeypatch):
    module = type(sys)("voronka_fake")
    exec(HEAD + identity("name='fake', version='2', label=Label.plain('Fake')"), vars(module))
    monkeypatch.setitem(sys.modules, "voronka_fake", module)
    (origin,) = installed([EntryPoint("fake", "voronka_fake", "voronka")])
    (state,) = Host([origin]).plugins()
    assert (state.fault, state.plugin.version) == (None, "2")


def test_an_object_may_be_a_plugin():
    class Fake:
        @api.hookimpl
        def voronka_plugin(self):
            return api.Plugin(name="fake", version="1", api=1, label=api.Label.plain("Fake"))

    (state,) = Host([Origin(name="fake", place="here", load=Fake)]).plugins()
    assert state.fault is None


def test_what_the_engine_brings_is_declared_through_the_same_hooks():
    host = Host()
    assert {each.name for each in host.all(ActionType).values()} >= {"set", "task", "send", "notify", "move"}
    assert set(host.all(ChannelType)) == {"file"}


def test_the_api_gives_every_value_that_hooks_return():
    public = {getattr(api, name) for name in api.__all__ if inspect.isclass(getattr(api, name))}
    assert set(HOOKS.values()) <= public
