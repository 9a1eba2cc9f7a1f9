"""Functions of plugins: what their code gives beside what their SQL form gives in the databases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Engine, create_engine, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from voronka.expressions.function import ExpressionFunction
from voronka.expressions.values import Kind, Value
from voronka.hooks.functions import guarded
from voronka.hooks.sql_forms import why_no_sql
from voronka.messages import Sentence
from voronka.sql.backend import Backend, type_of
from voronka.sql.calls import called
from voronka.sql.duckdb import DuckdbBackend
from voronka.sql.postgresql import PostgresqlBackend
from voronka.sql.sqlite import SqliteBackend

__all__ = ["check_function"]

_LOCAL: Mapping[str, type[Backend]] = {"sqlite://": SqliteBackend, "duckdb:///:memory:": DuckdbBackend}


def check_function(
    function: ExpressionFunction, samples: Iterable[Sequence[Value | None]], *, postgresql: str | None = None
) -> None:
    """Check that a function gives the same in Python as in SQLite and DuckDB, and PostgreSQL if its address is given.

    `samples`: arguments to try, each kept as its `Kind` tells; take the ends of what may come, and numbers below zero.

    Raises `AssertionError` that tells the first sample for which they differ, and `ValueError` if the function has no
    SQL form that can be used.
    """
    if function.sql is None or (why := why_no_sql(function)) is not None:
        raise ValueError(f"{function.name}: {'it has no SQL form' if function.sql is None else why}")
    tried = [tuple(sample) for sample in samples]
    expected = [_in_python(function, sample) for sample in tried]
    places: Mapping[str, type[Backend]] = _LOCAL if postgresql is None else {**_LOCAL, postgresql: PostgresqlBackend}
    for address, backend in places.items():
        engine = create_engine(address, poolclass=StaticPool)
        try:
            for sample, wanted in zip(tried, expected, strict=True):
                call = f"{function.name}({', '.join(map(repr, sample))})"
                try:
                    found = _in_database(engine, backend(), function, sample)
                except DBAPIError as error:
                    raise AssertionError(f"{call} fails in {backend.name}: {error.orig}") from None
                if found != wanted:
                    raise AssertionError(f"{call} gives {wanted!r} in Python and {found!r} in {backend.name}")
        finally:
            engine.dispose()


def _in_python(function: ExpressionFunction, sample: Sequence[Value | None]) -> Value | None:
    if len(sample) != len(function.parameters):
        raise ValueError(f"{function.name}: {sample!r} is no sample of its {len(function.parameters)} arguments")
    if any(value is None for value in sample):
        return None
    troubles: dict[str, Sentence] = {}
    value = guarded(function, troubles).call(*sample)
    for trouble in troubles.values():
        raise AssertionError(f"{function.name}{sample!r} {trouble}")
    return value


def _in_database(
    engine: Engine, backend: Backend, function: ExpressionFunction, sample: Sequence[Value | None]
) -> Value | None:
    operands = [
        backend.constant(value, kind) if value is None else backend.parameter(value, type_of(kind))
        for value, kind in zip(sample, function.parameters, strict=True)
    ]
    with engine.connect() as connection:
        found: Value | None = connection.execute(select(called(function, backend, *operands))).scalar_one()
    return bool(found) if function.result is Kind.BOOL and found is not None else found
