"""What came in, once per (source, key): requests with their answers, and commands that other entries queued."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, Text, bindparam, cast, delete, func, select, text, tuple_, update
from sqlalchemy import Row as RowOfTable

from voronka.errors import VoronkaError
from voronka.frozen import frozen
from voronka.process.codec import canonical, decode_command, encode
from voronka.process.commands import Chain, Command
from voronka.process.state import Stream, StreamKind
from voronka.storage.bulk import Row, insertion
from voronka.storage.dialects import has_row_locks
from voronka.storage.exclusion import attempt_each
from voronka.storage.tables import inbox

__all__ = [
    "HOW_MANY",
    "QUEUE",
    "AnswerPart",
    "Queued",
    "Received",
    "Seen",
    "Unmet",
    "answer_key",
    "answer_of",
    "claim",
    "concerned",
    "count_import",
    "enqueue",
    "forget",
    "free",
    "naming",
    "newest_unmet",
    "queue",
    "queued",
    "queued_keys",
    "record",
    "seen",
    "settle",
    "unmet",
    "unreadable",
    "withdraw",
]

# The source of commands that the engine queued itself; a key there is that of the event: stream, seq, n.
QUEUE = "chain"

_PENDING = inbox.c.status == text("'pending'")
_CHUNK = 500
HOW_MANY = select(func.count()).select_from(inbox).where(_PENDING)
_TOLD = select(cast(inbox.c.command, Text)).where(_PENDING)
_ID = re.compile("(?=([0-9a-f]{32}))")
INSERT = insertion(inbox)
_LAST = select(func.coalesce(func.max(inbox.c.place), 0)).where(_PENDING)


@frozen
class Received:
    """A request that was carried out, to be remembered under its key. `digest`: hash of the request as it came.

    `import_id` and `deal`: of a row of an import, which import took it and which deal it went to.
    """

    key: str
    digest: str
    answer: Mapping[str, Any] | None = None
    import_id: str | None = None
    deal: bytes | None = None


@frozen
class Seen:
    """What is remembered under a key."""

    digest: str
    status: str
    answer: Mapping[str, Any] | None


@frozen
class AnswerPart:
    """A command that an action answered with: `kind`; what it says lies in the vault, with the effect's message.

    `action`: the action's name; `effect`: its key in the deal (``seq.n``).
    """

    kind: str
    action: str
    effect: str


@frozen
class Queued:
    """A command that waits for its turn.

    `target`: the record it is for, which may have to be made. `actor`: who did what it follows from. `origin`, `seq`
    and `n` name the event that queued it, or the message or action of which it tells, at `at`.
    """

    key: str
    target: Stream
    command: Command | AnswerPart
    chain: Chain
    actor: str
    origin: bytes
    seq: int
    n: int
    at: int


@frozen
class Unmet:
    """A queued command that came to nothing: `status` is ``refused`` or ``failed``.

    `kind`: the command's, empty if it cannot be read. `records`: the ids of what it was for and of what queued it.
    """

    key: str
    status: str
    at: int
    kind: str
    records: tuple[bytes, bytes]
    answer: Mapping[str, Any]


def seen(connection: Connection, source: str, keys: Iterable[str]) -> dict[str, Seen]:
    """Return what is remembered under those of the keys that came before."""
    wanted = list(dict.fromkeys(keys))
    found: dict[str, Seen] = {}
    for start in range(0, len(wanted), _CHUNK):
        query = select(inbox.c.key, inbox.c.digest, inbox.c.status, inbox.c.answer).where(
            inbox.c.source == source, inbox.c.key.in_(wanted[start : start + _CHUNK])
        )
        for key, digest, status, answer in connection.execute(query):
            found[key] = Seen(digest=digest, status=status, answer=None if answer is None else json.loads(answer))
    return found


def record(connection: Connection, source: str, received: Sequence[Received], *, at: int) -> None:
    """Remember requests that were carried out, in the transaction that carried them out."""
    INSERT.run(
        connection,
        [
            (
                source,
                one.key,
                one.digest,
                "done",
                at,
                None if one.answer is None else json.dumps(one.answer, ensure_ascii=False),
                one.import_id,
                None,
                one.deal,
                None,
                None,
                None,
            )
            for one in received
        ],
    )


_ORDER = (inbox.c.place, inbox.c.at, inbox.c.origin, inbox.c.seq, inbox.c.n, inbox.c.key)


def queue(connection: Connection, rows: Sequence[Row]) -> None:
    """Let commands wait, behind all that wait and one another: rows of `inbox`, to which it gives their places."""
    if rows:
        last: int = connection.execute(_LAST).scalar_one()
        INSERT.run(connection, [(*row[:-1], place) for place, row in enumerate(rows, last + 1)])


def answer_key(deal: bytes, effect: str, kind: str, token: int) -> str:
    """Return the key of a command that follows from how an effect (``seq.n``) ended.

    `kind`: the command's; `token`: of the lease that ended so, for what is tried again may end again.
    """
    return f"{deal.hex()}.{effect}.{kind}:{token}"


def answer_of(key: str) -> tuple[str, str]:
    """Return of which effect and of which kind a command is by its `answer_key`; of earlier releases without a token.

    What is not such a key makes a kind that no command has.
    """
    seq, n, kind = [*key.split(".", 3)[1:], "", "", ""][:3]
    return f"{seq}.{n}", kind.partition(":")[0]


def enqueue(connection: Connection, commands: Sequence[Queued]) -> None:
    """Let commands wait that no entry has queued, behind all that wait."""
    queue(connection, [_row(each) for each in commands])


def _row(queued: Queued) -> Row:
    command = queued.command
    if isinstance(command, AnswerPart):
        said = {"answer": {"action": command.action, "effect": command.effect}, "command": {"kind": command.kind}}
    else:
        said = {"command": encode(command)}
    target = f"{queued.target.kind.value}:{queued.target.id.hex()}"
    body = canonical({"actor": queued.actor, "chain": queued.chain, "target": target, **said})
    return (QUEUE, queued.key, "", "pending", queued.at, None, None, body, queued.origin, queued.seq, queued.n, None)


def withdraw(connection: Connection, deal: bytes, seq: int, n: int) -> None:
    """Take back what waits to tell how an effect ended: it is on its way again, or a person has said how it ended."""
    mine = (inbox.c.source == QUEUE) & (inbox.c.origin == deal) & (inbox.c.seq == seq) & (inbox.c.n == n)
    connection.execute(delete(inbox).where(_PENDING, mine))


def queued_keys(connection: Connection, *, limit: int) -> list[str]:
    """Return the keys of commands that wait, in the order in which they were queued."""
    query = select(inbox.c.key).where(_PENDING).order_by(*_ORDER).limit(limit)
    return list(connection.execute(query).scalars())


def claim(connection: Connection, *, limit: int, without: Collection[str] = (), only: str | None = None) -> list[str]:
    """Return the keys of up to `limit` commands that wait, in the order in which they were queued.

    None of those `without`; `only`: that one alone. On PostgreSQL those for records that another process holds are
    passed over, with all that wait for the same record, and the records of the others are held: their order is kept.
    """
    query: Select[Any] = select(inbox.c.key, inbox.c.command).where(_PENDING).order_by(*_ORDER)
    if only is not None:
        query = query.where(inbox.c.source == QUEUE, inbox.c.key == only)
    if not has_row_locks(connection.dialect):
        keys = connection.execute(query.limit(limit + len(without))).scalars()
        return [key for key in keys if key not in without][:limit]
    mine: set[str] = set()
    others: set[str] = set()
    claimed: list[str] = []
    with connection.execute(query.execution_options(yield_per=limit)) as rows:
        for part in rows.partitions(limit):
            targets = {row.key: _target(row) for row in part}
            fresh = [target for target in targets.values() if target not in mine and target not in others]
            held = attempt_each(connection, fresh)
            mine |= held
            others |= {*fresh} - held
            claimed += [key for key, target in targets.items() if target in mine and key not in without]
            if 2 * len(claimed) >= limit:
                break
    return claimed[:limit]


def _target(row: RowOfTable[Any]) -> str:
    """Return for which record a command is; one that cannot be read stands for itself."""
    try:
        return str(json.loads(row.command)["target"])
    except (ValueError, LookupError, TypeError):
        return str(row.key)


def queued(connection: Connection, keys: Sequence[str]) -> list[Queued]:
    """Return those commands of these keys that wait, in the order in which they were queued."""
    query = select(inbox).where(_PENDING, inbox.c.source == QUEUE, inbox.c.key.in_(keys)).order_by(*_ORDER)
    return [_queued(row) for row in connection.execute(query)]


def _queued(row: RowOfTable[Any]) -> Queued:
    body = json.loads(row.command)
    kind, _, id_ = body["target"].partition(":")
    origin, step, links = body["chain"]
    return Queued(
        key=row.key,
        target=Stream(StreamKind(kind), bytes.fromhex(id_)),
        command=AnswerPart(kind=body["command"]["kind"], **body["answer"])
        if "answer" in body
        else decode_command(body["command"]),
        chain=Chain(origin, step, tuple(links)),
        actor=body["actor"],
        origin=row.origin,
        seq=row.seq,
        n=row.n,
        at=row.at,
    )


def unreadable(connection: Connection) -> Iterator[tuple[str, str, bytes]]:
    """Yield source and key of each row whose answer cannot be given again, or whose command cannot be carried out.

    With them the id of the record that queued it, if one did.
    """
    for row in connection.execute(select(inbox).execution_options(yield_per=_CHUNK)):
        try:
            if row.answer is not None:
                _prove(json.loads(row.answer))
            if row.status == "pending":
                _queued(row)
        except (VoronkaError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            yield row.source, row.key, row.origin


def _prove(answer: Mapping[str, Any]) -> None:
    """Raise an error unless this is an answer: that of a record's command, or the error that one has met."""
    if set(answer) == {"error"}:
        return
    Stream(StreamKind(answer["stream"]), bytes.fromhex(answer["id"]))
    if not isinstance(answer["seq"], int) or not isinstance(answer["events"], list):
        raise TypeError
    for failure in (answer["refusal"] or {"code": "", "failures": []})["failures"]:
        if not (isinstance(failure["gate"], str) and failure["reason"].keys() and failure["unblock"].keys()):
            raise TypeError


def waiting(connection: Connection) -> int:
    """Return how many commands wait."""
    return connection.execute(HOW_MANY).scalar_one()


def naming(connection: Connection, records: Collection[bytes]) -> Counter[bytes]:
    """Return how many queued commands are for each of the records, or name it."""
    wanted = {record.hex(): record for record in records}
    told = connection.execute(_TOLD).scalars()
    ids = (set(_ID.findall(command)) & wanted.keys() for command in told)
    return Counter(wanted[each] for found in ids for each in found)


def unmet(connection: Connection) -> dict[str, int]:
    """Return how many commands that entries queued were refused, and how many failed, by status."""
    query = (
        select(inbox.c.status, func.count().label("number"))
        .where(inbox.c.source == QUEUE, inbox.c.status.in_(("refused", "failed")))
        .group_by(inbox.c.status)
    )
    return {row.status: row.number for row in connection.execute(query)}


def concerned(connection: Connection) -> list[tuple[str, tuple[bytes, bytes]]]:
    """Return of each queued command that waits or came to nothing its status and the ids of the records concerned."""
    query = select(inbox.c.status, inbox.c.command, inbox.c.origin).where(
        inbox.c.source == QUEUE, inbox.c.status.in_(("pending", "refused", "failed"))
    )
    return [(row.status, _read(row.command, row.origin)[1]) for row in connection.execute(query)]


def _read(command: str, origin: bytes) -> tuple[str, tuple[bytes, bytes]]:
    """Return the kind of a queued command, and the ids of what it was for and of what queued it.

    Of one that cannot be read the kind is empty, and what queued it stands for both.
    """
    try:
        body = json.loads(command)
        return str(body["command"]["kind"]), (bytes.fromhex(body["target"].partition(":")[2]), origin)
    except (ValueError, LookupError, TypeError, AttributeError):
        return "", (origin, origin)


def newest_unmet(connection: Connection, *, limit: int, skip: int = 0) -> list[Unmet]:
    """Return the queued commands that came to nothing, the newest first, without the first `skip`."""
    query = (
        select(inbox.c.key, inbox.c.status, inbox.c.at, inbox.c.command, inbox.c.answer, inbox.c.origin)
        .where(inbox.c.source == QUEUE, inbox.c.status.in_(("refused", "failed")))
        .order_by(inbox.c.at.desc(), inbox.c.key.desc())
        .limit(limit)
        .offset(skip)
    )
    found = []
    for row in connection.execute(query):
        kind, records = _read(row.command, row.origin)
        answer = json.loads(row.answer or "{}")
        found.append(Unmet(key=row.key, status=row.status, at=row.at, kind=kind, records=records, answer=answer))
    return found


def settle(connection: Connection, answers: Mapping[str, Mapping[str, Any] | None], *, failed: bool = False) -> None:
    """End waiting commands, by key, with their answers: done, refused, or failed where the engine itself could not."""
    if not answers:
        return
    query = (
        update(inbox)
        .where(inbox.c.source == QUEUE, inbox.c.key == bindparam("is_key"))
        .values(status=bindparam("ends"), answer=bindparam("gives"))
    )
    rows = [
        {
            "is_key": key,
            "ends": "failed" if failed else "refused" if answer and answer.get("refusal") else "done",
            "gives": None if answer is None else json.dumps(answer, ensure_ascii=False),
        }
        for key, answer in answers.items()
    ]
    connection.execute(query, rows)


def forget(connection: Connection, source: str, keys: Iterable[str]) -> None:
    """Forget the answers under these keys that were refusals: nothing was carried out."""
    for key, known in seen(connection, source, keys).items():
        if known.answer is not None and known.answer.get("refusal"):
            connection.execute(delete(inbox).where(inbox.c.source == source, inbox.c.key == key))


def count_import(connection: Connection, import_id: str) -> int:
    """Return how many rows of an import are remembered."""
    query = select(func.count()).select_from(inbox).where(inbox.c.import_id == import_id)
    return connection.execute(query).scalar_one()


def free(connection: Connection, import_id: str, deals: Collection[bytes] | None = None) -> int:
    """Forget the rows of an import, so that they may come again, or those of them that went to `deals`; count them."""
    mine = inbox.c.import_id == import_id
    if deals is None:
        return connection.execute(delete(inbox).where(mine)).rowcount
    query = select(inbox.c.source, inbox.c.key, inbox.c.origin).where(mine)
    gone = [(row.source, row.key) for row in connection.execute(query) if row.origin in deals]
    for start in range(0, len(gone), _CHUNK):
        connection.execute(delete(inbox).where(tuple_(inbox.c.source, inbox.c.key).in_(gone[start : start + _CHUNK])))
    return len(gone)
