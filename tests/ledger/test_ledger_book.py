"""Posting: once for each balance transaction, whoever brings it and however often; never other money."""

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select

from service.database import Sessions
from service.gateway import BalanceTransaction
from service.ledger import Balance, Context, Contradiction, entry_for, post, trial_balance
from service.ledger.book import as_given
from service.ledger.canonical import entry_digest, mirror_digest
from service.ledger.models import Account, Entry, EntryDigest, Mirror, MirrorStatus, Posting
from tests.conftest import Database
from tests.ledger.stripe_rows import MONTHLY, NOON, part, row


def post_all(sessions: Sessions, *moved: BalanceTransaction, context: Context = MONTHLY) -> list[str]:
    with sessions.begin() as session:
        return post(session, [(each, context) for each in moved])


def counts(sessions: Sessions) -> dict[str, int]:
    with sessions() as session:
        return {
            model.__tablename__: session.scalar(select(func.count()).select_from(model)) or 0
            for model in (Entry, EntryDigest, Posting, Mirror, MirrorStatus, Account)
        }


def test_what_is_posted_can_be_read_and_derived_again(database: Database) -> None:
    moved = row(5000, 175, fee_details=(part("stripe_fee", 150), part("tax", 25)), exchange_rate="1.0950")
    assert post_all(database.sessions, moved) == [moved.id]
    with database.sessions() as session:
        entry = session.scalars(select(Entry)).one()
        mirror = session.scalars(select(Mirror)).one()
        status = session.scalars(select(MirrorStatus)).one()
        digest = session.scalars(select(EntryDigest)).one()
        lines = session.execute(
            select(Posting.line, Account.code, Posting.currency, Posting.amount)
            .join(Account, Account.id == Posting.account_id)
            .order_by(Posting.line)
        ).all()
    assert (entry.key, entry.kind, entry.effective_at) == (f"stripe:{moved.id}", "charge", NOON)
    assert (entry.donation_id, entry.request_id, entry.memo) == ("don_1", "req_1", "Monthly donation")
    assert Context.read(entry.context) == MONTHLY
    assert [tuple(line) for line in lines] == [
        (1, "assets:stripe", "usd", 4825),
        (2, "expenses:fees:processing", "usd", 150),
        (3, "expenses:fees:tax", "usd", 25),
        (4, "income:donations:monthly", "usd", -5000),
    ]
    assert (status.status, status.available_on) == (moved.status, moved.available_on)
    given = as_given(mirror)
    assert replace(given, status=moved.status, available_on=moved.available_on) == moved
    derived = entry_for(given, Context.read(entry.context))
    assert derived is not None
    assert digest.digest == entry_digest(derived)
    assert digest.postings == 4
    assert mirror.digest == mirror_digest(moved)


def test_posting_again_changes_nothing(database: Database) -> None:
    first, second = row(), row()
    assert post_all(database.sessions, first) == [first.id]
    before = counts(database.sessions)
    assert post_all(database.sessions, first) == []
    assert counts(database.sessions) == before
    assert post_all(database.sessions, first, second, second) == [second.id]
    assert counts(database.sessions)["entries"] == 2
    assert post_all(database.sessions) == []


def test_a_batch_that_is_rolled_back_left_nothing(database: Database) -> None:
    with database.sessions() as session:
        post(session, [(row(), MONTHLY)])
        session.rollback()
    assert set(counts(database.sessions).values()) == {0}


def test_a_row_that_moves_nothing_is_mirrored_and_not_posted(database: Database) -> None:
    assert post_all(database.sessions, row(0, 0)) == []
    found = counts(database.sessions)
    assert (found["balance_transactions"], found["entries"]) == (1, 0)


def test_each_currency_has_its_own_accounts(database: Database) -> None:
    post_all(database.sessions, row(), row(currency="eur", fee_details=()), row())
    with database.sessions() as session:
        codes = session.execute(
            select(Account.code, Account.currency, Account.kind).order_by(Account.code, Account.currency)
        ).all()
    assert [tuple(code) for code in codes] == [
        ("assets:stripe", "eur", "assets"),
        ("assets:stripe", "usd", "assets"),
        ("expenses:fees:processing", "eur", "expenses"),
        ("expenses:fees:processing", "usd", "expenses"),
        ("income:donations:monthly", "eur", "income"),
        ("income:donations:monthly", "usd", "income"),
    ]


CHANGES = [
    ("amount", {"amount": 5001, "net": 4826}),
    ("fee", {"fee": 176}),
    ("net", {"net": 4824}),
    ("currency", {"currency": "eur"}),
    ("created", {"created": NOON + timedelta(seconds=1)}),
    ("type", {"type": "payment"}),
    ("reporting_category", {"reporting_category": "dispute"}),
    ("source", {"source": "ch_other"}),
    ("exchange_rate", {"exchange_rate": "1.1"}),
    ("fee_details", {"fee_details": (part("tax", 175),)}),
]


@pytest.mark.parametrize(("field", "change"), CHANGES, ids=[field for field, _ in CHANGES])
def test_the_same_row_with_other_money_is_a_contradiction(
    database: Database, field: str, change: dict[str, object]
) -> None:
    moved = row()
    post_all(database.sessions, moved)
    with pytest.raises(Contradiction, match=rf"{moved.id}: {field} ") as raised:
        post_all(database.sessions, row(), replace(moved, **change))  # type: ignore[arg-type]
    assert (raised.value.subject, raised.value.field) == (moved.id, field)
    assert counts(database.sessions)["entries"] == 1


def test_two_rows_of_one_batch_that_contradict_each_other(database: Database) -> None:
    moved = row()
    with pytest.raises(Contradiction, match="amount"):
        post_all(database.sessions, moved, replace(moved, amount=1))
    assert counts(database.sessions)["balance_transactions"] == 0


def test_what_is_not_ink_may_differ(database: Database) -> None:
    details = (part("stripe_fee", 100), part("tax", 75))
    moved = row(exchange_rate="1.20", fee_details=details)
    post_all(database.sessions, moved)
    again = replace(moved, exchange_rate="1.2", fee_details=details[::-1], description="other words")
    assert post_all(database.sessions, again) == []


def test_status_goes_forward_and_never_back(database: Database) -> None:
    def standing() -> tuple[str, datetime]:
        with database.sessions() as session:
            found = session.scalars(select(MirrorStatus)).one()
            return found.status, found.available_on

    soon, later = datetime(2026, 3, 3, tzinfo=UTC), datetime(2026, 3, 5, tzinfo=UTC)
    moved = row(status="pending", available_on=soon)
    post_all(database.sessions, moved)
    post_all(database.sessions, replace(moved, available_on=later))
    assert standing() == ("pending", later)
    post_all(database.sessions, replace(moved, status="available", available_on=later))
    post_all(database.sessions, replace(moved, status="pending", available_on=soon))
    assert standing() == ("available", later)


def test_what_went_to_suspense_is_told_once(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    strange = row(type="quantum_fee")
    with caplog.at_level(logging.ERROR):
        post_all(database.sessions, strange)
        post_all(database.sessions, strange)
    told = [record for record in caplog.records if record.name == "service.ledger.writing"]
    assert [record.getMessage() for record in told] == ["posted to suspense"]
    assert vars(told[0])["entry"] == f"stripe:{strange.id}"


def test_two_sessions_with_the_same_rows_post_each_once(database: Database) -> None:
    for _ in range(5):
        rows = [row() for _ in range(20)]
        together = Barrier(2, timeout=30)

        def work(mine: list[BalanceTransaction], together: Barrier = together) -> list[str]:
            with database.sessions.begin() as session:
                session.connection()
                together.wait()
                return post(session, [(each, MONTHLY) for each in mine])

        with ThreadPoolExecutor(2) as pool:
            # In opposite orders: whoever locked rows as they come would lock the other out.
            one, other = pool.map(work, (rows, rows[::-1]))
        assert sorted(one + other) == sorted(each.id for each in rows)
    assert counts(database.sessions)["entries"] == 100


def test_many_sessions_with_overlapping_rows(database: Database) -> None:
    rows = [row(currency="usd" if number % 2 else "eur", fee_details=()) for number in range(60)]

    def work(start: int) -> list[str]:
        return post_all(database.sessions, *rows[start : start + 30])

    with ThreadPoolExecutor(4) as pool:
        posted = [each for batch in pool.map(work, (0, 10, 20, 30, 0, 30)) for each in batch]
    assert sorted(posted) == sorted(each.id for each in rows)
    with database.sessions() as session:
        assert sum(each.balance for each in trial_balance(session)) == 0


def test_trial_balance_by_day_and_by_knowledge(database: Database) -> None:
    early = row(1000, 30, created=datetime(2026, 1, 31, 23, 59, 59, 700000, tzinfo=UTC))
    late = row(2000, 60, created=datetime(2026, 2, 1, tzinfo=UTC))
    refund = row(
        -400, -5, type="refund", reporting_category="refund", created=datetime(2026, 2, 2, tzinfo=UTC)
    )
    post_all(database.sessions, early, late)
    with database.sessions() as session:
        known = session.scalar(select(func.max(Entry.recorded_at)))
    post_all(database.sessions, refund)
    with database.sessions() as session:
        assert trial_balance(session, until=datetime(2026, 2, 1, tzinfo=UTC)) == [
            Balance("assets:stripe", "usd", 970, 0),
            Balance("expenses:fees:processing", "usd", 30, 0),
            Balance("income:donations:monthly", "usd", 0, 1000),
        ]
        now = {each.account: each for each in trial_balance(session)}
        assert now["assets:stripe"] == Balance("assets:stripe", "usd", 970 + 1940, 395)
        assert now["assets:stripe"].balance == 2515
        assert now["expenses:fees:processing"] == Balance("expenses:fees:processing", "usd", 90, 5)
        assert now["income:refunds"] == Balance("income:refunds", "usd", 400, 0)
        assert "income:refunds" not in {each.account for each in trial_balance(session, as_of=known)}


def test_the_context_is_kept_as_it_was_used(database: Database) -> None:
    context = Context(frequency="once", donation_id="don_7", request_id=None)
    post_all(database.sessions, row(), context=context)
    with database.sessions() as session:
        entry = session.scalars(select(Entry)).one()
    assert entry.context == {"frequency": "once", "donation_id": "don_7", "request_id": None}
    assert (entry.donation_id, entry.request_id) == ("don_7", None)
