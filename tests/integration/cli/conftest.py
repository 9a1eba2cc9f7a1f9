from __future__ import annotations

import shutil
import signal
from contextlib import contextmanager

import pytest

from tests.integration.cli.running import voronka
from tests.integration.service_process import await_ready, start_service
from tests.readings import read_once


@pytest.fixture(scope="module", autouse=True)
def _read_once():
    with read_once():
        yield


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch):
    for name in ("VORONKA_USER", "VORONKA_LANG", "LANG", "LC_ALL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """The reference workspace with one deal, its account and its contact."""
    root = tmp_path_factory.mktemp("made") / "acme"
    for words in (
        ("init", root),
        ("account", "new", "name=Acme", "region=Moscow", "-C", root),
        ("contact", "new", "name=Maria Petrova", "email=maria@acme.example", "account=Acme", "-C", root),
        (
            "deal",
            "new",
            "react",
            "account=Acme",
            "contact=Maria Petrova",
            "owner=builders_1",
            "amount=1500.50",
            "-C",
            root,
        ),
    ):
        ran = voronka(*words)
        assert ran.code == 0, ran.err
    return root


@pytest.fixture
def root(made, tmp_path):
    """A copy of it that a test may change."""
    return shutil.copytree(made, tmp_path / "acme")


@pytest.fixture
def run(root):
    """Run a command on that copy."""
    return lambda *words: voronka(*words, "-C", root)


@contextmanager
def service(root):
    """Let a service run on a workspace; it ends cleanly."""
    process = start_service(root)
    try:
        await_ready(root)
        yield root
    finally:
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=60)
    assert process.returncode == 0, told


@pytest.fixture(scope="session")
def shared(made, tmp_path_factory):
    """A copy that a service runs on and nobody changes."""
    with service(shutil.copytree(made, tmp_path_factory.mktemp("shared") / "acme")) as root:
        yield root


@pytest.fixture
def ask(shared):
    """Run a command that changes nothing on the workspace that all tests share."""
    return lambda *words: voronka(*words, "-C", shared)
