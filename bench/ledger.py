"""How fast the books take entries, whether that stays so as they grow, and how fast they answer.

    python -m bench.ledger [ENTRIES]      200 thousand by default; 10 million by hand, in quiet hours

Durable, guards on, batches of 100 through `ledger.post`, beside the same rows inserted set-based by bare
psycopg into the same tables with their indexes and foreign keys, but without guards and with everything
derived and hashed beforehand. The bare tables hold the measured rows only and stay small, so that they
say how fast the machine is at that moment: the growth of an entry's cost is measured by them.
"""

import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, text

from bench.ledger_bare import Bare
from sandbox.embedded import start
from service import ledger, migrate
from service.database import Sessions, connect, open_sessions
from service.gateway import BalanceTransaction, FeeDetail
from service.ledger import Context

BATCH = 100
# So many batches in a row are measured, ours and theirs in turns, at the beginning and at the end.
WINDOW = 50
EARLY = 10_000
SEALED_EACH = 20_000
DAYS = 3 * 365
BEGIN = datetime(2023, 11, 1, tzinfo=UTC)
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
FREQUENCIES = ("once", "monthly", "monthly", "annual")

OF_BARE, GROWTH, ANSWER_SECONDS, MEMORY_GROWTH = 0.7, 1.2, 1.0, 1.1


@dataclass
class Rows:
    """Three years of a newsroom, in the order of time: gifts, some refunds, now and then a payout."""

    total: int
    made: int = 0
    chance: random.Random = field(default_factory=lambda: random.Random(20261124))

    def batch(self) -> list[tuple[BalanceTransaction, Context]]:
        return [self._one() for _ in range(BATCH)]

    def _one(self) -> tuple[BalanceTransaction, Context]:
        number = self.made
        self.made += 1
        created = BEGIN + timedelta(seconds=DAYS * 86_400 * number // self.total)
        currency = "eur" if number % 5 else "usd"
        context = Context(
            frequency=FREQUENCIES[number % 4],
            donation_id=f"don_{number:026}",
            request_id=f"req_{number:026}",
        )
        if number % 50 == 49:
            return self._row(created, currency, "refund", -self.chance.randint(300, 9000), 0), context
        if number % 500 == 250:
            return self._row(created, currency, "payout", -self.chance.randint(10**5, 10**6), 0), Context()
        amount = self.chance.randint(300, 20_000)
        return self._row(created, currency, "charge", amount, amount * 29 // 1000 + 30), context

    def _row(self, created: datetime, currency: str, kind: str, amount: int, fee: int) -> BalanceTransaction:
        # As Stripe's: the first letters follow the time, the rest is chance.
        name = _in_letters(int(created.timestamp())) + "".join(self.chance.choices(LETTERS, k=17))
        return BalanceTransaction(
            id=f"txn_3{name}",
            type=kind,
            reporting_category=kind,
            amount=amount,
            fee=fee,
            net=amount - fee,
            currency=currency,
            created=created,
            available_on=created + timedelta(days=2),
            status="available",
            source=f"ch_3{name}",
            description="Donation to The Lantern",
            exchange_rate=None,
            fee_details=(FeeDetail("stripe_fee", fee, currency, "Stripe processing fees"),) if fee else (),
        )


def _in_letters(number: int) -> str:
    found = ""
    while number:
        number, rest = divmod(number, 62)
        found = LETTERS[rest] + found
    return found


@dataclass(frozen=True)
class Window:
    """Seconds for each batch, at one size of the books."""

    entries: int
    ours: list[float]
    bare: list[float]

    @property
    def rate(self) -> float:
        return BATCH / statistics.median(self.ours)

    @property
    def bare_rate(self) -> float:
        return BATCH / statistics.median(self.bare)

    @property
    def of_bare(self) -> float:
        """The median of the batches' ratios: what disturbed one disturbed its neighbour too."""
        return statistics.median(theirs / mine for mine, theirs in zip(self.ours, self.bare, strict=True))


class Bench:
    """Our books and the bare ones, growing beside each other."""

    def __init__(self, engine: Engine, bare: Bare, total: int) -> None:
        self.sessions: Sessions = open_sessions(engine)
        self.bare = bare
        self.rows = Rows(total)
        self.sealing: list[float] = []

    def grow(self, until: int) -> None:
        while self.rows.made < until:
            self._post(self.rows.batch())
            if self.rows.made % SEALED_EACH == 0:
                self.sealing.append(timed(self._seal))

    def measure(self) -> Window:
        ours, bare = [], []
        for _ in range(WINDOW):
            facts = self.rows.batch()
            prepared = self.bare.prepare(facts)
            bare.append(timed(self.bare.insert, prepared))
            ours.append(timed(self._post, facts))
        return Window(self.rows.made, ours, bare)

    def _post(self, facts: list[tuple[BalanceTransaction, Context]]) -> None:
        with self.sessions.begin() as session:
            ledger.post(session, facts)

    def _seal(self) -> None:
        with self.sessions.begin() as session:
            ledger.seal(session)


def timed(work: Callable[..., object], *given: object) -> float:
    began = time.perf_counter()
    work(*given)
    return time.perf_counter() - began


def nothing_found(check: Callable[[], list[ledger.Finding]]) -> None:
    found = check()
    if found:
        raise AssertionError(f"the books are not whole: {found[0]}")


def memory() -> float:
    """Megabytes that this process has held at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(arguments: list[str]) -> int:
    total = int(arguments[0]) if arguments else 200_000
    with tempfile.TemporaryDirectory(prefix="sustainer-bench-") as folder:
        with start(Path(folder) / "data", durable=True) as embedded:
            bare_owner, bare_url = embedded.create_database("bare")
            for owner_url in (embedded.owner_url, bare_owner):
                owner = connect(owner_url)
                migrate.to_newest(owner)
                owner.dispose()
            engine = connect(embedded.database_url)
            bare = Bare(bare_owner.replace("+psycopg", ""), bare_url.replace("+psycopg", ""))
            try:
                return report(Bench(engine, bare, total), total)
            finally:
                bare.close()
                engine.dispose()


def report(bench: Bench, total: int) -> int:
    bench.grow(EARLY - WINDOW * BATCH)
    early = bench.measure()
    held = memory()
    bench.grow(total - WINDOW * BATCH)
    late = bench.measure()
    with bench.sessions() as session:
        session.execute(text("SELECT 1"))
        balance = timed(lambda: ledger.trial_balance(session))
        half_day = BEGIN + timedelta(days=DAYS // 2, hours=7)
        until = timed(lambda: ledger.trial_balance(session, until=half_day))
        account = timed(lambda: ledger.statement(session, "assets:stripe", "eur"))
        checks = {
            "verify_chain": lambda: ledger.verify_chain(session),
            "rebuild_check": lambda: ledger.rebuild_check(session),
            "identities": lambda: ledger.identities(session, BEGIN),
        }
        nightly = {name: timed(nothing_found, check) for name, check in checks.items()}
    grown = memory() / held
    show_windows(early, late)
    for name, seconds in nightly.items():
        print(f"{name} finds nothing in {seconds:.1f} s")
    sealing = statistics.median(bench.sealing) if bench.sealing else 0.0
    print(f"a seal over {SEALED_EACH} entries takes {sealing:.2f} s")
    promises = [
        (f"of bare psycopg at {early.entries}", early.of_bare, OF_BARE, True),
        (f"of bare psycopg at {late.entries}", late.of_bare, OF_BARE, True),
        ("cost of an entry, late to early", early.of_bare / late.of_bare, GROWTH, False),
        ("trial balance, seconds", balance, ANSWER_SECONDS, False),
        ("trial balance within a day, seconds", until, ANSWER_SECONDS, False),
        ("statement of one account, seconds", account, ANSWER_SECONDS, False),
        ("memory of the process, late to early", grown, MEMORY_GROWTH, False),
    ]
    missed = 0
    for name, value, target, at_least in promises:
        met = value >= target if at_least else value < target
        missed += not met
        sign = ">=" if at_least else "<"
        print(f"{name:38} {value:8.3f}  {sign} {target}  {'' if met else 'MISSED'}")
    return 1 if missed else 0


def show_windows(*windows: Window) -> None:
    print(f"{'entries':>10} {'ours /s':>9} {'bare /s':>9} {'ours max ms':>12} {'bare max ms':>12}")
    for window in windows:
        ours, bare = (max(each) * 1000 for each in (window.ours, window.bare))
        print(f"{window.entries:>10} {window.rate:9.0f} {window.bare_rate:9.0f} {ours:12.1f} {bare:12.1f}")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
