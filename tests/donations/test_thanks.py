"""The page that a donor comes back to says how it stands, and does nothing."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from service import clock
from service.database import new_id
from service.donations.models import Checkout
from service.donations.standing import PAUSES
from tests.conftest import Database
from tests.donations.paper import Page


def checkout(database: Database, **differently: Any) -> str:
    """The id of a checkout that is open at Stripe, but for what differs."""
    now = clock.now()
    values: dict[str, Any] = {
        "id": new_id("chk"),
        "attempt": new_id("attempt"),
        "wish_digest": b"",
        "frequency": "monthly",
        "amount": 1500,
        "currency": "usd",
        "locale": "en",
        "attribution": {},
        "email_sealed": None,
        "status": "open",
        "created_at": now,
        "request_id": "",
        "session_id": new_id("cs"),
        "session_url": "https://checkout.stripe.com/c/pay/1",
        "expires_at": now + timedelta(hours=24),
    }
    with database.sessions.begin() as session:
        session.add(Checkout(**values | differently))
    return str((values | differently)["id"])


def seen(browser: FlaskClient, checkout_id: str, looks: int = 0) -> tuple[Page, str | None]:
    answer = browser.get(f"/thanks?checkout={checkout_id}&looks={looks}")
    assert answer.status_code == 200
    return Page(answer.text), answer.headers.get("Refresh")


def test_paid(browser: FlaskClient, database: Database) -> None:
    page, refresh = seen(browser, checkout(database, status="paid"))
    assert "Your monthly donation of $15 to The Lantern" in page.text
    assert "Your payment has arrived." in page.text
    assert "$15 will be taken every month from now on." in page.text
    assert "mailto:support@lantern.example" in page.links
    assert refresh is None


def test_paid_once(browser: FlaskClient, database: Database) -> None:
    page, _ = seen(browser, checkout(database, status="paid", frequency="once", amount=2550, currency="eur"))
    assert "Your one-time donation of €25.50" in page.text
    assert "every" not in page.text


def test_processing_is_not_paid(browser: FlaskClient, database: Database) -> None:
    page, refresh = seen(browser, checkout(database, status="processing"))
    assert "Your bank has not confirmed it yet." in page.text
    assert "arrived." not in page.text.replace("has arrived, a receipt", "")
    assert refresh is not None


def test_failed_and_expired_lead_back(browser: FlaskClient, database: Database) -> None:
    page, refresh = seen(browser, checkout(database, status="failed"))
    assert "The payment did not go through" in page.text
    assert "http://127.0.0.1:8000/donate?frequency=monthly&amount=1500&currency=usd" in page.links
    assert refresh is None
    page, refresh = seen(browser, checkout(database, status="expired"))
    assert "Nothing was taken." in page.text
    assert refresh is None


def test_it_looks_again_by_itself_and_then_rests(browser: FlaskClient, database: Database) -> None:
    known = checkout(database)
    for looks, pause in enumerate(PAUSES):
        page, refresh = seen(browser, known, looks)
        assert refresh == f"{pause}; url=/thanks?checkout={known}&looks={looks + 1}"
        assert "https://checkout.stripe.com/c/pay/1" not in page.links, "word may still be on its way"
    page, refresh = seen(browser, known, len(PAUSES))
    assert refresh is None
    assert "Not confirmed yet" in page.text
    assert "https://checkout.stripe.com/c/pay/1" in page.links


@pytest.mark.parametrize("looks", ["-1", "99", "x", ""])
def test_odd_counts_do_no_harm(browser: FlaskClient, database: Database, looks: str) -> None:
    assert browser.get(f"/thanks?checkout={checkout(database)}&looks={looks}").status_code == 200


def test_a_page_that_has_ended_is_not_offered(browser: FlaskClient, database: Database) -> None:
    ended = checkout(database, expires_at=clock.now() - timedelta(minutes=1))
    page, _ = seen(browser, ended, len(PAUSES))
    assert "https://checkout.stripe.com/c/pay/1" not in page.links


@pytest.mark.parametrize("unknown", ["", "chk_" + "a" * 26, "chk_%00", "<script>", "a" * 4000])
def test_an_unknown_checkout_is_a_page_of_its_own(browser: FlaskClient, unknown: str) -> None:
    answer = browser.get("/thanks", query_string={"checkout": unknown})
    assert answer.status_code == 404
    assert "We know no donation under this address." in answer.text
    assert "<script" not in answer.text


def test_it_only_reads(browser: FlaskClient, database: Database) -> None:
    known = checkout(database, email_sealed=b"sealed")
    seen(browser, known)
    with database.sessions.begin() as session:
        kept = session.get_one(Checkout, known)
    assert (kept.status, kept.email_sealed) == ("open", b"sealed")
