"""A Stripe of its own for each test, and parts that reach it."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stripe as library

from service.donations.models import Checkout
from service.donations.opening import open_checkout
from service.donations.wishes import Wish
from service.ledger import trial_balance
from service.parts import Parts, assemble
from service.settings import Settings
from service.settling import backlog, queue, rounds
from tests.programs import pay, stripe_sandbox, until

library.enable_telemetry = False


@pytest.fixture
def stripe_options() -> tuple[str, ...]:
    """How the sandbox is started; a test overrides it."""
    return ()


@pytest.fixture
def stripe(tmp_path: Path, stripe_options: tuple[str, ...]) -> Iterator[str]:
    with stripe_sandbox(tmp_path, "--settle-delay-ms", "0", *stripe_options) as url:
        yield url


@pytest.fixture
def parts(environment: dict[str, str], stripe: str) -> Iterator[Parts]:
    clock = f"{stripe}/_sandbox/clock"
    assembled = assemble(
        Settings.from_environment(environment | {"STRIPE_API_BASE": stripe, "CLOCK_URL": clock})
    )
    yield assembled
    assembled.close()


@pytest.fixture
def client(stripe: str) -> library.StripeClient:
    return library.StripeClient("sk_test_" + "0" * 24, base_addresses={"api": stripe})


def wish(**changes: Any) -> Wish:
    asked: dict[str, Any] = {"frequency": "once", "amount": 2500, "currency": "eur", "locale": "en"}
    return Wish(attempt=str(uuid.uuid4()), **asked | changes)


def give(parts: Parts, stripe: str, *, how: dict[str, Any] | None = None, **changes: Any) -> Checkout:
    """Open a checkout and pay it, as a donor does."""
    checkout, _ = open_checkout(parts, wish(**changes), "request-1")
    assert checkout.session_id
    pay(stripe, checkout.session_id, **how or {})
    return checkout


def mark(parts: Parts, *object_ids: str) -> None:
    with parts.sessions.begin() as session:
        queue.mark_dirty(session, object_ids)


def settle_all(parts: Parts) -> None:
    def nothing_left() -> bool:
        rounds.settle_due(parts)
        with parts.sessions.begin() as session:
            return not backlog.unsettled(session)

    until(nothing_left, "everything to be settled")


def balances(parts: Parts) -> dict[str, int]:
    """By account, where one currency is used; accounts that stand at nothing are left out."""
    with parts.sessions.begin() as session:
        return {row.account: row.balance for row in trial_balance(session) if row.balance}
