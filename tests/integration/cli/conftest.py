from __future__ import annotations

import shutil

import pytest

from tests.integration.cli.running import voronka


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


@pytest.fixture
def ask(made):
    """Run a command that changes nothing on the workspace that all tests share."""
    return lambda *words: voronka(*words, "-C", made)
