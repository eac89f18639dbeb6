"""The two services side by side: our web and workers, dj-stripe, one PostgreSQL, the sandbox's Stripe."""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from bench import webhooks
from bench.djstripe import project
from bench.djstripe.gifts import Event, Gifts
from bench.djstripe.posting import encode, headers, post_to_djstripe
from bench.load import Measured, post, run
from sandbox.embedded import start
from service import migrate
from service.database import connect
from service.parts import assemble
from service.settings import Settings
from tests.programs import program, stripe_sandbox, until

# They take one gift in the time in which we take many: both rates are to be read over seconds.
THEIR_GIFTS = 8


@dataclass(frozen=True)
class Sides:
    """What a round needs of both: where each listens, and the two databases."""

    folder: Path
    environment: dict[str, str]
    gifts: Gifts
    ours: int
    theirs: project.Peer
    our_database: psycopg.Connection[Any]
    their_database: psycopg.Connection[Any]

    def next_events(self, our_gifts: int) -> tuple[list[Event], list[Event]]:
        """(for dj-stripe, for us): ours are theirs and more of the same, all of them new to both."""
        shared = self.gifts.pay(THEIR_GIFTS)
        return shared, shared + self.gifts.pay(our_gifts - THEIR_GIFTS)

    def theirs_process(self, events: Sequence[Event], concurrency: int) -> Measured:
        before = self._processed()
        measured = post_to_djstripe(self.theirs, events, concurrency)
        if measured.refused or self._processed() - before != len(events):
            raise RuntimeError(f"dj-stripe refused {measured.refused} of {len(events)}: {self._why()}")
        return measured

    def ours_keep(self, events: Sequence[Event], concurrency: int) -> Measured:
        bodies = [encode(event) for event in events]
        ready = [post(webhooks.PATH, body, headers(body, webhooks.SECRET)) for body in bodies]
        return run(self.ours, ready, concurrency)

    def ours_settle(self, events: Sequence[Event], concurrency: int) -> float:
        """Events a second, from the first that is posted to the last that is settled."""
        began = time.perf_counter()
        self.ours_keep(events, concurrency)
        self.until_settled()
        seconds = time.perf_counter() - began
        assert self._ours("SELECT count(*) FROM events WHERE closed_at IS NULL") == 0
        assert self._ours("SELECT count(*) FROM donations WHERE status = 'paid'") == self.gifts.paid
        return len(events) / seconds

    @contextmanager
    def settling(self) -> Iterator[None]:
        """Two workers settle, and what was posted before is settled when the block begins."""
        with ExitStack() as workers:
            for number in range(2):
                log = self.folder / f"settler-{number}.log"
                command = (sys.executable, "-m", "bench.djstripe.settler")
                workers.enter_context(program(*command, log=log, environment=self.environment))
            self.until_settled()
            yield

    def until_settled(self) -> None:
        until(lambda: self._ours("SELECT count(*) FROM work") == 0, "all work to be done", seconds=60)

    def _why(self) -> str:
        why = "SELECT exception FROM djstripe_webhookeventtrigger WHERE exception <> '' ORDER BY id LIMIT 1"
        return str(self.their_database.execute(why).fetchone())

    def _ours(self, query: str) -> int:
        return _number(self.our_database, query)

    def _processed(self) -> int:
        return _number(
            self.their_database, "SELECT count(*) FROM djstripe_webhookeventtrigger WHERE valid AND processed"
        )


def _number(database: psycopg.Connection[Any], query: str) -> int:
    row = database.execute(query.encode()).fetchone()
    assert row is not None
    return int(row[0])


@contextmanager
def both_sides(folder: Path) -> Iterator[Sides]:
    with ExitStack() as stack:
        yield _start_all(folder, stack)


def _start_all(folder: Path, stack: ExitStack) -> Sides:
    embedded = stack.enter_context(start(folder / "data", durable=True))
    stripe = stack.enter_context(stripe_sandbox(folder, "--orderly", "--settle-delay-ms", "50"))
    owner = connect(embedded.owner_url)
    migrate.to_newest(owner)
    owner.dispose()
    environment = {
        "DATABASE_URL": embedded.database_url,
        "REDIS_URL": embedded.redis_url,
        "STRIPE_API_BASE": stripe,
        "STRIPE_SECRET_KEY": "sk_test_" + "0" * 24,
        "STRIPE_WEBHOOK_SECRETS": webhooks.SECRET,
        "LOG_LEVEL": "WARNING",
    }
    parts = assemble(Settings.from_environment(environment))
    stack.callback(parts.close)
    their_url, _ = embedded.create_database("djstripe")
    theirs = project.djstripe(folder / "djstripe", their_url, stripe, environment["STRIPE_SECRET_KEY"])
    return Sides(
        folder=folder,
        environment=environment,
        gifts=Gifts(parts, stripe),
        theirs=stack.enter_context(theirs),
        ours=stack.enter_context(webhooks.gunicorn("service.wsgi:app", environment)),
        our_database=stack.enter_context(psycopg.connect(embedded.owner_url, autocommit=True)),
        their_database=stack.enter_context(psycopg.connect(their_url, autocommit=True)),
    )
