"""Formats, calendars, commands and health checks of plugins."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.integration.cli.running import voronka
from tests.plugins.plugin_workspace import codes, findings, open_with, plugin_code, write_workspace
from tests.plugins.test_actions import module_of
from voronka.bootstrap import open_workspace
from voronka.cli.plugin_commands import plugin_command
from voronka.errors import PluginFault, UsageFault
from voronka.messages import Label
from voronka.runtime.service import Service
from voronka.runtime.state import state_folder

FORMAT = """
def read(file, options):
    {body}

@hookimpl
def voronka_importers():
    yield RowFormat(name="pipes", label=LABEL, read=read)
"""
PIPES = (
    "for number, line in enumerate(file.read().decode(options.encoding).splitlines(), 1):\n"
    "        yield Row(number, line.split('|'))"
)
IMPORT = """\
import: leads
rows: {format: pipes}
mode: history
into: {funnel: sales}
key: no
deal: {created_at: {column: at}, amount: {column: sum}}
stage: {column: stage}
"""
ROWS = "no|at|sum|stage\n1|2026-01-01|10|new\n2|2026-01-02|20|talk\n3|2026-01-03\n"


def pipes(body: str = PIPES) -> dict[str, str]:
    return {"pipes": plugin_code(FORMAT.format(body=body), name="pipes")}


def test_an_import_reads_a_format_of_a_plugin(tmp_path: Path) -> None:
    with open_with(tmp_path, plugins=pipes(), files={"configs/imports/leads.yaml": IMPORT}) as workspace:
        path = tmp_path / "leads.txt"
        path.write_text(ROWS)
        report = workspace.work("import", mapping="leads", file=str(path))
        assert (report["deals"], report["refused"]) == (2, 1)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("raise RuntimeError('no luck')", "no luck"),
        ("raise RowFault(Text('It is a picture.'), Text('Take a table.'))", "It is a picture"),
        ("return iter([])", "empty"),
        ("return None", "NoneType"),
        ("yield 7", "cannot read"),
        ("yield Row(1, [7, None])", "cannot read"),
        ("yield Row(1, ['no'], 'bad')", "The format pipes cannot read the file: the row of line 1 has str"),
        (r"yield Row(1, ['\ud800'])", "The format pipes cannot read the file: the row of line 1 is no list"),
        ("yield Row(-3, ['no'])", "The format pipes cannot read the file: a row has -3"),
    ],
)
def test_a_format_that_fails_takes_nothing(tmp_path: Path, body: str, told: str) -> None:
    with open_with(tmp_path, plugins=pipes(body), files={"configs/imports/leads.yaml": IMPORT}) as workspace:
        path = tmp_path / "leads.txt"
        path.write_text(ROWS)
        with pytest.raises(UsageFault, match=told):
            workspace.work("import", mapping="leads", file=str(path))
        assert workspace.query("imports") in ([], {"imports": []}) or not workspace.query("imports")


def test_an_unknown_format_is_found(tmp_path: Path) -> None:
    files = {"configs/imports/leads.yaml": IMPORT.replace("format: pipes", "format: pips")}
    assert [code for code, _, _ in codes(findings(tmp_path, plugins=pipes(), files=files))] == ["V3124"]


CALENDAR = """
from datetime import date

def year(country, number):
    {body}

@hookimpl
def voronka_calendars():
    yield CalendarSource(name="moon", label=LABEL, year=year)
"""
FULL = "return CountryYear({date(number, 3, 3)}, {date(number, 3, 7)}) if country == 'XX' else None"
OFFICE = {"configs/calendars/office.yaml": "calendar: office\ncountry: XX\nholidays: moon\n"}


def moon(body: str = FULL) -> dict[str, str]:
    return {"moon": plugin_code(CALENDAR.format(body=body), name="moon")}


def test_holidays_of_a_plugin_are_off(tmp_path: Path) -> None:
    also = "calendar: office\n"
    with open_with(tmp_path, also=also, plugins=moon(), files=OFFICE) as workspace:
        from datetime import date

        calendar = workspace.client.engine.workspace.calendar
        assert [calendar.is_working(date(2026, 3, day)) for day in (2, 3, 4, 7, 8)] == [True, False, True, True, False]


@pytest.mark.parametrize(
    "body", ["raise ValueError('x')", "raise SystemExit", "return 7", "return CountryYear({7}, {8})"]
)
def test_a_source_of_holidays_that_fails_is_told_as_a_broken_plugin(tmp_path: Path, body: str) -> None:
    (found,) = findings(tmp_path, plugins=moon(body), files=OFFICE)
    assert (found.code, found.place.file, found.place.line) == ("V3125", "configs/calendars/office.yaml", 2)
    assert "plugin moon is broken" in str(found.reason)


def test_a_source_that_does_not_know_the_country_is_told_as_that(tmp_path: Path) -> None:
    assert [code for code, _, _ in codes(findings(tmp_path, plugins=moon("return None"), files=OFFICE))] == ["V3301"]


def test_a_source_that_fails_in_some_year_refuses_whoever_counts_in_it(tmp_path: Path, caplog) -> None:
    body = FULL.replace("return", "if number == 2027: raise ValueError('too far')\n    return")
    with open_with(tmp_path, also="calendar: office\n", plugins=moon(body), files=OFFICE) as workspace:
        from datetime import date

        calendar = workspace.client.engine.workspace.calendar
        assert not calendar.is_working(date(2026, 3, 3))
        with pytest.raises(PluginFault, match=r"plugin moon is broken.*too far"):
            calendar.is_working(date(2027, 3, 3))
        assert "too far" in caplog.text
        assert "too far" in workspace.query("plugins")["troubles"]["calendar moon"][""]


HEALTH = """
def check(services):
    {body}

@hookimpl
def voronka_health():
    yield HealthCheck(name="erp.login", label=LABEL, check=check, time_limit=0.2)
"""


@pytest.mark.parametrize(
    ("body", "ok", "detail"),
    [
        ("return Health(ok=True, detail=services.log.name)", True, "voronka.plugin.erp"),
        ("return Health(ok=False, detail='no network')", False, "no network"),
        ("raise RuntimeError('no luck')", False, "no luck"),
        ("raise SystemExit", False, "SystemExit"),
        ("return 'fine'", False, "returned str"),
        ("return Health(ok='yes')", False, "ok is no truth value"),
        ("return Health(ok=True, detail=5)", False, "detail is no text"),
        (r"return Health(ok=True, detail='a\nb\x1b[31m \ud800')", True, "a b [31m \ufffd"),
        ("raise RuntimeError(chr(0xD800))", False, "RuntimeError: \ufffd"),
        ("import threading; threading.Event().wait()", False, "no answer within 0.2 s"),
    ],
)
def test_health_is_asked_and_never_in_the_way(tmp_path: Path, body: str, ok: bool, detail: str) -> None:
    with open_with(tmp_path, plugins={"erp": plugin_code(HEALTH.format(body=body))}) as workspace:
        plugin = next(each for each in workspace.query("plugins")["plugins"] if each["name"] == "erp")
        (health,) = plugin["health"]
        assert (health["name"], health["ok"]) == ("erp.login", ok)
        assert detail in Label(health["detail"]).render()


def test_a_check_that_hangs_is_not_asked_again_before_it_has_come_back(tmp_path: Path) -> None:
    code = HEALTH.format(body="SEEN.append(1); NEVER.wait()") + "\nimport threading\nNEVER = threading.Event()\n"
    with open_with(tmp_path, plugins={"erp": plugin_code(code)}) as workspace:
        for _ in range(3):
            plugin = next(each for each in workspace.query("plugins")["plugins"] if each["name"] == "erp")
            assert plugin["health"][0]["detail"]["en"] == "no answer within 0.2 s"
        assert module_of(workspace).SEEN == [1]
        module_of(workspace).NEVER.set()


def test_words_of_one_plugin_keep_no_other_from_being_shown(tmp_path: Path) -> None:
    long = plugin_code(HEALTH.format(body="return Health(ok=True, detail='x' * 1_000_000)"))
    odd = plugin_code("raise RuntimeError(chr(0xD800))", name="odd")
    write_workspace(tmp_path, plugins={"erp": long, "odd": odd})
    for command, code in ((("status",), 0), (("plugins", "list"), 1)):
        ran = run(tmp_path, *command)
        assert ran.returncode == code, ran.stderr
        assert "odd" in ran.stdout
        assert len(ran.stdout) < 20_000


def test_hanging_checks_are_asked_at_once_and_not_for_long(tmp_path: Path) -> None:
    code = HEALTH.format(body="import threading; threading.Event().wait()").replace("time_limit=0.2", "time_limit=20")
    plugins = {name: plugin_code(code.replace("erp.", f"{name}."), name=name) for name in ("erp", "bank", "shop")}
    with open_with(tmp_path, plugins=plugins) as workspace:
        shown = {each["name"]: each["health"] for each in workspace.query("plugins")["plugins"] if each["health"]}
        details = {each["detail"]["en"] for name in plugins for each in shown[name]}
        assert details == {"no answer within 2 s"}


def test_checks_that_find_all_well_are_shown_in_the_status(tmp_path: Path) -> None:
    write_workspace(
        tmp_path, plugins={"erp": plugin_code(HEALTH.format(body="return Health(ok=True, detail='3 links')"))}
    )
    ran = run(tmp_path, "status")
    assert ran.returncode == 0
    assert "erp.login" in ran.stdout
    assert "well: 3 links" in ran.stdout


COMMANDS = """
def make():
    {body}

@hookimpl
def voronka_commands():
    yield CommandGroup(name="erp", label=LABEL, make=make)
"""
APP = """import typer
    app = typer.Typer()
    @app.command()
    def greet(name: str):
        print("hello", name)
    @app.command()
    def other():
        pass
    return app"""


def run(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "voronka", "-C", str(root), "--lang", "en", *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NO_COLOR": "1"},
    )


def test_a_plugin_adds_commands_under_its_name(tmp_path: Path) -> None:
    write_workspace(tmp_path, plugins={"erp": plugin_code(COMMANDS.format(body=APP))})
    ran = run(tmp_path, "erp", "greet", "Anna")
    assert (ran.returncode, ran.stdout) == (0, "hello Anna\n")


@pytest.mark.parametrize("body", ["raise RuntimeError('no luck')", "return 7"])
def test_a_command_that_cannot_be_made_is_refused_by_name(tmp_path: Path, body: str) -> None:
    write_workspace(tmp_path, plugins={"erp": plugin_code(COMMANDS.format(body=body))})
    ran = run(tmp_path, "erp", "greet")
    assert ran.returncode == 2
    assert "The plugin erp cannot make its command" in ran.stderr


def test_a_command_that_raises_is_told_without_a_traceback(tmp_path: Path) -> None:
    code = plugin_code(COMMANDS.format(body=APP.replace('print("hello", name)', "{}[name]")))
    write_workspace(tmp_path, plugins={"erp": code})
    command = plugin_command("erp", str(tmp_path), "en")
    with pytest.raises(UsageFault) as fault:
        command(["greet", "Anna"], standalone_mode=False)
    line = 1 + code[: code.index("{}[name]")].count("\n")
    assert fault.value.render().replace(str(tmp_path), "…") == (
        "The command of the plugin erp failed: KeyError: 'Anna'\n"
        f"It was raised in …/plugins/erp.py, line {line}. Mend the plugin."
    )


def test_broken_plugins_are_named_in_the_list_and_in_the_status(tmp_path: Path) -> None:
    write_workspace(tmp_path, plugins={"erp": plugin_code(HEALTH.format(body="1 / 0")), "old": "1 / 0"})
    listed = run(tmp_path, "plugins", "list", "--hooks")
    assert listed.returncode == 1
    assert "ZeroDivisionError" in listed.stdout
    assert "voronka_health" in listed.stdout
    status = run(tmp_path, "status")
    assert status.returncode == 0, status.stderr
    assert "old" in status.stdout
    assert "erp.login" in status.stdout


def test_help_names_the_commands_of_plugins_and_loads_none(tmp_path: Path) -> None:
    loud = "print('loaded')\n" + COMMANDS.format(body="raise RuntimeError")
    write_workspace(tmp_path, plugins={"erp": plugin_code(loud), "shop": plugin_code("", name="shop")})
    ran = run(tmp_path, "--help")
    assert ran.returncode == 0
    assert "Commands of plugins" in ran.stdout
    assert "plugins/erp.py" in ran.stdout
    assert "shop" not in ran.stdout
    assert "loaded" not in ran.stdout
    elsewhere = run(tmp_path / "configs" / "funnels", "--help")
    assert "plugins/erp.py" not in elsewhere.stdout


def test_help_loads_no_plugin(tmp_path: Path) -> None:
    write_workspace(tmp_path, plugins={"erp": "raise SystemExit('loaded')"})
    ran = run(tmp_path, "--help")
    assert ran.returncode == 0
    assert "loaded" not in ran.stdout + ran.stderr


def test_a_new_plugin_passes_its_tests_at_once(tmp_path: Path) -> None:
    here = [sys.executable, "-m", "voronka", "plugins", "new", "telegraph", str(tmp_path / "made")]
    subprocess.run(here, check=True, capture_output=True)
    ran = subprocess.run(
        [sys.executable, "-P", "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path / "made",
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    again = subprocess.run(here, capture_output=True, check=False)
    assert again.returncode == 2


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, RuntimeError])
def test_a_worker_of_the_service_outlives_whatever_is_raised(tmp_path: Path, caplog, error) -> None:
    write_workspace(tmp_path, plugins={})
    service = Service(open_workspace(tmp_path), state_folder(tmp_path))
    tries = []

    def step() -> int:
        tries.append(1)
        if len(tries) == 1:
            bell.set()  # what is due at once is not waited for
            raise error
        service.stop()
        return 0

    worker = service._worker("decisions", step, lambda: None)
    bell = service._bells[-1]
    worker.start()
    worker.join(20)
    assert len(tries) == 2
    assert "The worker decisions failed" in caplog.text
    service.client.close()


def test_a_service_names_plugins_that_are_broken_as_it_starts_used_or_not(tmp_path: Path, caplog) -> None:
    write_workspace(tmp_path, plugins={"old": "1 / 0"})
    service = Service(open_workspace(tmp_path), state_folder(tmp_path))
    service.start()
    try:
        for thread in threading.enumerate():
            if thread.name == "plugins":
                thread.join()
        assert "plugin old (plugins/old.py) is left out: It cannot be imported: ZeroDivisionError" in caplog.text
    finally:
        service.drain()


@pytest.mark.parametrize("name", ["smtp", "deal", "class", "voronka", "Ä"])
def test_a_new_plugin_takes_no_name_that_means_something_else(tmp_path, name):
    answer = voronka("plugins", "new", name, tmp_path / "made")
    assert answer.code == 2
    assert not (tmp_path / "made").exists()
