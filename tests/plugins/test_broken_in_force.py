"""A plugin that breaks while the release in force uses it: what needs it waits or is refused, the rest goes on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.plugins.plugin_files import HEAD, IDENTITY
from tests.plugins.plugin_workspace import open_with, plugin_code
from voronka.bootstrap import open_workspace
from voronka.config import read_workspace
from voronka.errors import PluginFault
from voronka.hooks.host import Host
from voronka.hooks.recall import recalled, remembered
from voronka.runtime.configuration import BrokenConfigurationError
from voronka.testing import TestWorkspace

ERP = """
from datetime import date
from pathlib import Path

def write(name, text):
    path = Path({folder!r}) / name
    with path.open("a") as file:
        file.write(text + "\\n")

def run(call):
    write("done", f"{{call.key}} {{call.arguments['kind']}} {{call.arguments['sum']}}")

class Post:
    def __init__(self, settings, services):
        self.tray = settings["tray"]

    def send(self, message):
        write("sent", f"{{message.key}} {{self.tray}} {{message.address}}")

    def close(self):
        pass

@hookimpl
def voronka_actions():
    yield ActionType(name="erp.tell", label=LABEL, run=run, arguments={{
        "type": "object",
        "properties": {{"kind": {{"type": "string", "default": "new"}}, "sum": {{"x-expression": "money"}}}},
    }})

@hookimpl
def voronka_channels():
    settings = {{"type": "object", "properties": {{"tray": {{"type": "string", "default": "upper"}}}}}}
    yield ChannelType(name="erp", label=LABEL, open=Post, address="email", settings=settings)

@hookimpl
def voronka_functions():
    yield ExpressionFunction(name="erp.fee", parameters=(Kind.MONEY,), result=Kind.MONEY, call=lambda sum: sum // 10)

@hookimpl
def voronka_calendars():
    yield CalendarSource(name="erp", label=LABEL, year=lambda country, n: CountryYear({{date(n, 3, 3)}}, set()))

@hookimpl
def voronka_sources():
    yield SourceType(name="erp", label=LABEL, fetch=lambda call: Fetched(items=[]))
"""
ALSO = "channels: {letters: {via: erp}}\nsources: {leads: {via: erp, every: 5 minutes}}\n"
ACTIONS = "{erp.tell: {sum: =amount}}, {send: {channel: letters, to: owner, template: hello}}, {task: {title: Call}}"
FILES = {
    "configs/funnels/plain.yaml": "funnel: plain\nfields: [base]\nstages: {begun: {journey: problem}}\n",
    "configs/funnels/fees.yaml": """\
funnel: fees
fields: [base, fees]
stages:
  begun: {journey: problem}
  charged: {journey: solutions, enter: {do: [{set: {amount: = erp.fee(amount)}}]}}
""",
    "configs/fields/fees.yaml": "set: fees\nfields:\n  fee: {type: money, formula: erp.fee(amount)}\n",
    "configs/calendars/moon.yaml": "calendar: moon\ncountry: XX\nholidays: erp\n",
}


def unknown_hook(name: str) -> str:
    return f"{HEAD}{IDENTITY.format(name='erp', api=1)}@hookimpl\ndef {name}():\n    raise RuntimeError('no luck')\n"


BROKEN = {
    "raises as it is imported": ("raise ImportError('no module named erplib')", "erplib"),
    "is no Python": ("def broken(:", "SyntaxError"),
    "is written for other hooks": (f"{HEAD}{IDENTITY.format(name='erp', api=2)}", "version 2 of the hooks"),
    "raises in a hook": (unknown_hook("voronka_actions"), "no luck"),
    "raises in another hook": (unknown_hook("voronka_health"), "no luck"),
    "declares nothing any more": (f"{HEAD}{IDENTITY.format(name='erp', api=1)}", "no longer declares"),
    "is gone": (None, "not installed"),
}


def in_use(tmp_path: Path) -> TestWorkspace:
    code = plugin_code(ERP.format(folder=str(tmp_path)))
    return open_with(tmp_path, actions=ACTIONS, also=ALSO, plugins={"erp": code}, files=FILES)


def put(tmp_path: Path, code: str | None) -> None:
    path = tmp_path / "plugins" / "erp.py"
    path.unlink() if code is None else path.write_text(code)


def lines(tmp_path: Path, name: str) -> list[str]:
    path = tmp_path / name
    return path.read_text().splitlines() if path.exists() else []


@pytest.mark.parametrize("way", BROKEN)
def test_the_release_in_force_goes_on_and_what_waits_leaves_once_the_plugin_is_mended(tmp_path: Path, way: str) -> None:
    code, told = BROKEN[way]
    with in_use(tmp_path) as workspace:
        release = workspace.client.engine.workspace.release
        mended = (tmp_path / "plugins" / "erp.py").read_text()
        put(tmp_path, code)
        workspace.reopen()
        assert workspace.client.engine.workspace.release == release
        assert all(warning["in_force"] for warning in workspace.client.warnings())
        workspace.execute("deal.create", funnel="sales", fields={"owner": "anna", "amount": "120.50"})
        workspace.execute("deal.create", funnel="plain", fields={"owner": "anna"})
        workspace.advance("20 minutes")
        waiting = {effect["channel"]: effect for effect in workspace.query("outbox")}
        assert {effect["status"] for effect in waiting.values()} == {"pending"}
        for effect in waiting.values():
            assert "The plugin erp is broken" in effect["reason"]
            assert told in effect["reason"]
        assert [task["title"] for task in workspace.query("tasks")]
        assert lines(tmp_path, "done") == lines(tmp_path, "sent") == []

        put(tmp_path, mended)
        # What works stays as it is loaded.
        workspace.reopen() if way == "declares nothing any more" else workspace.work("reload")
        workspace.advance("20 minutes")
        assert {effect["status"] for effect in workspace.query("outbox")} == {"sent"}
        (done,), (sent,) = lines(tmp_path, "done"), lines(tmp_path, "sent")
        assert done.endswith(" new 120.50")
        assert sent.endswith(" upper anna@acme.example")
        assert workspace.verify().sound


def test_after_a_restart_with_the_mended_plugin_what_waited_leaves_once(tmp_path: Path) -> None:
    with in_use(tmp_path) as workspace:
        mended = (tmp_path / "plugins" / "erp.py").read_text()
        put(tmp_path, "1 / 0")
        workspace.reopen()
        workspace.execute("deal.create", funnel="sales", fields={"owner": "anna", "amount": "1"})
        workspace.settle()
        put(tmp_path, mended)
        workspace.reopen()
        workspace.advance("20 minutes")
        assert len(lines(tmp_path, "done")) == len(lines(tmp_path, "sent")) == 1


def test_whoever_needs_a_function_of_a_broken_plugin_is_refused_by_its_name(tmp_path: Path) -> None:
    with in_use(tmp_path) as workspace:
        put(tmp_path, "1 / 0")
        workspace.reopen()
        workspace.execute("deal.create", funnel="fees", fields={"owner": "anna", "amount": "10"})
        with pytest.raises(PluginFault, match=r"plugin erp is broken.*ZeroDivisionError"):
            workspace.execute("deal.move", deal=1, to="charged")
        shown = workspace.query("deal.show", deal=1)
        assert {field["name"]: field["value"] for field in shown["fields"]}["amount"]
        assert "fee" not in {field["name"] for field in shown["fields"]}
        workspace.execute("deal.create", funnel="plain", fields={"owner": "anna"})
        assert len(workspace.query("deal.list")) == 2


def test_status_and_log_name_the_plugin_and_a_source_that_needs_it(tmp_path: Path, caplog) -> None:
    with in_use(tmp_path) as workspace:
        put(tmp_path, "1 / 0")
        workspace.reopen()
        assert "plugin erp (plugins/erp.py) is left out" in caplog.text
        assert "plugin erp is broken" in str(workspace.ask("leads").fault)
        shown = workspace.query("plugins")
        assert "ZeroDivisionError" in json.dumps(next(each for each in shown["plugins"] if each["name"] == "erp"))
        assert "plugin erp is broken" in shown["troubles"]["source leads"]["en"]


def test_a_new_release_that_uses_the_broken_plugin_is_refused_and_one_that_does_not_comes_into_force(
    tmp_path: Path,
) -> None:
    with in_use(tmp_path) as workspace:
        release = workspace.client.engine.workspace.release
        put(tmp_path, "1 / 0")
        workspace.reopen()
        assert "V3125" in {finding.code for finding in read_workspace(tmp_path).findings}
        title = tmp_path / "voronka.yaml"
        title.write_text(title.read_text() + "title: Acme\n")
        with pytest.raises(BrokenConfigurationError):
            workspace.work("reload")
        assert workspace.client.engine.workspace.release == release
        for path in ("funnels/sales.yaml", "funnels/fees.yaml", "fields/fees.yaml", "calendars/moon.yaml"):
            (tmp_path / "configs" / path).unlink()
        title.write_text("workspace: acme\ntimezone: UTC\ncurrency: EUR\n")
        workspace.work("reload")
        assert workspace.client.engine.workspace.release != release


STRICTER = """
def objects(call):
    yield Objection(path=(), reason=Label.plain("No longer so."), remedy=Label.plain("Write it anew."))

"""


def test_a_plugin_whose_check_became_stricter_keeps_its_release_in_force_and_refuses_new_ones(tmp_path: Path) -> None:
    with in_use(tmp_path) as workspace:
        release = workspace.client.engine.workspace.release
        mended = (tmp_path / "plugins" / "erp.py").read_text()
        stricter = mended.replace("LABEL = ", STRICTER + "LABEL = ").replace(
            "label=LABEL,", "label=LABEL, check=objects,", 2
        )
        put(tmp_path, stricter)
        workspace.reopen()
        assert workspace.client.engine.workspace.release == release
        workspace.execute("deal.create", funnel="sales", fields={"owner": "anna", "amount": "120.50"})
        workspace.settle()
        assert {effect["status"] for effect in workspace.query("outbox")} == {"sent"}
        (done,), (sent,) = lines(tmp_path, "done"), lines(tmp_path, "sent")
        assert done.endswith(" new 120.50")
        assert sent.endswith(" upper anna@acme.example")

        places = {(finding.code, finding.place.file) for finding in read_workspace(tmp_path).findings}
        assert places == {("V3136", "voronka.yaml"), ("V3136", "configs/funnels/sales.yaml")}
        title = tmp_path / "voronka.yaml"
        title.write_text(title.read_text() + "title: Acme\n")
        with pytest.raises(BrokenConfigurationError):
            workspace.work("reload")
        assert workspace.client.engine.workspace.release == release
        workspace.execute("deal.create", funnel="sales", fields={"owner": "anna", "amount": "1"})
        workspace.settle()
        assert len(lines(tmp_path, "done")) == 2
        assert workspace.verify().sound


def test_what_a_release_remembers_of_plugins_is_all_that_its_definition_is_built_of(tmp_path: Path) -> None:
    with in_use(tmp_path) as workspace:
        files = read_workspace(tmp_path).files
        host = workspace.client.plugins.host
        memory = json.loads(json.dumps(remembered([host.plugin("erp")])))
        again = read_workspace(files, plugins=recalled(Host(), memory))
        assert again.findings == ()
        assert again.workspace.channels == workspace.client.engine.workspace.channels
        assert again.workspace.funnels["sales"].variants == workspace.client.engine.workspace.funnels["sales"].variants


def test_timers_and_queued_commands_that_need_the_plugin_wait_for_it(tmp_path: Path) -> None:
    files = {
        "configs/funnels/fees.yaml": """\
funnel: fees
fields: [base]
stages:
  begun:
    journey: problem
    timed:
      charge: {after: 1 hour, do: [{set: {amount: = erp.fee(amount)}}]}
""",
    }
    code = plugin_code(ERP.format(folder=str(tmp_path)))
    with open_with(tmp_path, plugins={"erp": code}, files=files) as workspace:
        workspace.execute("deal.create", funnel="fees", fields={"owner": "anna", "amount": "10"})
        put(tmp_path, "1 / 0")
        workspace.reopen()
        workspace.execute("deal.create", funnel="sales", fields={"owner": "anna"})
        workspace.advance("61 minutes")
        (timer,) = workspace.query("timers", all=True)
        assert timer["state"] == "waiting"
        put(tmp_path, code)
        workspace.work("reload")
        workspace.settle()
        (timer,) = workspace.query("timers", all=True)
        assert timer["state"] == "fired"
        shown = workspace.query("deal.show", deal=1)
        assert "1.00" in json.dumps(shown["fields"])
        assert workspace.verify().sound


def test_whoever_has_little_time_gets_what_is_stored_of_plugins_that_hang(tmp_path: Path) -> None:
    action = """
@hookimpl
def voronka_actions():
    yield ActionType(name="{name}.tell", label=LABEL, run=lambda call: None, arguments={{"type": "object"}})
"""
    names = ("erp", "crm")
    sound = {name: plugin_code(action.format(name=name), name=name) for name in names}
    open_with(tmp_path, actions="{erp.tell: {}}, {crm.tell: {}}", plugins=sound).close()
    for name in names:
        hanging = sound[name] + "\nimport threading\nthreading.Event().wait()\n"
        (tmp_path / "plugins" / f"{name}.py").write_text(hanging, encoding="utf-8")
    client = open_workspace(tmp_path, state=tmp_path / ".voronka", patience=0.1)
    assert client.query("status")["open"] == []
    assert set(client.engine.workspace.funnels) == {"sales"}
    faults = {plugin["name"]: plugin["fault"]["en"] for plugin in client.query("plugins")["plugins"] if plugin["fault"]}
    assert {name: "no answer within 0.1 s" in faults[name] for name in names} == dict.fromkeys(names, True)
    client.close()
