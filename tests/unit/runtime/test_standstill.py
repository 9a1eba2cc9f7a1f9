"""A standstill of the interpreter is told of by name, though nothing of Python runs."""

from __future__ import annotations

import ctypes
import time
from pathlib import Path

from voronka.runtime.standstill import Watch


def fee_that_holds_the_interpreter() -> None:
    ctypes.PyDLL(None).usleep(600_000)


def test_a_call_that_holds_the_interpreter_is_named(tmp_path: Path) -> None:
    with (tmp_path / "told").open("w+") as told:
        watch = Watch(0.2, told)
        watch.start()
        fee_that_holds_the_interpreter()
        watch.stop()
        assert "fee_that_holds_the_interpreter" in (tmp_path / "told").read_text()


def test_nothing_is_told_while_the_interpreter_is_free(tmp_path: Path) -> None:
    with (tmp_path / "told").open("w+") as told:
        watch = Watch(30.0, told)
        watch.start()
        time.sleep(0)
        watch.stop()
        assert (tmp_path / "told").read_text() == ""
