"""Makes a report's file: one snapshot, streamed, and checked against itself before it is given away.

The database writes the CSV (`COPY`); we pass it on in pieces of 256 KiB, so memory stays flat
whatever the size. Every piece is read again on its way, and what it adds up to must equal what a
second query finds in the same snapshot. A file that disagrees is not released.
"""

import hashlib
import os
import tempfile
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from time import sleep
from typing import Any, BinaryIO

import psycopg
from sqlalchemy import Engine, text

from service import clock
from service.crypto import Keyring
from service.reports import query
from service.reports.columns import pads
from service.reports.manifest import Manifest
from service.reports.request import ExportRequest
from service.reports.tally import FiguresDisagree, Tally

CHUNK_BYTES = 256 * 1024
# Dates as ISO has them; the rest is for speed: large sorts in memory, no compiling of a single statement.
SETTINGS = {"datestyle": "ISO, YMD", "jit": "off", "work_mem": "64MB"}

# An entry is dated a moment before it is committed.
LATE_BY = timedelta(seconds=2)
WRITERS_SECONDS = 10.0
WRITERS = text(
    "SELECT DISTINCT virtualtransaction FROM pg_locks "
    "WHERE relation = CAST('public.entries' AS regclass) AND mode = 'RowExclusiveLock' "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


class BooksBusy(Exception):
    """An entry that may belong to the report has been on its way for too long; try again."""


def export(engine: Engine, request: ExportRequest, out: BinaryIO, keyring: Keyring) -> Manifest:
    """Write the report to `out`. Raises FiguresDisagree when what was written is wrong."""
    if request.as_of is not None:
        _let_writers_arrive(engine, request.as_of)
    with _snapshot(engine, request, keyring) as cursor:
        expected = {
            currency: [int(figure) for figure in figures]
            for currency, *figures in cursor.execute(query.control(request)).fetchall()
        }
        tally, digest = Tally(request.spec), hashlib.sha256()
        # Closed at once where `out` fails, so that the connection is left in order.
        with closing(_chunks(cursor, request)) as chunks:
            for chunk in chunks:
                tally.read(chunk)
                digest.update(chunk)
                out.write(chunk)
    if tally.found != expected:
        raise FiguresDisagree(f"{request.spec.name}: written {dict(tally.found)}, in the books {expected}")
    return Manifest.of(request, expected, digest.hexdigest())


def export_to_file(engine: Engine, request: ExportRequest, path: Path, keyring: Keyring) -> Manifest:
    """The same into a file, which appears whole and checked or not at all; only its owner may read it."""
    path = path.resolve()
    if path.exists() and not path.is_file():
        # A pipe or a device is written to; putting a file in its place would take it away.
        with path.open("wb") as out:
            return export(engine, request, out, keyring)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            manifest = export(engine, request, out, keyring)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return manifest


@contextmanager
def _snapshot(engine: Engine, request: ExportRequest, keyring: Keyring) -> Iterator[psycopg.Cursor[Any]]:
    """The driver's cursor in a transaction that sees one state of the books and can change nothing."""
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**options) as connection, connection.begin():
        settings = SETTINGS | (pads(keyring.lookup("donor-ref")) if request.spec.pseudonymous else {})
        for name, value in settings.items():
            connection.execute(text("SELECT set_config(:name, :value, true)"), {"name": name, "value": value})
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        with driver.cursor() as cursor:
            yield cursor


def _chunks(cursor: psycopg.Cursor[Any], request: ExportRequest) -> Generator[bytes]:
    """Whole records, about 256 KiB of them at a time; the server sends each record as one message."""
    waiting: list[bytes] = []
    size = 0
    with cursor.copy(query.copied(request)) as records:
        for record in records:
            waiting.append(bytes(record))
            size += len(record)
            if size >= CHUNK_BYTES:
                yield b"".join(waiting)
                waiting.clear()
                size = 0
    yield b"".join(waiting)


def _let_writers_arrive(engine: Engine, as_of: datetime) -> None:
    """What is recorded by `as_of` but not committed yet would be missing now and there the next time."""
    if clock.now() - as_of < LATE_BY:
        sleep(LATE_BY.total_seconds())
    deadline = clock.stopwatch() + WRITERS_SECONDS
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        writing = set(connection.scalars(WRITERS))
        while writing:
            if clock.stopwatch() > deadline:
                raise BooksBusy(f"entries have been on their way for {WRITERS_SECONDS:.0f} seconds")
            sleep(0.02)
            writing &= set(connection.scalars(WRITERS))
