"""What plugins declare, done in their processes by an engine that works as the service does."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from tests.plugins.plugin_workspace import plugin_code, write_workspace
from voronka.hooks.discovery import local
from voronka.hooks.host import Host
from voronka.hooks.importers import BrokenFormat, FormatOptions, RowFormat
from voronka.messages import Label
from voronka.runtime.plugin_process.process import Limits
from voronka.runtime.plugin_process.processes import PluginProcesses
from voronka.runtime.secrets import Secrets
from voronka.testing import TestWorkspace

PLUGIN = """
import os, re
from pathlib import Path

def run(call):
    exec(call.arguments["do"], dict(globals(), call=call))
    return ActionResult(set={"erp_no": str(os.getpid())})

class Post:
    def __init__(self, settings, services):
        self.path = services.state / settings["file"]
    def send(self, message):
        with self.path.open("a") as file:
            print(os.getpid(), message.subject, message.at.isoformat(), file=file)
    def close(self):
        pass

def fetch(call):
    (call.services.state / "fetched").write_text(str(os.getpid()))
    request = {"command": "deal.create", "funnel": "sales", "fields": {"amount": "5", "owner": "anna"}}
    return Fetched(items=[Item(id="1", request=request)], cursor="c")

def acknowledge(call, fetched):
    (call.services.state / "acknowledged").write_text(fetched.items[0].id + fetched.cursor)

def health(services):
    return Health(ok=True, detail=f"process {os.getpid()} at {services.now():%Y}")

@hookimpl
def voronka_actions():
    schema = {"type": "object", "properties": {"do": {"type": "string"}}}
    yield ActionType(name="erp.do", label=LABEL, run=run, arguments=schema, time_limit=LIMIT)

@hookimpl
def voronka_channels():
    schema = {"type": "object", "properties": {"file": {"type": "string"}}}
    yield ChannelType(name="erp", label=LABEL, open=Post, settings=schema)

@hookimpl
def voronka_sources():
    yield SourceType(name="erp", label=LABEL, fetch=fetch, acknowledge=acknowledge)

@hookimpl
def voronka_health():
    yield HealthCheck(name="erp.link", label=LABEL, check=health)
"""
ALSO = "channels: {letters: {via: erp, file: sent}}\nsources: {site: {via: erp, every: 5 minutes}}\n"
SEND = "{send: {channel: letters, to: owner, template: hello}}"


def isolated(root: Path, actions: str, limit: float = 20.0) -> TestWorkspace:
    code = plugin_code(PLUGIN.replace("LIMIT", str(limit)))
    write_workspace(root, actions=actions, also=ALSO, plugins={"erp": code})
    return TestWorkspace(root, start="2026-03-02 09:00", isolated=True)


def patiently(workspace: TestWorkspace, count: int = 1) -> None:
    """Do what is due until so many effects have been tried: a process that starts slowly counts as no attempt."""
    until = time.monotonic() + 60
    while sum(effect["attempts"] for effect in workspace.query("outbox")) < count and time.monotonic() < until:
        workspace.advance_to(workspace.clock.now() + 2_000_000)


def of_erp(workspace: TestWorkspace) -> dict[str, Any]:
    (found,) = [each for each in workspace.query("plugins")["plugins"] if each["name"] == "erp"]
    return found


def value(workspace: TestWorkspace, name: str) -> Any:
    return {field["name"]: field["value"] for field in workspace.query("deal.show", deal=1)["fields"]}.get(name)


def test_actions_channels_sources_and_checks_run_in_a_process_of_the_plugin(tmp_path: Path) -> None:
    state = tmp_path / ".voronka" / "plugins" / "erp"
    with isolated(tmp_path, f"{{erp.do: {{do: pass}}}}, {SEND}") as workspace:
        until = time.monotonic() + 60
        while not workspace.ask("site").items and time.monotonic() < until:
            time.sleep(0.01)
        patiently(workspace, 2)
        process = value(workspace, "erp_no")
        sent = (state / "sent").read_text()
        assert of_erp(workspace)["processes"]["running"] >= 1
        (health,) = of_erp(workspace)["health"]
        assert health["ok"]
        assert health["detail"][""].endswith("at 2026")
        assert {effect["status"] for effect in workspace.query("outbox")} == {"sent"}
        assert sent.split()[1:] == ["Deal", "1", "2026-03-02T09:00:00+00:00"]
        assert (state / "acknowledged").read_text() == "1c"
        assert str(os.getpid()) not in {process, sent.split()[0], (state / "fetched").read_text()}
        assert workspace.verify().sound


@pytest.mark.parametrize(
    ("do", "said"), [("os._exit(7)", "the code 7"), ("re.match('(a+)+$', 'a' * 64 + 'b')", "within 0.2 s")]
)
def test_an_action_that_breaks_its_process_is_named_and_tried_again(tmp_path: Path, do: str, said: str) -> None:
    with isolated(tmp_path, f'{{erp.do: {{do: "{do}"}}}}, {{notify: {{to: anna, template: hello}}}}', 0.2) as workspace:
        workspace.execute("deal.create", funnel="sales", fields={"owner": "anna"})
        patiently(workspace, 2)
        effects = {effect["channel"]: effect for effect in workspace.query("outbox")}
        assert (effects["action:erp.do"]["status"], effects["action:erp.do"]["attempts"]) == ("pending", 1)
        assert said in effects["action:erp.do"]["reason"]
        assert effects["notice"]["status"] == "sent"
        told = workspace.query("plugins")["troubles"]
        troubles = {name: Label(reason).render() for name, reason in told.items()}
        assert said in troubles["action erp.do"]
        assert said in troubles["process erp"]
        assert of_erp(workspace)["processes"]["broken"] == 1


FORMAT = """
def read(file, options):
    for number, line in enumerate(file, 1):
        if line == b"bad\\n":
            yield Row(number, (), RowFault(Label.plain("It is bad."), Label.plain("Mend it.")))
        elif line == b"crash\\n":
            import os
            os._exit(4)
        else:
            yield Row(number, line.decode(options.encoding).rstrip("\\n").split("|"))

@hookimpl
def voronka_importers():
    yield RowFormat(name="erp", label=LABEL, read=read)
"""


def test_rows_of_a_file_are_read_in_a_process_and_a_crash_refuses_the_file(tmp_path: Path) -> None:
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "erp.py").write_text(plugin_code(FORMAT))
    processes = PluginProcesses(secrets=Secrets(tmp_path), troubles={}, limits=Limits(start=30.0))
    form = Host(local(tmp_path), isolate=processes.isolate).find(RowFormat, "erp")
    assert form is not None
    options = FormatOptions(encoding="utf-8", delimiter=",")
    path = tmp_path / "rows"
    path.write_text("a|b\nbad\nü|2\n" + "x|y\n" * 500)
    with path.open("rb") as file:
        rows = list(form.read(file, options))
    assert [(row.line, list(row.cells)) for row in rows[:3]] == [(1, ["a", "b"]), (2, []), (3, ["ü", "2"])]
    assert rows[1].fault is not None
    assert str(rows[1].fault.reason) == "It is bad."
    assert len(rows) == 503
    path.write_text("a|b\ncrash\n")
    with path.open("rb") as file, pytest.raises(BrokenFormat, match="the code 4"):
        list(form.read(file, options))
    processes.close()
