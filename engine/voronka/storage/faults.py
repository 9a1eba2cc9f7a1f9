"""What goes wrong in storing, in words for people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from voronka.errors import EnvironmentFault, UsageFault, VoronkaError
from voronka.messages import Text
from voronka.process.codec import UnknownKind
from voronka.process.state import Stream
from voronka.storage.dialects import collided, is_away, is_full, is_locked, is_unusable, sqlstate

__all__ = ["BrokenRecord", "Collision", "StaleVersion", "environment_faults", "passing"]

_MET = Text("Another process has changed the same records at the same time.")
_AGAIN = Text("Look at it again and repeat the command.")


class Collision(VoronkaError):  # noqa: N818 - named for what happened, as the other faults are
    """Another process came between: nothing of the transaction is stored, and it may be tried again at once."""

    exit_code = 4

    def __init__(self, reason: Text = _MET, /) -> None:
        super().__init__(reason, _AGAIN)


class StaleVersion(Collision):
    """A stream moved on since it was read: the decision stands on old facts and is not stored."""

    def __init__(self, stream: Stream, *, expected: int, found: int | None) -> None:
        super().__init__(
            Text(
                "The {kind} {id} was changed by somebody else: entry {expected} was expected, it stands at {found}.",
                kind=stream.kind.value,
                id=stream.id.hex(),
                expected=expected,
                found="?" if found is None else found,
            )
        )
        self.stream = stream
        self.expected = expected
        self.found = found


class BrokenRecord(EnvironmentFault):
    """The database holds what the engine never writes: it was changed by hand or damaged."""

    def __init__(self, what: Text) -> None:
        super().__init__(what, Text("Run `voronka verify` to find the damage, then restore a backup."))


def passing(error: Exception) -> bool:
    """Tell whether an error lies in the world around, which may mend itself, and not in a record or in the engine."""
    return isinstance(error, (EnvironmentFault, Collision)) and not isinstance(error, (BrokenRecord, UnknownKind))


@contextmanager
def environment_faults(place: str) -> Iterator[None]:
    """Turn the driver's errors about locks, room, damage and a server that is away into an `EnvironmentFault` with
    `place`, and those about another process that came between into a `Collision`."""
    try:
        yield
    except NoConnectionLeft as error:
        raise EnvironmentFault(
            Text("The database is busy: every connection to it is in use."),
            Text("Repeat the command in a moment."),
            place=place,
        ) from error
    except DBAPIError as error:
        cause = error.orig or error
        if collided(cause):
            raise Collision from error
        if is_full(cause):
            raise EnvironmentFault(
                Text("The database cannot be written: no room is left on the disk."),
                Text("Free some room and repeat the command; what was acknowledged before is kept."),
                place=place,
            ) from error
        if is_locked(cause):
            raise EnvironmentFault(
                Text("The database is locked by another process."),
                Text("Wait until the other process is done, or end it, and repeat the command."),
                place=place,
            ) from error
        if (told := refused(cause)) is not None:
            raise EnvironmentFault(*told, place=place) from error
        if error.connection_invalidated or is_away(cause):
            raise EnvironmentFault(
                Text("The database does not answer: {reason}.", reason=_line(cause)),
                Text("Check that the server runs, its address, the user and the password, and repeat the command."),
                place=place,
            ) from error
        if error.statement is None and is_unusable(cause):
            raise UsageFault(
                Text("The address of the database cannot be used: {reason}.", reason=_line(cause)),
                Text("Check the parts of the address, also those behind the question mark."),
                place=place,
            ) from error
        if getattr(cause, "sqlite_errorname", "") in _AWAY:
            raise EnvironmentFault(
                Text("The database cannot be read: {reason}.", reason=str(cause)),
                Text("Check the path or address, the rights and the disk; restore a backup if the file is damaged."),
                place=place,
            ) from error
        raise


_AWAY = ("SQLITE_CANTOPEN", "SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_READONLY", "SQLITE_PERM", "SQLITE_AUTH")


def _line(cause: BaseException) -> str:
    """Return the first line of what a driver says."""
    return str(cause).strip().partition("\n")[0].rstrip(".")


def refused(cause: BaseException) -> tuple[Text, Text] | None:
    """Return why a server of PostgreSQL refuses what it is asked to do, and the remedy; None if it is not that."""
    match sqlstate(cause):
        case "42501":
            return (
                Text("The user of the database may not do this: {reason}.", reason=_line(cause)),
                Text(
                    "Let the owner of the database give the rights: GRANT USAGE, CREATE ON SCHEMA public TO the user,"
                    " and if the tables are there, GRANT ALL ON ALL TABLES IN SCHEMA public TO the user."
                ),
            )
        case "25006":
            return (
                Text("The database can only be read: {reason}.", reason=_line(cause)),
                Text(
                    "Give the address of the server that is written to, not of its copy;"
                    " else see default_transaction_read_only there."
                ),
            )
        case "57014":
            return (
                Text("The database has broken a statement off: {reason}.", reason=_line(cause)),
                Text("Take the limit from the user of the workspace: ALTER ROLE … SET statement_timeout = 0"),
            )
        case "3F000":
            return (
                Text("The database has no schema for the workspace: {reason}.", reason=_line(cause)),
                Text("Make the schema that the address names, or take search_path out of it."),
            )
    return None
