"""3-D Secure: the bank's page in between, its answer, and payments while the donor is away."""

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import requests
import stripe

pytestmark = pytest.mark.usefixtures("balanced")
CHROMIUM = Path("/usr/bin/chromium")
QUIET = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
QUIET += "--disable-component-update --disable-sync"
ALWAYS = "4000 0000 0000 3220"
UNTIL_SET_UP = "4000 0025 0000 3155"
FORM = {
    "email": "ada@example.org",
    "expiry": "12/34",
    "cvc": "123",
    "name": "Ada Reader",
    "country": "GB",
}


def post(url: str, **values: str) -> requests.Response:
    return requests.post(url, values, allow_redirects=False, timeout=5)


def sent_to_the_bank(session: Any, card: str) -> str:
    answer = post(session.url, number=card, **FORM)
    assert answer.status_code == 303
    return answer.headers["Location"]


@pytest.mark.parametrize("card", [ALWAYS, UNTIL_SET_UP])
def test_the_donor_authenticates_and_has_paid(sandbox: Any, card: str) -> None:
    session = sandbox.open()
    before = sandbox.last_event()
    bank = sent_to_the_bank(session, card)
    assert bank == f"{sandbox.url}/c/authenticate/{session.id}"
    page = unescape(requests.get(bank, timeout=5).text)
    assert "Sandbox Newsroom asks for $25.00" in page
    assert re.findall(r"<button[^>]*>(\w+)</button>", page) == ["Authenticate", "Fail"]
    assert sandbox.client.v1.checkout.sessions.retrieve(session.id).status == "open"
    answer = post(bank, answer="succeeded")
    assert answer.headers["Location"] == f"http://newsroom.example/thanks?session={session.id}"
    paid = sandbox.client.v1.checkout.sessions.retrieve(session.id)
    charge = sandbox.charge_of(paid.payment_intent)
    assert charge.payment_method_details.card.three_d_secure.result == "authenticated"
    assert charge.billing_details.name == "Ada Reader"
    assert sandbox.event_types(ending_before=before)[:5] == [
        "payment_intent.created",
        "payment_intent.requires_action",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ]
    assert requests.get(bank, timeout=5).status_code == 404
    assert post(bank, answer="succeeded").status_code == 404


def test_the_donor_fails_and_pays_with_another_card(sandbox: Any) -> None:
    session = sandbox.open()
    before = sandbox.last_event()
    answer = post(sent_to_the_bank(session, ALWAYS), answer="failed")
    assert answer.status_code == 422
    assert "failed authentication" in answer.text
    assert 'action="/c/pay/' in answer.text
    assert sandbox.event_types(ending_before=before) == [
        "payment_intent.created",
        "payment_intent.requires_action",
        "payment_intent.payment_failed",
    ]
    (event,) = sandbox.client.v1.events.list({"type": "payment_intent.payment_failed", "limit": 1}).data
    intent = sandbox.client.v1.payment_intents.retrieve(event.data.object["id"])
    assert (intent.status, intent.latest_charge) == ("requires_payment_method", None)
    assert intent.last_payment_error.code == "payment_intent_authentication_failure"
    assert post(session.url, number="4242 4242 4242 4242", **FORM).status_code == 303
    assert sandbox.client.v1.payment_intents.retrieve(intent.id).status == "succeeded"


def test_a_recurring_gift_asks_first(sandbox: Any) -> None:
    session = sandbox.open(every="month")
    bank = sent_to_the_bank(session, UNTIL_SET_UP)
    assert post(bank, answer="succeeded").status_code == 303
    paid = sandbox.client.v1.checkout.sessions.retrieve(session.id, {"expand": ["subscription"]})
    assert (paid.payment_status, paid.subscription.status) == ("paid", "active")
    card = paid.subscription.default_payment_method
    # It has been set up: it does not ask again.
    intent = sandbox.client.v1.payment_intents.create(
        {
            "amount": 500,
            "currency": "usd",
            "customer": paid.customer,
            "payment_method": card,
            "confirm": True,
            "off_session": True,
        }
    )
    assert intent.status == "succeeded"


def test_a_trial_and_a_card_to_keep_ask_too(sandbox: Any) -> None:
    trial = sandbox.open(every="month", subscription_data={"trial_period_days": 14})
    assert post(sent_to_the_bank(trial, ALWAYS), answer="succeeded").status_code == 303
    paid = sandbox.client.v1.checkout.sessions.retrieve(trial.id, {"expand": ["subscription"]})
    assert paid.subscription.status == "trialing"
    kept = sandbox.client.v1.checkout.sessions.create(
        {"mode": "setup", "currency": "usd", "success_url": "http://newsroom.example/"}
    )
    bank = sent_to_the_bank(kept, ALWAYS)
    assert "your consent" in requests.get(bank, timeout=5).text
    assert post(bank, answer="failed").status_code == 422
    assert post(sent_to_the_bank(kept, ALWAYS), answer="succeeded").status_code == 303
    session = sandbox.client.v1.checkout.sessions.retrieve(kept.id, {"expand": ["setup_intent"]})
    assert session.setup_intent.status == "succeeded"


def test_by_the_api(sandbox: Any) -> None:
    client = sandbox.client.v1
    order = {"amount": 2000, "currency": "usd", "confirm": True}
    for card in ("pm_card_authenticationRequired", "pm_card_threeDSecure2Required"):
        intent = client.payment_intents.create(
            {**order, "payment_method": card, "return_url": "http://newsroom.example/back"}
        )
        assert (intent.status, intent.next_action.type) == ("requires_action", "redirect_to_url")
        answer = post(intent.next_action.redirect_to_url.url, answer="succeeded")
        assert answer.headers["Location"] == "http://newsroom.example/back"
        done = client.payment_intents.retrieve(intent.id)
        assert (done.status, done.next_action) == ("succeeded", None)
        again = {**order, "payment_method": done.payment_method, "off_session": True}
        with pytest.raises(stripe.CardError) as refused:
            client.payment_intents.create(again)
        assert refused.value.code == "authentication_required"
    assert client.payment_intents.create({**order, "payment_method": "pm_card_bypassPending"}).status == (
        "succeeded"
    )
    seti = client.setup_intents.create({"confirm": True, "payment_method": "pm_card_authenticationRequired"})
    assert seti.status == "requires_action"
    assert sandbox.lever("authenticate", setup_intent=seti.id)["status"] == "succeeded"
    failing = client.setup_intents.create(
        {"confirm": True, "payment_method": "pm_card_authenticationRequired"}
    )
    failed = sandbox.lever("authenticate", setup_intent=failing.id, outcome="failed")
    assert failed["last_setup_error"]["code"] == "setup_intent_authentication_failure"


@pytest.mark.parametrize(
    ("answer", "status", "session_status"),
    [
        ({}, "paid", "complete"),
        ({"authenticate": "failed"}, "payment_intent_authentication_failure", "open"),
    ],
)
def test_the_lever_answers_for_the_donor(
    sandbox: Any, answer: dict[str, str], status: str, session_status: str
) -> None:
    told = sandbox.pay(sandbox.open(), card="pm_card_threeDSecure2Required", **answer)
    assert (told["status"], told["session_status"]) == (status, session_status)


def test_the_lever_can_leave_the_donor_at_the_bank(sandbox: Any) -> None:
    session = sandbox.open()
    told = sandbox.pay(session, card=ALWAYS, authenticate="later")
    assert (told["status"], told["session_status"]) == ("unpaid", "open")
    assert told["redirect"] == f"{sandbox.url}/c/authenticate/{session.id}"
    intent = sandbox.client.v1.payment_intents.retrieve(told["payment_intent"])
    assert intent.status == "requires_action"
    sandbox.client.v1.checkout.sessions.expire(session.id)
    assert sandbox.client.v1.payment_intents.retrieve(intent.id).status == "canceled"
    assert "is canceled" in sandbox.lever("authenticate", payment_intent=intent.id)["error"]
    assert post(told["redirect"], answer="succeeded").status_code == 404


def test_a_payment_by_the_lever(sandbox: Any) -> None:
    order = {"amount": 700, "currency": "usd", "confirm": True}
    intent = sandbox.client.v1.payment_intents.create(
        {**order, "payment_method": "pm_card_authenticationRequired"}
    )
    assert sandbox.lever("authenticate", payment_intent=intent.id, outcome="failed")["status"] == (
        "requires_payment_method"
    )
    page = requests.get(intent.next_action.redirect_to_url.url, timeout=5)
    assert (page.status_code, "Nothing to answer" in page.text) == (404, True)


@pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed")
def test_in_a_browser(sandbox: Any) -> None:
    from playwright.sync_api import sync_playwright

    session = sandbox.open(success_url=f"{sandbox.url}/_sandbox/clock?session={{CHECKOUT_SESSION_ID}}")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=str(CHROMIUM), args=QUIET.split())
        page = browser.new_context(java_script_enabled=False).new_page()
        complaints: list[str] = []
        page.on("console", lambda line: complaints.append(line.text))
        page.goto(session.url)
        page.get_by_label("Email").fill("ada@example.org")
        page.get_by_label("Name on card").fill("Ada Reader")
        for answer in ("Fail", "Authenticate"):
            page.get_by_role("button", name="Asks for 3-D Secure").click()
            page.get_by_label("Name on card").fill("Ada Reader")
            page.get_by_label("Email").fill("ada@example.org")
            page.get_by_role("button", name="Pay $25.00").click()
            page.get_by_role("button", name=answer).click()
        page.wait_for_url(f"**/_sandbox/clock?session={session.id}")
        browser.close()
    assert [line for line in complaints if "Security Policy" in line] == []
    assert sandbox.client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
