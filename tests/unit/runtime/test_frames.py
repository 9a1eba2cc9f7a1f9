"""Frames between the engine and the process of a plugin, and until when they are read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from voronka.runtime.plugin_process import frames
from voronka.runtime.plugin_process.frames import FrameReader, packed

NOW = 1_000.0

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="plugins run in processes of their own as POSIX does")


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Iterator[FrameReader]:
    """A reader at a fixed moment whose other side has said something."""
    monkeypatch.setattr(frames, "time", SimpleNamespace(monotonic=lambda: NOW))
    reading, writing = os.pipe()
    os.write(writing, packed({"log": "x"}))
    yield FrameReader(reading)
    os.close(reading)
    os.close(writing)


def test_what_was_said_in_time_is_read_though_the_reader_is_late(said: FrameReader) -> None:
    assert said.next(NOW - 0.1) == {"log": "x"}


def test_whoever_goes_on_talking_after_the_time_is_not_heard(said: FrameReader) -> None:
    with pytest.raises(TimeoutError):
        said.next(NOW - 1)
