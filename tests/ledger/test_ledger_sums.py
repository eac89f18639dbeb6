"""Balances and statements from sealed totals and the tail are those of the postings."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service import clock, ledger
from service.ledger import Balance
from service.ledger.models import Account, Entry, Posting
from service.ledger.seal_models import Seal
from tests.conftest import Database
from tests.ledger.stripe_rows import MONTHLY, NOON, row

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


class Recorder:
    """Business time that goes on, and sometimes back a little, as clocks of two machines do."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.instant = BEGIN

    def __call__(self) -> datetime:
        self.instant += timedelta(minutes=self.chance.randint(-20, 90))
        return self.instant


def from_postings(
    session: Session, start: datetime | None, until: datetime | None, as_of: datetime | None
) -> list[Balance]:
    debit = func.coalesce(func.sum(Posting.amount).filter(Posting.amount > 0), 0)
    credit = func.coalesce(func.sum(-Posting.amount).filter(Posting.amount < 0), 0)
    wanted = (
        select(Account.code, Account.currency, debit, credit)
        .join(Posting, Posting.account_id == Account.id)
        .join(Entry, Entry.id == Posting.entry_id)
        .group_by(Account.code, Account.currency)
        .order_by(Account.code, Account.currency)
    )
    if start is not None:
        wanted = wanted.where(Entry.effective_at >= start)
    if until is not None:
        wanted = wanted.where(Entry.effective_at < until)
    if as_of is not None:
        wanted = wanted.where(Entry.recorded_at <= as_of)
    return [Balance(code, currency, int(d), int(c)) for code, currency, d, c in session.execute(wanted)]


def some_instant(chance: random.Random) -> datetime | None:
    day = BEGIN + timedelta(days=chance.randint(-1, 12))
    return chance.choice([None, day, day + timedelta(seconds=chance.randint(1, 86399))])


@pytest.mark.parametrize("seed", range(6))
def test_sealed_totals_and_tail_are_the_postings(
    database: Database, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    chance = random.Random(seed)
    monkeypatch.setattr(clock, "now", Recorder(chance))
    for _ in range(chance.randint(5, 12)):
        with database.sessions.begin() as session:
            rows = [
                row(
                    amount := chance.randint(-5000, 9000) or 1,
                    abs(amount) // 30,
                    currency=chance.choice(["usd", "eur"]),
                    created=BEGIN + timedelta(seconds=chance.randint(0, 11 * 86400)),
                )
                for _ in range(chance.randint(1, 20))
            ]
            ledger.post(session, [(each, MONTHLY) for each in rows])
        if chance.random() < 0.5:
            with database.sessions.begin() as session:
                ledger.seal(session, at_most=chance.choice([1, 15, 10_000]))
    with database.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Seal))
        recorded = list(session.scalars(select(Entry.recorded_at)))
        for _ in range(25):
            start, until = some_instant(chance), some_instant(chance)
            as_of = chance.choice([None, chance.choice(recorded), BEGIN])
            asked = {"until": until, "as_of": as_of}
            assert ledger.trial_balance(session, **asked) == from_postings(session, None, until, as_of)
            for account in ("assets:stripe", "expenses:fees:processing"):
                told = ledger.statement(session, account, "usd", start=start, until=until, as_of=as_of)
                check_statement(session, told, start, until, as_of)


def check_statement(
    session: Session,
    told: ledger.Statement,
    start: datetime | None,
    until: datetime | None,
    as_of: datetime | None,
) -> None:
    def total(begin: datetime | None, end: datetime | None) -> tuple[int, int]:
        return next(
            (
                (each.debit, each.credit)
                for each in from_postings(session, begin, end, as_of)
                if (each.account, each.currency) == (told.account, told.currency)
            ),
            (0, 0),
        )

    before = total(None, start) if start else (0, 0)
    assert told.opening == before[0] - before[1]
    moved = total(start, until)
    assert (sum(day.debit for day in told.days), sum(day.credit for day in told.days)) == moved
    assert told.closing == told.opening + moved[0] - moved[1]
    stands = told.opening
    for day in told.days:
        stands += day.debit - day.credit
        assert day.balance == stands
        first = datetime(day.day.year, day.day.month, day.day.day, tzinfo=UTC)
        ends = (max(first, start or first), min(first + timedelta(1), until or first + timedelta(1)))
        assert (day.debit, day.credit) == total(*ends)
    assert [day.day for day in told.days] == sorted({day.day for day in told.days})


def test_nothing_was_posted_to_an_account_that_is_not_there(database: Database) -> None:
    with database.sessions() as session:
        assert ledger.trial_balance(session) == []
        empty = ledger.statement(session, "assets:bank", "usd")
    assert (empty.opening, empty.days, empty.closing) == (0, (), 0)


def test_only_what_is_older_than_who_still_writes_is_sealed(database: Database) -> None:
    """An entry with a lower number that is committed later stands in the tail, not between two seals."""

    def stands() -> int:
        with database.sessions() as session:
            assert ledger.trial_balance(session) == from_postings(session, None, None, None)
            return ledger.trial_balance(session)[0].debit

    def sealed() -> int:
        with database.sessions.begin() as session:
            made = ledger.seal(session)
            return made.entries if made else 0

    with database.sessions.begin() as session:
        ledger.post(session, [(row(10, 0), MONTHLY)])
    with database.sessions() as slow:
        ledger.post(slow, [(row(100, 0), MONTHLY)])
        with database.sessions.begin() as session:
            ledger.post(session, [(row(1000, 0), MONTHLY)])
        assert (sealed(), sealed(), stands()) == (1, 0, 1010)
        slow.commit()
    assert stands() == 1110
    assert (sealed(), sealed(), stands()) == (2, 0, 1110)
    with database.sessions() as session:
        assert ledger.verify_chain(session) == []
        assert ledger.trial_balance(session, until=NOON + timedelta(1))[0].debit == 1110
