"""What plugins print within the engine: apart from what a command answers."""

from __future__ import annotations

import logging
import sys

import pytest

from voronka.hooks.limits import call_within
from voronka.hooks.printed import printed_apart


def test_what_a_plugin_prints_goes_into_the_log(capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO, "voronka.plugins")
    with printed_apart():
        print("[]")
        call_within(5, lambda: print("loaded", 1, "\x1b[2Jtwice", sep="\n", flush=True))
    assert capsys.readouterr() == ("[]\n", "")
    assert caplog.messages == ["loaded", "1", "[2Jtwice"]


def test_of_a_command_that_keeps_no_log_it_goes_to_standard_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    before = sys.stdout
    with printed_apart():
        call_within(5, lambda: print("loaded"))
        sys.stdout.writelines(["a", "b"])
        assert sys.stdout.encoding == before.encoding
    assert capsys.readouterr() == ("ab", "loaded\n")
    assert sys.stdout is before
