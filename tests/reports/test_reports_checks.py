"""A file that is wrong is not released, and a file that is right was read from one moment."""

import io
import json
import os
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from service.crypto import Keyring
from service.ledger import post
from service.reports import CannotExport, FiguresDisagree, executor, export, export_to_file, query
from tests.conftest import Database
from tests.ledger.stripe_rows import MONTHLY, row
from tests.reports.gifts import asked, exported, give

ACCOUNT_OF = "accounts.id = postings.account_id"


@pytest.mark.parametrize(
    "instead",
    [f"{ACCOUNT_OF} AND accounts.code <> 'assets:stripe'", "accounts.currency = postings.currency"],
    ids=["a row that a join loses", "rows that a join doubles"],
)
def test_a_report_that_loses_or_doubles_rows_is_not_released(
    database: Database, keyring: Keyring, tmp_path: Path, instead: str
) -> None:
    give(database.sessions)
    request = asked("ledger")
    wrong = replace(request, spec=replace(request.spec, rows=request.spec.rows.replace(ACCOUNT_OF, instead)))
    with pytest.raises(FiguresDisagree, match="ledger: written"):
        export_to_file(database.engine, wrong, tmp_path / "ledger.csv", keyring)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(FiguresDisagree):
        export(database.engine, wrong, io.BytesIO(), keyring)


def test_an_amount_written_wrong_is_found_by_reading_the_file(database: Database, keyring: Keyring) -> None:
    give(database.sessions)
    request = asked("donations")
    columns = tuple(
        replace(column, of="moved.amount + 1") if column.name == "gross" else column
        for column in request.spec.columns
    )
    wrong = replace(request, spec=replace(request.spec, columns=columns))
    with pytest.raises(FiguresDisagree):
        export(database.engine, wrong, io.BytesIO(), keyring)


def test_a_file_appears_whole_and_only_for_its_owner(
    database: Database, keyring: Keyring, tmp_path: Path
) -> None:
    give(database.sessions)
    path = tmp_path / "donations.csv"
    path.write_text("an older file")
    manifest = export_to_file(database.engine, asked(), path, keyring)
    assert path.read_bytes() == exported(database.engine, keyring, asked()).written
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["donations.csv"]
    told = json.loads(manifest.as_json())
    assert (told["report"], told["rows"], told["zone"], told["formula_guard"]) == (
        "donations",
        1,
        "Europe/Riga",
        "v1",
    )


def test_a_pipe_is_written_to_and_stays_a_pipe(database: Database, keyring: Keyring, tmp_path: Path) -> None:
    give(database.sessions)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as pool:
        read = pool.submit(pipe.read_bytes)
        export_to_file(database.engine, asked(), pipe, keyring)
        assert read.result(10).startswith(b"donation_id,")
    assert pipe.is_fifo()


def test_a_snapshot_is_one_moment_and_can_change_nothing(database: Database, keyring: Keyring) -> None:
    give(database.sessions)
    request = asked("ledger")
    with executor._snapshot(database.engine, request, keyring) as cursor:
        counting = "SELECT count(*) FROM entries"
        before = cursor.execute(counting).fetchone()
        give(database.sessions)
        assert cursor.execute(counting).fetchone() == before
        with pytest.raises(Exception, match="read-only transaction"):
            cursor.execute("DELETE FROM balance_transaction_status")
    assert exported(database.engine, keyring, request).manifest.rows == 6


def test_no_statement_carries_the_key_of_the_pseudonyms(database: Database, keyring: Keyring) -> None:
    with executor._snapshot(database.engine, asked(), keyring) as cursor:
        shown = cursor.execute("SELECT current_setting('sustainer.inner_pad')").fetchone()
        assert shown is not None
        assert shown[0] not in query.copied(asked()).as_string()
    with database.engine.connect() as connection:
        assert not connection.scalar(text("SELECT current_setting('sustainer.inner_pad', true)"))


def test_as_of_waits_for_what_is_being_recorded(
    database: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An entry dated before the instant and committed after it would be missing now and there later."""
    give(database.sessions)
    waiting = Event()

    def noticed(seconds: float) -> None:
        waiting.set()
        time.sleep(min(seconds, 0.02))

    monkeypatch.setattr(executor, "sleep", noticed)
    with ThreadPoolExecutor(1) as pool, database.sessions() as session:
        post(session, [(row(), MONTHLY)])
        as_of = str(session.scalar(text("SELECT max(recorded_at) FROM entries")))
        job = pool.submit(exported, database.engine, keyring, asked("ledger", as_of=as_of))
        assert waiting.wait(10)
        session.commit()
        first = job.result(10)
    assert first.manifest.rows == 6
    assert exported(database.engine, keyring, asked("ledger", as_of=as_of)).written == first.written


def test_as_of_does_not_wait_for_ever(
    database: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executor, "WRITERS_SECONDS", 0.1)
    with database.sessions() as session:
        post(session, [(row(), MONTHLY)])
        with pytest.raises(executor.BooksBusy):
            exported(database.engine, keyring, asked("ledger", as_of="2026-01-01T00:00:00Z"))


def test_a_large_file_comes_in_pieces(database: Database, keyring: Keyring) -> None:
    class Pieces(io.BytesIO):
        sizes: list[int]

        def write(self, piece: Any) -> int:
            self.sizes.append(len(piece))
            return super().write(piece)

    with database.sessions.begin() as session:
        post(session, [(row(), MONTHLY) for _ in range(1200)])
    out = Pieces()
    out.sizes = []
    manifest = export(database.engine, asked("ledger"), out, keyring)
    assert manifest.rows == 3600
    assert len(out.sizes) > 1
    assert all(size < 300_000 for size in out.sizes)


def test_a_reader_that_goes_away_leaves_the_connection_usable(database: Database, keyring: Keyring) -> None:
    class Closed(io.BytesIO):
        def write(self, piece: Any) -> int:
            raise BrokenPipeError

    with database.sessions.begin() as session:
        post(session, [(row(), MONTHLY) for _ in range(1200)])
    one = create_engine(database.url, pool_size=1, max_overflow=0)
    for _ in range(2):
        with pytest.raises(BrokenPipeError):
            export(one, asked("ledger"), Closed(), keyring)
    assert exported(one, keyring, asked("ledger")).manifest.rows == 3600
    one.dispose()


def test_a_request_that_makes_no_sense_never_reaches_the_database() -> None:
    with pytest.raises(CannotExport):
        asked("passwords")
