"""Small workspaces written in a test."""

from textwrap import dedent

from voronka.config import read_workspace

SETTINGS = "workspace: test\ntimezone: Europe/Moscow\ncurrency: RUB\n"


def files(**kinds):
    """Return the files of a workspace: ``funnels="…"`` is the one file of that kind."""
    return {"voronka.yaml": SETTINGS.encode()} | {
        f"configs/{kind}/only.yaml": dedent(text).encode() for kind, text in kinds.items()
    }


def read(**kinds):
    """Return the workspace, which must be without errors."""
    reading = read_workspace(files(**kinds))
    assert reading.workspace is not None, [finding.reason.render() for finding in reading.findings]
    return reading.workspace


def funnel(text, fields="set: own\nfields: {amount: {type: money}, due: {type: date}}\n", **kinds):
    """Return the one funnel of a workspace."""
    return next(iter(read(funnels=text, fields=fields, **kinds).funnels.values()))
