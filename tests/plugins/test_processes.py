"""Plugins in processes of their own: whatever their code does there is one failed attempt and nothing else."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.plugins.plugin_workspace import plugin_code
from voronka.errors import PluginFault
from voronka.hooks.channels import DeliveryError
from voronka.hooks.discovery import Program
from voronka.messages import Sentence
from voronka.runtime.plugin_answers import UnsoundAnswer
from voronka.runtime.plugin_process.faults import Busy, Late, ProcessEnded, Raised, Unavailable
from voronka.runtime.plugin_process.pool import Pool
from voronka.runtime.plugin_process.process import Limits
from voronka.runtime.secrets import SecretFault

LIMIT = 0.3
PLUGIN = """
import ctypes, os, re, signal, subprocess, sys, threading, time
from pathlib import Path

def run(call):
    do = call.arguments.get("do", "")
    scope = dict(globals(), call=call)
    exec(do, scope)
    return scope.get("result")

@hookimpl
def voronka_actions():
    yield ActionType(name="erp.do", label=LABEL, run=run, arguments={"type": "object"})
"""
OTHER = PLUGIN + '    yield ActionType(name="erp.other", label=LABEL, run=run, arguments={"type": "object"})\n'
START = 30.0  # a busy machine starts slowly; no test waits for it to pass
GONE = 10.0


def program(tmp_path: Path, code: str = PLUGIN) -> Program:
    return Program(file=str(tmp_path / "erp.py"), text=plugin_code(code).encode().decode("latin-1"))


@contextmanager
def pool_of(tmp_path: Path, code: str = PLUGIN, **limits: Any) -> Iterator[Pool]:
    told: list[Sentence | None] = []
    log = logging.getLogger("voronka.plugin.erp")
    log.setLevel(logging.INFO)
    made = Pool("erp", program(tmp_path, code), limits=Limits(**{"start": START, **limits}), log=log, told=told.append)
    try:
        yield made
    finally:
        made.close()
        log.setLevel(logging.NOTSET)
        assert made.running == ()


def request(do: str = "", tmp_path: Path | None = None, **services: Any) -> dict[str, Any]:
    return {
        "call": "action",
        "name": "erp.do",
        "key": "00ff-1",
        "deal": {"id": "00ff", "number": 1, "funnel": "sales", "stage": "new"},
        "arguments": {"do": do},
        "at": "2026-03-02T09:00:00+00:00",
        "attempt": 1,
        "services": {
            "settings": {},
            "secrets": {},
            "folder": str(tmp_path or ""),
            "hosts": [],
            "now": None,
            **services,
        },
    }


def others(process: int) -> bool:
    """Whether a process has more threads than its first."""
    try:
        return len(list(Path(f"/proc/{process}/task").iterdir())) > 1
    except FileNotFoundError:
        return False


def gone(process: int) -> bool:
    """Whether a process ends soon."""
    until = time.monotonic() + GONE
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        # Its first thread may be a zombie while others still end: until then nobody learns that it is gone.
        if state in "ZX" and not others(process):
            return True
        time.sleep(0.01)
    return False


GARBAGE = """
for each in range(3, 99):
    try: os.write(each, b"GARBAGE!" * 9)
    except OSError: pass
"""
STRANGE = """
from voronka.runtime.plugin_process.frames import packed, send_all
for each in range(3, 99):
    try: send_all(each, packed({"number": 77}))
    except OSError: pass
"""
BREAKS: dict[str, tuple[str, type[Exception], str]] = {
    "a segfault": ("ctypes.string_at(0)", ProcessEnded, "SIGSEGV"),
    "an abort": ("os.abort()", ProcessEnded, "SIGABRT"),
    "os._exit": ("os._exit(3)", ProcessEnded, "the code 3"),
    "os._exit as if all were well": ("os._exit(0)", ProcessEnded, "the code 0"),
    "killed": ("os.kill(os.getpid(), signal.SIGKILL)", ProcessEnded, "SIGKILL"),
    "an endless loop": ("while True: pass", Late, ""),
    "a regular expression that runs away": ("re.match('(a+)+$', 'a' * 64 + 'b')", Late, ""),
    "a call that keeps the interpreter": ("ctypes.PyDLL(None).sleep(60)", Late, ""),
    "a late answer": ("time.sleep(60)", Late, ""),
    "deaf to signals": ("signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65)); time.sleep(60)", Late, ""),
    "garbage on the pipes": (GARBAGE, ProcessEnded, "no answer"),
    "an answer that is no call's": (STRANGE, ProcessEnded, "no answer"),
    "closed pipes": ("os.closerange(3, 99); time.sleep(60)", ProcessEnded, "pipe"),
}


@pytest.fixture(scope="module")
def pool(tmp_path_factory) -> Iterator[Pool]:
    """A pool for many tests: each finds it able to work, whatever those before have done to it."""
    with pool_of(tmp_path_factory.mktemp("pool")) as made:
        yield made


@pytest.mark.parametrize("kind", BREAKS)
def test_what_breaks_the_process_breaks_its_call_alone(pool: Pool, kind: str) -> None:
    do, error, said = BREAKS[kind]
    assert pool.call(request("result = ActionResult(set={'a': '1'})"), GONE)["set"] == {"a": "1"}
    broken, (process,) = pool.broken, pool.running
    with pytest.raises(error) as raised:
        pool.call(request(do), LIMIT if error is Late else GONE)
    assert said in str(raised.value)
    assert gone(process)
    assert (pool.running, pool.broken) == ((), broken + 1)


RAISES = {
    "an error": ("raise RuntimeError('no luck')", Raised, "RuntimeError: no luck"),
    "an exit": ("sys.exit(3)", Raised, "SystemExit: 3"),
    "a fault of delivery": ("raise DeliveryError('later', retry_after=5)", DeliveryError, "later"),
    "more memory than it may have": ("result = b'x' * (3 << 30)", Raised, "MemoryError"),
    "an answer that is none": ("result = 42", UnsoundAnswer, "int that is no ActionResult"),
    "an answer that cannot be kept": ("result = ActionResult(set={'a': object()})", UnsoundAnswer, "cannot be kept"),
    "a number that is none": ("result = ActionResult(set={'a': float('nan')})", UnsoundAnswer, "cannot be kept"),
    "an answer that is too large": ("result = ActionResult(log={'text': 'x' * (17 << 20)})", Raised, "bytes"),
    "an error that cannot be told": ("class E(Exception):\n  def __str__(self): 1/0\nraise E()", Raised, "E"),
}  # fmt: skip


@pytest.mark.parametrize("kind", RAISES)
def test_what_a_plugin_raises_comes_over_and_breaks_no_process(pool: Pool, kind: str) -> None:
    do, error, said = RAISES[kind]
    broken = pool.broken
    with pytest.raises(error) as raised:
        pool.call(request(do), START)
    assert said in str(raised.value)
    assert pool.broken == broken


def test_a_gigabyte_of_output_is_read_and_its_beginning_logged(pool: Pool, caplog) -> None:
    do = "block = b'x' * (1 << 20) + b'\\n'\nprint('first')\nfor n in range(1024): os.write(1 + n % 2, block)"
    assert pool.call(request(do), START) is None
    until = time.monotonic() + START
    while "second" not in caplog.messages and time.monotonic() < until:
        # What the first call has left in the pipe may still use up the share of this one.
        assert pool.call(request("print('second'); call.services.log.info('third')"), GONE) is None
        time.sleep(0.01)
    assert {"first", "second", "third"} <= set(caplog.messages)
    assert "erp prints more than is logged of it." in caplog.messages
    assert sum(map(len, caplog.messages)) < 10_000


def test_children_of_a_process_end_with_it(pool: Pool, tmp_path: Path) -> None:
    fork = (
        "child = os.fork()\nif child == 0:\n  while True: time.sleep(60)\nresult = ActionResult(set={'child': child})"
    )
    other = (
        "child = os.fork()\nif child: Path(call.services.state, 'child').write_text(str(child)); os._exit(1)\n"
        "time.sleep(60)"
    )
    child = pool.call(request(fork), GONE)["set"]["child"]
    assert Path(f"/proc/{child}").exists()
    with pytest.raises(ProcessEnded):
        pool.call(request(other, tmp_path), GONE)
    assert gone(child)
    assert gone(int((tmp_path / "child").read_text()))


def test_a_fork_that_comes_back_from_the_plugin_says_nothing(pool: Pool) -> None:
    broken = pool.broken
    assert pool.call(request("os.fork(); result = ActionResult(move='a')"), GONE)["move"] == "a"
    assert pool.call(request("result = ActionResult(move='b')"), GONE)["move"] == "b"
    assert pool.broken == broken


def test_a_process_sees_its_own_secrets_and_no_others(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("TOKEN_OF_OTHERS", "hidden")
    do = "result = ActionResult(set={'env': os.environ.get('TOKEN_OF_OTHERS'), 'own': call.services.settings['token']})"
    given: dict[str, Any] = {
        "settings": {"token": "${env:OWN}", "none": "${env:NONE}"},
        "secrets": {"env:OWN": "abc", "env:NONE": {"en": "it is not set"}},
    }
    with pool_of(tmp_path) as pool:
        assert pool.call(request(do, **given), GONE)["set"] == {"env": None, "own": "abc"}
        with pytest.raises(SecretFault, match="it is not set"):
            pool.call(request("call.services.settings['none']", **given), GONE)


def test_calls_at_the_same_time_have_a_process_each_up_to_a_bound(tmp_path: Path) -> None:
    go = tmp_path / "go"
    do = f"while not Path({str(go)!r}).exists(): time.sleep(0.01)"
    with pool_of(tmp_path, processes=2) as pool:
        calls = [threading.Thread(target=pool.call, args=(request(do), START)) for _ in range(2)]
        for each in calls:
            each.start()
        until = time.monotonic() + START
        while len(pool.running) < 2 and time.monotonic() < until:
            time.sleep(0.01)
        with pytest.raises(Unavailable, match="all its 2 processes are at work"):
            pool.call(request(), GONE)
        go.touch()
        for each in calls:
            each.join()
        assert len(pool.running) == 2


def test_what_hangs_delays_no_other_call(tmp_path: Path) -> None:
    go = tmp_path / "go"
    do = f"while not Path({str(go)!r}).exists(): time.sleep(0.01)"
    with pool_of(tmp_path, OTHER, processes=1, wait=0.0) as pool:
        hanging = threading.Thread(target=pool.call, args=(request(do), START))
        hanging.start()
        until = time.monotonic() + START
        while not pool.running and time.monotonic() < until:
            time.sleep(0.01)
        with pytest.raises(Busy):
            pool.call(request(), GONE)
        assert pool.call({**request(), "name": "erp.other"}, GONE) is None
        go.touch()
        hanging.join()


def test_a_call_that_waits_goes_on_as_soon_as_a_process_is_free(tmp_path: Path) -> None:
    with pool_of(tmp_path, processes=1, wait=START) as pool:
        first = threading.Thread(target=pool.call, args=(request("time.sleep(0.2)"), START))
        first.start()
        pool.call(request(), GONE)
        first.join()
        assert len(pool.running) == 1


def test_what_breaks_its_process_time_and_again_is_left_alone_for_a_while(tmp_path: Path) -> None:
    with pool_of(tmp_path, OTHER, pause=60.0) as pool:
        for _ in range(2):
            with pytest.raises(ProcessEnded):
                pool.call(request("os._exit(1)"), GONE)
        with pytest.raises(Unavailable, match="2 times in a row") as raised:
            pool.call(request(), GONE)
        assert 0 < raised.value.retry_after <= 60
        assert pool.running == ()
        assert pool.call({**request(), "name": "erp.other"}, GONE) is None


def test_a_process_that_cannot_load_the_plugin_says_why(tmp_path: Path) -> None:
    with pool_of(tmp_path, "raise ImportError('no driver')") as pool, pytest.raises(PluginFault, match="no driver"):
        pool.call(request(), GONE)


def test_a_process_that_dies_as_it_loads_counts_as_no_attempt(tmp_path: Path) -> None:
    with pool_of(tmp_path, "import os; os._exit(5)") as pool, pytest.raises(Unavailable, match="the code 5"):
        pool.call(request(), GONE)


def test_a_process_that_died_while_it_was_idle_spoils_no_call(tmp_path: Path) -> None:
    with pool_of(tmp_path) as pool:
        pool.call(request(), GONE)
        (first,) = pool.running
        os.kill(first, signal.SIGKILL)
        assert gone(first)
        assert pool.call(request(), GONE) is None


def test_a_process_that_has_grown_is_replaced(tmp_path: Path) -> None:
    with pool_of(tmp_path, memory=256 << 20) as pool:
        pool.call(request("kept = b'x' * (160 << 20)"), GONE)
        assert pool.running == ()
        assert pool.broken == 0
        assert pool.call(request(), GONE) is None


def test_a_process_is_not_taken_to_be_as_large_as_the_engine(tmp_path: Path) -> None:
    engine = bytearray(b"x") * (200 << 20)
    with pool_of(tmp_path, memory=256 << 20) as pool:
        pool.call(request(), GONE)
        assert len(pool.running) == 1, len(engine)


def test_what_is_kept_is_closed_as_the_process_ends(tmp_path: Path) -> None:
    do = (
        "class Kept:\n  def close(self): Path(call.services.state, 'closed').touch()\n"
        "call.services.keep('it', lambda: Kept())"
    )
    with pool_of(tmp_path, close=GONE) as pool:
        pool.call(request(do, tmp_path), GONE)
    assert (tmp_path / "closed").exists()


ENGINE = """
import json, sys, logging, threading
from tests.plugins.test_processes import program, request
from voronka.runtime.plugin_process.pool import Pool
from voronka.runtime.plugin_process.process import Limits
from voronka.runtime.secrets import SecretFault
from pathlib import Path
root = Path(sys.argv[1])
pool = Pool("erp", program(root), limits=Limits(start=30.0), log=logging.getLogger("x"), told=print)
pool.call(request(), 10.0)
print(pool.running[0], flush=True)
pool.call(request(sys.argv[2]), 60.0)
"""


@pytest.mark.parametrize("do", ["ctypes.PyDLL(None).sleep(60)", "time.sleep(60)"])
def test_no_process_outlives_an_engine_that_is_killed(tmp_path: Path, do: str) -> None:
    given = [json.dumps(program(tmp_path).to_json()), json.dumps(request(do))]
    engine = subprocess.Popen([sys.executable, "-c", ENGINE, *given], stdout=subprocess.PIPE, text=True)
    try:
        assert engine.stdout is not None
        process = int(engine.stdout.readline())
        engine.kill()
        engine.wait()
        assert gone(process)
    finally:
        engine.kill()
        engine.communicate()
