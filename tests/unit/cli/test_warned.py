"""What a command that keeps no log says beside its answer."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tests.plugins.plugin_files import host_of, write_plugin
from voronka.cli.warned import warn_in


def test_that_a_plugin_is_left_out_is_no_line_above_the_answer_of_every_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(logging, "lastResort", logging.StreamHandler())
    warn_in("ru")
    assert logging.lastResort is not None
    write_plugin(tmp_path, "bad", "raise ImportError")
    host_of(tmp_path).plugins()
    logging.getLogger("voronka.plugins").error("The function bad.sum failed.")
    told = {record.getMessage(): bool(logging.lastResort.filter(record)) for record in caplog.records}
    assert [(text.split(" (")[0], shown) for text, shown in told.items()] == [
        ("The plugin bad", False),
        ("The function bad.sum failed.", True),
    ]
