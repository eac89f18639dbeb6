"""Two sessions that tell the same thing at the same moment: it is written once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy.orm import Session

from service import ledger
from service.ledger import Context, LostDispute
from tests.conftest import Database
from tests.ledger.stripe_rows import MONTHLY, NOON, payout, row


def at_once(database: Database, *works: Callable[[Session], object]) -> list[object]:
    together = Barrier(len(works), timeout=30)

    def run(work: Callable[[Session], object]) -> object:
        with database.sessions.begin() as session:
            session.connection()
            together.wait()
            return work(session)

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def test_entries_of_our_own_are_written_once(database: Database) -> None:
    for number in range(5):
        lost = LostDispute(dispute_id=f"du_{number}", amount=7, currency="usd", at=NOON)
        paid = payout(f"po_{number}", 100)
        for work in (
            lambda session, lost=lost: ledger.write_off(session, lost),
            lambda session, lost=lost: ledger.undo_write_off(session, lost.dispute_id, NOON),
            lambda session, paid=paid: ledger.arrive(session, paid),
            lambda session, paid=paid: ledger.return_payout(session, paid.id, NOON),
        ):
            assert sorted(map(str, at_once(database, work, work))) == ["False", "True"]


def test_two_who_learn_more_are_both_heard(database: Database) -> None:
    moved = row()
    with database.sessions.begin() as session:
        ledger.post(session, [(moved, Context())])
    learned = [Context(frequency=frequency, donation_id="don_1") for frequency in ("once", "annual")]
    told = at_once(
        database,
        *(lambda session, each=each: ledger.reclassify(session, moved.id, each) for each in learned),
    )
    assert told == [True, True]
    with database.sessions() as session:
        assert ledger.last_context(session, moved.id) in learned
        assert sum(each.balance != 0 for each in ledger.trial_balance(session)) == 3
        assert ledger.rebuild_check(session) == []


def test_rows_of_a_payout_are_tagged_once(database: Database) -> None:
    rows = [row() for _ in range(30)]
    with database.sessions.begin() as session:
        ledger.post(session, [(each, MONTHLY) for each in rows])
    ids = [each.id for each in rows]

    def tag(session: Session, listed: list[str]) -> int:
        ledger.note_payout(session, payout("po_1", 100))
        return ledger.tag_rows(session, "po_1", listed)

    tagged = at_once(database, lambda session: tag(session, ids), lambda session: tag(session, ids[::-1]))
    assert sorted(map(int, map(str, tagged))) == [0, 30]
