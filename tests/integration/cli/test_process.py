"""What shows only in a process of its own: start-up, signals, encodings, pipes, rights."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys

import pytest

from tests.integration.cli.conftest import service
from tests.integration.cli.running import program, voronka
from tests.integration.service_process import await_ready
from voronka.bootstrap import reference_workspace
from voronka.messages import Text

HEAVY = (
    *("sqlalchemy", "alembic", "jsonschema", "yaml", "jinja2", "transitions", "rich", "apscheduler", "holidays"),
    *("pydantic", "duckdb", "duckdb_engine"),
)


@pytest.mark.parametrize(
    "words", [["--help"], ["--version"], ["deal", "move", "--help"], ["import", "--help"], ["--lang", "ru", "--help"]]
)
def test_help_loads_nothing_heavy(words):
    code = (
        "import sys\nfrom voronka.cli.main import main\n"
        f"try: main({words!r})\nexcept SystemExit: pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert ran.stderr.strip() == "[]"


@pytest.mark.parametrize("words", [["check"], ["graph", "react", "--format", "svg"], ["deal", "list", "--limit", "3"]])
def test_no_command_pays_for_pydantic(root, words):
    code = (
        "import sys\nfrom voronka.cli.main import main\n"
        f"try: main({[*words, '-C', str(root)]!r})\nexcept SystemExit: pass\n"
        "print('pydantic' in sys.modules, file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert ran.stderr.splitlines()[-1] == "False"


def test_a_check_loads_what_its_workspace_needs(tmp_path):
    """Templates that only fill in names need no Jinja2, sound files no jsonschema, a check nothing of a run.

    Nor of a mart, where no KPI has examples.
    """
    code = (
        "import sys\nfrom voronka.cli.main import main\n"
        "try: main(['check', sys.argv[1]])\nexcept SystemExit: pass\n"
        "print(*sys.modules, sep='\\n', file=sys.stderr)"
    )
    workspace = tmp_path / "reference"
    shutil.copytree(reference_workspace() / "configs", workspace / "configs", ignore=shutil.ignore_patterns("kpis"))
    shutil.copy(reference_workspace() / "voronka.yaml", workspace)
    ran = subprocess.run([sys.executable, "-c", code, str(workspace)], capture_output=True, text=True, timeout=60)
    loaded = set(ran.stderr.split())
    assert "yaml" in loaded
    assert not loaded & {
        "jsonschema",
        "referencing",
        "attr",
        "jinja2",
        "sqlalchemy",
        "rich",
        "transitions",
        "holidays",
        "pydantic",
        "duckdb",
    }
    assert not loaded & {"voronka.process", "voronka.storage", "voronka.metrics"}
    assert {name for name in loaded if name.startswith("voronka.runtime.")} <= {"voronka.runtime.state"}
    assert not loaded & {"voronka.config.shape_faults", "voronka.config.repairs"}


def test_a_command_on_sqlite_loads_what_it_asks_of(root):
    """Nothing of PostgreSQL, of the rendering of messages or of the judging of faulty files."""
    code = (
        "import sys\nfrom voronka.cli.main import main\n"
        "try: main(['deal', 'show', '1', '-C', sys.argv[1]])\nexcept SystemExit: pass\n"
        "print(*sys.modules, sep='\\n', file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", code, str(root)], capture_output=True, text=True, timeout=60)
    loaded = set(ran.stderr.split())
    assert {"sqlalchemy", "voronka.storage"} <= loaded
    assert not loaded & {"sqlalchemy.dialects.postgresql", "alembic", "jinja2", "jsonschema", "rich", "holidays"}
    assert not loaded & {"duckdb", "duckdb_engine", "voronka.mart.filling", "voronka.mart.keeping"}


def test_a_command_as_a_process_seldom_looks_for_cycles():
    code = (
        "import atexit, gc, sys\nfrom voronka.__main__ import CYCLES_AFTER, main\n"
        "atexit.register(lambda: print(gc.get_threshold()[0] == CYCLES_AFTER, gc.isenabled(), file=sys.stderr))\n"
        "sys.argv = ['voronka', '--version']\nmain()\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stderr.strip()) == (0, "True True")


def test_a_console_of_another_alphabet_ends_nothing(shared):
    for encoding, told in (("cp866", "Сделка 1: Продажи"), ("cp1251", "Сделка 1: Продажи"), ("ascii", "??? 1: ???")):
        ran = program("--lang", "ru", "deal", "show", 1, "-C", shared, PYTHONIOENCODING=encoding)
        assert ran.code == 0, ran.err
        assert told in re.sub(r"\?{2,}", "???", ran.out)


def test_whoever_reads_may_stop_reading(shared):
    command = [sys.executable, "-m", "voronka", "why", "1", "--json", "-C", str(shared)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        told = process.stderr.read().decode()
        assert process.wait(60) == 1
    assert told == ""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for another process")
def test_an_interrupted_command_ends_quietly_with_130(root):
    code = (
        "import os, signal, time\n"
        "import voronka.bootstrap as bootstrap\n"
        "from voronka.cli.main import main\n"
        "def connect(root, **_):\n    os.kill(os.getpid(), signal.SIGINT)\n    time.sleep(60)\n"
        "bootstrap.connect = connect\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # whoever runs the tests may ignore it
        f"main(['deal', 'list', '-C', {str(root)!r}])\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stdout, ran.stderr) == (130, "", "")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the administrator may write everywhere")
def test_a_folder_without_rights_is_told(root):
    (root / ".voronka" / "voronka.db").chmod(0o400)
    ran = program("deal", "set", 1, "amount=1", "-C", root)
    assert ran.code == 5
    assert "Traceback" not in ran.err


@pytest.fixture(scope="module")
def served(made, tmp_path_factory):
    """A workspace with a service that runs on it."""
    with service(shutil.copytree(made, tmp_path_factory.mktemp("served") / "acme")) as root:
        yield root


BESIDE_A_SERVICE = [
    (("status",), "Service            runs"),
    (("deal", "new", "reach", "source=site"), "Deal 2 is open."),
    (("deal", "set", 1, "need=Fans", "decision_maker=Maria Petrova", "seller_role=integrator"), "Deal 1 is changed."),
    (("check-item", 1, "buying_unit_mapped", "--evidence", "https://acme.example/m"), "is ticked."),
    (("deal", "move", 1, "solution"), "Deal 1 stands in Choice of solution."),
    (("deal", "show", 1), "Deal 1: Sales, Choice of solution"),
    (("deal", "list"), "Choice of solution"),
    (("deal", "log", 1, "kind=call", "direction=in"), "Deal 1 is changed."),
    (("interaction", "list", "--deal", 1), "Incoming"),
    (("row", "put", 1, "tco_components", "component=energy", "confirmed=yes"), "The row is written."),
    (("row", "rm", 1, "tco_components", "energy"), "The row is removed."),
    (("account", "new", "name=Beta"), ""),
    (("account", "set", "Beta", "region=North"), "Beta is changed."),
    (("account", "show", "Beta"), "Region (region)  North"),
    (("account", "list"), "Beta"),
    (("contact", "new", "name=Oleg"), ""),
    (("contact", "set", "Oleg", "email=oleg@beta.example"), "Oleg is changed."),
    (("contact", "show", "Oleg"), "oleg@beta.example"),
    (("contact", "list"), "Oleg"),
    (("task", "list"), "Find suitable solutions"),
    (("timers",), "solution.sla"),
    (("timers", 1, "--all"), "cancelled"),
    (("outbox", "list"), ""),
    (("why", 1), "entered Choice of solution"),
    (("funnel", "react"), "Sales: 1 deal, 1 open, 0 won, 0 lost"),
    (("graph", "react"), "flowchart TD"),
    (("check",), ""),
    (("reload",), "is in force."),
    (("import", "list"), ""),
    (("verify",), "all of it replays to what is stored"),
]


def test_every_command_works_beside_a_running_service(served):
    for words, told in BESIDE_A_SERVICE:
        ran = voronka(*words, "-C", served)
        assert ran.code == 0, f"{words}: {ran.err}"
        assert told in ran.out, words
    task = json.loads(voronka("task", "list", "--json", "-C", served).out)[0]
    assert voronka("task", "done", task["deal"], task["task"], "-C", served).code == 0


def test_a_refusal_comes_through_a_service_as_it_is(served):
    number = voronka("deal", "new", "react", "--json", "-C", served).json["number"]
    refused = voronka("deal", "move", number, "solution", "-C", served)
    assert refused.code == 4
    assert "[needs.leave.require.need]" in refused.err
    unknown = voronka("deal", "show", 99, "-C", served)
    assert (unknown.code, unknown.err.splitlines()[0]) == (2, "There is no deal 99.")
    russian = voronka("deal", "show", 99, "-C", served, "--lang", "ru")
    assert russian.err.splitlines()[0] == Text("There is no deal {name}.", name="99").render("ru")


def test_a_second_service_on_a_workspace_ends_with_5(served):
    ran = program("run", "-C", served)
    assert ran.code == 5
    assert "A service runs on this workspace already." in ran.err
    assert "Traceback" not in ran.err


def test_a_service_runs_until_it_is_told_to_end(root):
    command = [sys.executable, "-m", "voronka", "run", "-C", str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        await_ready(root)
        listed = program("deal", "list", "--json", "-C", root)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert [deal["number"] for deal in listed.json] == [1]
    assert (process.returncode, out) == (0, "")
    assert "Ctrl-C ends it." in err


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit on the size of files")
def test_a_full_disk_is_told_and_leaves_nothing_half_done(root):
    code = (
        "import resource\nfrom voronka.cli.main import main\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        f"main(['deal', 'new', 'reach', '-C', {str(root)!r}])\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert ran.returncode == 5, ran.stderr
    assert "Traceback" not in ran.stderr
    assert [deal["number"] for deal in voronka("deal", "list", "--json", "-C", root).json] == [1]
    assert voronka("verify", "-C", root).code == 0
