"""Months close in order and for good; what comes late goes to the first open instant, also in a race."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from time import sleep
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text

from service import clock, ledger
from service.ledger import CannotClose, Context, LostDispute
from service.ledger.models import Entry
from service.ledger.seal_models import Period
from tests.conftest import Database
from tests.ledger.stripe_rows import MONTHLY, row

RIGA = ZoneInfo("Europe/Riga")
END_OF_MARCH = datetime(2026, 3, 31, 21, tzinfo=UTC)
LATE_IN_MARCH = datetime(2026, 3, 31, 20, 59, 59, tzinfo=UTC)


@pytest.fixture(autouse=True)
def in_june(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 6, 10, 12, tzinfo=UTC))


def close(database: Database, month: str, **how: bool) -> Period:
    with database.sessions.begin() as session:
        return ledger.close_period(session, month, "ana", RIGA, **how)


def test_a_month_ends_when_it_ends_in_the_newsroom(database: Database) -> None:
    for month, through in (
        ("2026-03", END_OF_MARCH),
        ("2026-04", datetime(2026, 4, 30, 21, tzinfo=UTC)),
    ):
        period = close(database, month)
        assert (period.month, period.through, period.closed_by) == (month, through, "ana")
    with database.sessions() as session:
        newest = ledger.newest_period(session)
        assert newest is not None and newest.month == "2026-04"
        assert [period.month for period in ledger.closed_periods(session)] == ["2026-03", "2026-04"]


def test_a_year_ends_too(database: Database) -> None:
    assert close(database, "2025-12").through == datetime(2025, 12, 31, 22, tzinfo=UTC)
    assert close(database, "2026-01").month == "2026-01"


@pytest.mark.parametrize(
    ("month", "why"),
    [
        ("2026-05", "2026-04 is closed before 2026-05"),
        ("2026-03", "2026-03 is closed already"),
        ("2026-02", "2026-02 is closed already"),
        ("2026-06", "2026-06 is not over"),
        ("2026-13", "'2026-13' is no month"),
        ("2026-4", "'2026-4' is no month"),
        ("April", "'April' is no month"),
    ],
)
def test_what_cannot_be_closed(database: Database, month: str, why: str) -> None:
    close(database, "2026-03")
    with pytest.raises(CannotClose, match=why):
        close(database, month)


def test_suspense_is_emptied_first_unless_told_otherwise(database: Database) -> None:
    strange = row(-10, 0, type="quantum_fee", created=LATE_IN_MARCH)
    with database.sessions.begin() as session:
        ledger.post(session, [(strange, Context())])
    with pytest.raises(
        CannotClose, match="suspense is not empty at the end of 2026-03: 10 minor units of usd"
    ):
        close(database, "2026-03")
    assert close(database, "2026-02").month == "2026-02"
    assert close(database, "2026-03", despite_suspense=True).month == "2026-03"


def test_a_late_fact_goes_to_the_first_open_instant_and_keeps_its_date(database: Database) -> None:
    on_time, late = row(created=LATE_IN_MARCH), row(created=LATE_IN_MARCH)
    in_april = row(created=END_OF_MARCH)
    with database.sessions.begin() as session:
        ledger.post(session, [(on_time, MONTHLY)])
    before = close(database, "2026-03")
    lost = LostDispute(dispute_id="du_1", amount=70, currency="usd", at=LATE_IN_MARCH)
    for _ in range(2):
        with database.sessions.begin() as session:
            ledger.post(session, [(on_time, MONTHLY), (late, MONTHLY), (in_april, MONTHLY)])
            ledger.write_off(session, lost)
    with database.sessions() as session:
        found = {each.key: each for each in session.scalars(select(Entry))}
        assert ledger.trial_balance(session, until=before.through)[0].debit == 4825
    assert len(found) == 4
    assert found[f"stripe:{on_time.id}"].effective_at == LATE_IN_MARCH
    for key in (f"stripe:{late.id}", "dispute-lost:du_1"):
        assert found[key].effective_at == END_OF_MARCH
        assert found[key].context["original_effective_at"] == LATE_IN_MARCH.isoformat()
    assert found[f"stripe:{late.id}"].donation_id == "don_1"
    assert "original_effective_at" not in found[f"stripe:{in_april.id}"].context


def test_who_posts_keeps_the_month_open_until_the_commit(database: Database) -> None:
    """Closing waits for an entry that is written and not committed; it is in the month when it closes."""
    late = row(created=LATE_IN_MARCH)
    with ThreadPoolExecutor(1) as pool:
        with database.sessions.begin() as session:
            ledger.post(session, [(late, MONTHLY)])
            closing = pool.submit(close, database, "2026-03")
            sleep(0.3)
            assert not closing.done()
        assert closing.result(timeout=10).month == "2026-03"
    with database.sessions() as session:
        assert session.scalars(select(Entry)).one().effective_at == LATE_IN_MARCH


def test_who_closes_keeps_entries_out_until_the_commit(database: Database) -> None:
    """Posting waits for the month that is being closed, and then finds it closed."""
    late = row(created=LATE_IN_MARCH)

    def post() -> None:
        with database.sessions.begin() as session:
            ledger.post(session, [(late, MONTHLY)])

    with ThreadPoolExecutor(1) as pool:
        with database.sessions.begin() as session:
            ledger.close_period(session, "2026-03", "ana", RIGA)
            posting = pool.submit(post)
            sleep(0.3)
            assert not posting.done()
        posting.result(timeout=10)
    with database.sessions() as session:
        assert session.scalars(select(Entry)).one().effective_at == END_OF_MARCH


def test_posting_and_closing_at_once_leave_nothing_in_a_closed_month(database: Database) -> None:
    """Four sessions post into the months while they are closed; each month's figures stay as they were."""
    stop = threading.Event()
    months = ("2026-01", "2026-02", "2026-03", "2026-04")

    def post() -> int:
        posted = 0
        while not stop.is_set():
            created = datetime(2026, 1 + posted % 4, 15, tzinfo=UTC)
            with database.sessions.begin() as session:
                ledger.post(session, [(row(created=created), MONTHLY)])
            posted += 1
        return posted

    def figures(through: datetime) -> list[ledger.Balance]:
        with database.sessions() as session:
            return ledger.trial_balance(session, until=through)

    with ThreadPoolExecutor(4) as pool:
        posting = [pool.submit(post) for _ in range(4)]
        seen = []
        try:
            for month in months:
                sleep(0.1)
                period = close(database, month)
                seen.append((period.through, figures(period.through)))
        finally:
            sleep(0.1)
            stop.set()
        assert all(each.result(timeout=30) > 10 for each in posting)
    assert [figures(through) for through, _ in seen] == [then for _, then in seen]
    with database.sessions() as session:
        late = session.scalar(
            text("SELECT count(*) FROM entries WHERE context ? 'original_effective_at'"),
        )
    assert late and late > 0


def test_two_who_close_the_same_month_close_it_once(database: Database) -> None:
    def attempt() -> str:
        try:
            return close(database, "2026-03").month
        except CannotClose as refused:
            return str(refused)

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(each.result() for each in [pool.submit(attempt) for _ in range(2)])
    assert outcomes == ["2026-03", "2026-03 is closed already"]
