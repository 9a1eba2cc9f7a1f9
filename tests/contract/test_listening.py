"""Waking one another: what is said while the listener itself speaks is heard, too; and who leads."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from voronka.storage import postgresql as connections
from voronka.storage.listening import Listener, take_lead


def test_a_notice_that_comes_while_the_listener_speaks_is_heard(
    postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = make_url(postgresql)
    real, listening, heard = connections.session, threading.Event(), threading.Semaphore(0)

    class Interrupted:
        """A connection before each NOTIFY of which another one has spoken, so that both come with its answer."""

        def __init__(self, other: psycopg.Connection) -> None:
            self.own, self.other = real(url), other

        def __getattr__(self, name: str) -> Any:
            return getattr(self.own, name)

        def __enter__(self) -> Interrupted:
            return self

        def __exit__(self, *_: object) -> None:
            self.own.close()

        def execute(self, statement: str) -> Any:
            if statement.startswith("NOTIFY"):
                self.other.execute("NOTIFY voronka")
            return self.own.execute(statement)

    with real(url) as other:
        monkeypatch.setattr(connections, "session", lambda url: Interrupted(other))
        listener = Listener(url, lambda: heard.release() if listening.is_set() else listening.set())
        listener.start()
        try:
            assert listening.wait(20)
            for _ in range(3):
                listener.tell()
                assert heard.acquire(timeout=4)  # it looks by itself after five
        finally:
            listener.close()


def test_a_leader_that_gives_no_sign_of_life_loses_the_lead_and_learns_of_it(postgresql: str) -> None:
    url = make_url(postgresql)
    with closing(connections.session(url)) as first, closing(connections.session(url)) as second:
        assert take_lead(first)
        assert not take_lead(second)
        first.execute("SELECT 1")
        tries = (take_lead(second, silent=0.0) or time.sleep(0.01) for _ in range(1_000))
        assert any(tries)
        with pytest.raises(psycopg.OperationalError):
            first.execute("SELECT 1")
