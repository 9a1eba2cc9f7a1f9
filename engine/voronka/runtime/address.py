"""Where the database of a workspace is: the file in its state folder, or what `database` in voronka.yaml refers to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from voronka.errors import EnvironmentFault, UsageFault, refused_by_system
from voronka.messages import Text
from voronka.runtime.state import DATABASE

if TYPE_CHECKING:
    from voronka.config.node import Node

__all__ = ["database_address", "names_database", "workspace_name", "workspace_timezone"]

_FILE = "voronka.yaml"
_KINDS = ("postgresql://", "postgres://", "postgresql+psycopg://")


def names_database(root: Path) -> bool:
    """Return whether the workspace keeps its data in a database that voronka.yaml names."""
    return _named(root) is not None


def database_address(root: Path, state: Path) -> str | Path:
    """Return the address of the workspace's database, or the path of its file in the folder `state`.

    Raises `BrokenConfigurationError` if voronka.yaml cannot be read far enough to tell, `EnvironmentFault` if what it
    refers to is missing, and `UsageFault` if that is no address of PostgreSQL.
    """
    named = _named(root)
    if named is None:
        return state / DATABASE
    from voronka.runtime.secrets import SecretFault, Secrets

    place = f"{_FILE}:{named.place.line}"
    try:
        address: str = Secrets(root).resolved(named.text.strip())
    except SecretFault as fault:
        raise EnvironmentFault(
            Text("The address of the database is not known: {reason}.", reason=fault.reason),
            Text("Put the address there, such as postgresql://user:password@host/name, and repeat the command."),
            place=place,
        ) from None
    if not address.startswith(_KINDS):
        raise UsageFault(
            Text("What “database” refers to is no address of a PostgreSQL database."),
            Text("Put an address there such as postgresql://user:password@host/name."),
            place=place,
        )
    return address


def workspace_name(root: Path) -> str | None:
    """Return the name of the workspace as voronka.yaml says it; None if it cannot be read."""
    return _said(root, "workspace")


def workspace_timezone(root: Path) -> str | None:
    """Return the time zone of the workspace as voronka.yaml says it, whatever that is; None if it cannot be read."""
    return _said(root, "timezone")


def _said(root: Path, key: str) -> str | None:
    from voronka.config.reader import read_document

    try:
        document = read_document(_FILE, (root / _FILE).read_bytes())
    except OSError:
        return None
    found = None if document.root is None else document.root.get(key)
    return None if found is None else found.text.strip()


def _named(root: Path) -> Node | None:
    """Return the value of `database` in voronka.yaml, a reference; None without the key."""
    try:
        content = (root / _FILE).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise EnvironmentFault(
            refused_by_system(error), Text("Check the rights to the file."), place=str(root / _FILE)
        ) from error
    if b"database" not in content:  # most workspaces: the reader of YAML need not be loaded
        return None
    from voronka.config.finding import has_errors
    from voronka.config.plugins import check_reference
    from voronka.config.reader import read_document
    from voronka.config.report import Report
    from voronka.runtime.configuration import BrokenConfigurationError

    document = read_document(_FILE, content)
    if document.root is None or has_errors(document.findings):
        raise BrokenConfigurationError(document.findings)
    found = document.root.get("database")
    report = Report()
    if found is not None and not check_reference(found, report):
        raise BrokenConfigurationError(report.findings)
    return found
