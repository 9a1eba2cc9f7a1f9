"""What a command that keeps no log says beside its answer."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tests.plugins.plugin_files import host_of, write_plugin
from voronka.cli.warned import warn_in, warnings_about
from voronka.messages import Text


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


def test_what_a_scenario_leads_to_is_marked_as_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging, "lastResort", logging.StreamHandler())
    warn_in("ru")
    assert logging.lastResort is not None
    record, told_elsewhere = (
        logging.LogRecord(name, logging.WARNING, "", 0, Text("Waiting"), (), None)
        for name in ("voronka.plugins", "voronka.outbox")
    )
    with warnings_about(Text("Scenario {name}", name="late")):
        assert logging.lastResort.format(record) == "Сценарий late: Waiting"
        assert logging.lastResort.filter(record)
        assert not logging.lastResort.filter(told_elsewhere)
    assert logging.lastResort.format(record) == "Waiting"
    assert logging.lastResort.filter(told_elsewhere)
