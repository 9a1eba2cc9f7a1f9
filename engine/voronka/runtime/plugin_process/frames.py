"""Frames: JSON values on a pipe, each behind its length, none longer than a cap."""

from __future__ import annotations

import json
import os
import select
import time
from collections.abc import Callable
from typing import Any

__all__ = ["LARGEST", "BadFrame", "FrameReader", "packed", "send", "send_all"]

LARGEST = 16 * 1024 * 1024
"""Bytes that a value may take."""

_LENGTH = 4
_BLOCK = 65_536
_LOOK = 0.1
"""Seconds after which it is looked whether the other side is alive: somebody else may hold its end of the pipe."""
_GRACE = 0.5
"""Seconds after the moment in which what was said in time is still read: whoever goes on talking is not heard."""


class BadFrame(Exception):  # noqa: N818 - what came, not a failure of the program
    """What came over the pipe, or should go over it, is no value, or too large a one."""


def packed(value: object) -> bytes:
    """Return a value as a frame. Raises `BadFrame`."""
    try:
        body = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise BadFrame(str(error)) from None
    if len(body) > LARGEST:
        raise BadFrame(f"{len(body)} bytes")
    return len(body).to_bytes(_LENGTH, "big") + body


def send_all(pipe: int, frame: bytes) -> None:
    """Write a frame, however long that takes."""
    view = memoryview(frame)
    while view:
        view = view[os.write(pipe, view) :]


def send(pipe: int, frame: bytes, until: float) -> None:
    """Write a frame to a pipe that does not block, up to a moment of `time.monotonic`.

    Raises `TimeoutError`, and `EOFError` if nobody reads there any more.
    """
    view = memoryview(frame)
    poll = select.poll()
    poll.register(pipe, select.POLLOUT)
    while view:
        if not poll.poll(max(until - time.monotonic(), 0.0) * 1000):
            raise TimeoutError
        try:
            view = view[os.write(pipe, view) :]
        except BlockingIOError:
            continue
        except OSError:
            raise EOFError from None


class FrameReader:
    """Reads frames from a pipe. `alive`: whether the other side is, where that can be known otherwise."""

    def __init__(self, pipe: int, alive: Callable[[], bool] = lambda: True) -> None:
        self._pipe = pipe
        self._alive = alive
        self._buffer = bytearray()
        self._poll = select.poll()
        self._poll.register(pipe, select.POLLIN)

    def next(self, until: float | None = None) -> Any:  # noqa: ANN401 - any JSON
        """Return the next value; wait for it up to a moment of `time.monotonic`, for ever by default.

        Raises `TimeoutError`, `BadFrame`, and `EOFError` if the other side has ended.
        """
        self._fill(_LENGTH, until)
        length = int.from_bytes(self._buffer[:_LENGTH], "big")
        if length > LARGEST:
            raise BadFrame(f"{length} bytes")
        self._fill(_LENGTH + length, until)
        body = bytes(self._buffer[_LENGTH : _LENGTH + length])
        del self._buffer[: _LENGTH + length]
        try:
            return json.loads(body)
        except (ValueError, RecursionError) as error:
            raise BadFrame(str(error)) from None

    def _fill(self, size: int, until: float | None) -> None:
        while len(self._buffer) < size:
            self._wait(until)
            try:
                block = os.read(self._pipe, _BLOCK)
            except OSError:
                block = b""
            if not block:
                raise EOFError
            self._buffer += block

    def _wait(self, until: float | None) -> None:
        if until is None:
            return
        while True:
            left = until - time.monotonic()
            if left <= -_GRACE:
                raise TimeoutError
            if self._poll.poll(max(min(left, _LOOK), 0.0) * 1000):
                return
            if not self._alive():
                raise EOFError
            if left <= 0:
                raise TimeoutError
