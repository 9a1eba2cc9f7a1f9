"""Histories that were written once are read for ever, with and without the plugins they speak of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from voronka.process.codec import canonical, decode_command, decode_event, encode
from voronka.process.events import ActionRequested
from voronka.process.state import VaultRef

# Events and commands as they stand in histories, a line each: never changed, only added to.
WRITTEN = (Path(__file__).parent / "history.jsonl").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("written", WRITTEN)
def test_what_stands_in_a_history_is_read_and_written_as_it_was(written):
    data = json.loads(written)
    read = decode_event(data) if "version" in data else decode_command(data)
    assert canonical(encode(read)) == written


def test_a_reference_to_the_vault_is_one_wherever_it_stands():
    event = next(decode_event(json.loads(line)) for line in WRITTEN if "action.requested" in line)
    assert isinstance(event, ActionRequested)
    assert event.arguments["who"] == VaultRef(bytes.fromhex("01" * 16), "phone:9f")
    assert event.arguments["list"] == ("a", {"x": (1, None)})
