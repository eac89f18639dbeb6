"""The customer portal: sessions, configurations, and what a person does there without JavaScript."""

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import requests
import stripe

from tests.sandbox.stripe.subscribing import DAY, Donor, subscribed

CHROMIUM = Path("/usr/bin/chromium")
QUIET = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
QUIET += "--disable-component-update --disable-sync"
BACK = "http://newsroom.example/manage"
CARD = {"number": "5555 5555 5555 4444", "expiry": "12/34", "cvc": "123", "name": "Ada", "country": "GB"}


def portal(donor: Donor, **more: Any) -> Any:
    wanted = {"customer": donor.customer, "return_url": BACK, **more}
    return donor.sandbox.client.v1.billing_portal.sessions.create(wanted)


def errand(kind: str, **more: Any) -> dict[str, Any]:
    after = {"type": "redirect", "redirect": {"return_url": f"{BACK}?done"}}
    return {"type": kind, "after_completion": after, **more}


def post(url: str, **values: str) -> requests.Response:
    return requests.post(url, values, allow_redirects=False, timeout=5)


def read(url: str) -> str:
    answer = requests.get(url, timeout=5)
    assert answer.status_code == 200
    assert "<script" not in answer.text
    return unescape(answer.text)


def test_a_session_and_what_it_shows(sandbox: Any) -> None:
    donor = subscribed(sandbox, 1500, "eur")
    session = portal(donor)
    assert session.url == f"{sandbox.url}/p/session/{session.id}"
    assert (session.flow, session.customer, session.return_url) == (None, donor.customer, BACK)
    page = read(session.url)
    for words in ("Donation: €15.00 per month", "Visa ending in 4242", "ada@example.org", "Payments", BACK):
        assert words in page
    (event,) = donor.told("billing_portal.session.created")
    assert event.data.object.id == session.id


def test_cancelling_leaves_cancel_at_only(sandbox: Any) -> None:
    donor = subscribed(sandbox)
    url = portal(donor).url
    assert "Cancel $10.00 per month?" in read(f"{url}/cancel/{donor.id}")
    answer = post(f"{url}/cancel/{donor.id}", feedback="too_expensive", comment="later")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/p/session/{url.rpartition('/')[2]}")
    found = donor.now
    assert (found.cancel_at, found.cancel_at_period_end) == (donor.period[1], False)
    details = found.cancellation_details
    assert (details.feedback, details.comment, details.reason) == (
        "too_expensive",
        "later",
        "cancellation_requested",
    )
    assert "Nothing more is charged" in read(url)
    post(f"{url}/keep/{donor.id}")
    assert donor.now.cancel_at is None
    post(f"{url}/cancel/{donor.id}")
    donor.period_over()
    assert (donor.now.status, len(donor.invoices)) == ("canceled", 1)


def test_another_card(sandbox: Any) -> None:
    donor = Donor(sandbox, *by_checkout(sandbox))
    url = portal(donor).url
    assert post(f"{url}/card", **CARD | {"number": "4000000000000002"}).status_code == 422
    assert "Your card was declined." in post(f"{url}/card", **CARD | {"number": "4000000000000002"}).text
    filled = post(f"{url}/card", fill="4242424242424242")
    assert 'value="4242 4242 4242 4242"' in filled.text
    assert post(f"{url}/card", **CARD).status_code == 303
    v1 = sandbox.client.v1
    method = v1.payment_methods.retrieve(donor.now.default_payment_method)
    assert (method.card.last4, method.customer) == ("4444", donor.customer)
    assert v1.customers.retrieve(donor.customer).invoice_settings.default_payment_method == method.id
    donor.period_over()
    assert v1.charges.list({"customer": donor.customer}).data[0].payment_method == method.id


def test_a_card_whose_bank_asks(sandbox: Any) -> None:
    donor = subscribed(sandbox)
    url = portal(donor).url
    answer = post(f"{url}/card", **CARD | {"number": "4000002500003155"})
    bank = answer.headers["Location"]
    assert "/c/authenticate/seti_" in bank
    back = post(bank, answer="succeeded").headers["Location"]
    assert requests.get(back, allow_redirects=False, timeout=5).status_code == 303
    customer = sandbox.client.v1.customers.retrieve(donor.customer)
    method = sandbox.client.v1.payment_methods.retrieve(customer.invoice_settings.default_payment_method)
    assert method.card.last4 == "3155"


def by_checkout(sandbox: Any) -> tuple[str, str]:
    told = sandbox.pay(sandbox.open(1200, every="month"))
    return told["customer"], told["subscription"]


def test_pausing_and_coming_back(sandbox: Any) -> None:
    donor = subscribed(sandbox)
    url = portal(donor).url
    assert "3 months" in read(f"{url}/pause/{donor.id}")
    post(f"{url}/pause/{donor.id}", lasts="1")
    assert donor.now.status == "paused"
    assert "Paused. Nothing is charged." in read(url)
    donor.until(donor.period[0] + 60 * DAY)
    assert (donor.now.status, len(donor.invoices)) == ("paused", 1)
    donor.until(donor.period[0] + 93 * DAY)
    assert (donor.now.status, len(donor.invoices)) == ("active", 2)
    url = portal(donor).url
    post(f"{url}/pause/{donor.id}", lasts="0")
    post(f"{url}/resume/{donor.id}")
    assert donor.now.status == "active"


def test_contact(sandbox: Any) -> None:
    donor = subscribed(sandbox)
    url = portal(donor).url
    post(f"{url}/contact", name="Ada L.", email="new@example.org")
    customer = sandbox.client.v1.customers.retrieve(donor.customer)
    assert (customer.name, customer.email) == ("Ada L.", "new@example.org")
    assert donor.told("customer.updated")[-1].data.previous_attributes["email"] == "ada@example.org"


@pytest.mark.parametrize("kind", ["subscription_cancel", "subscription_pause"])
def test_one_errand_about_a_subscription(sandbox: Any, kind: str) -> None:
    donor = subscribed(sandbox)
    session = portal(donor, flow_data=errand(kind, **{kind: {"subscription": donor.id}}))
    assert session.flow.type == kind
    word = kind.removeprefix("subscription_")
    first = requests.get(session.url, allow_redirects=False, timeout=5)
    assert first.headers["Location"].endswith(f"/{word}/{donor.id}")
    page = requests.get(f"{session.url}/{word}/{donor.id}", timeout=5)
    assert "http://newsroom.example" in page.headers["Content-Security-Policy"]
    answer = post(f"{session.url}/{word}/{donor.id}")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{BACK}?done")
    assert read(session.url)


def test_one_errand_about_the_card(sandbox: Any) -> None:
    donor = subscribed(sandbox)
    session = portal(donor, flow_data=errand("payment_method_update"))
    assert requests.get(session.url, timeout=5).url.endswith("/card")
    assert post(f"{session.url}/card", **CARD).headers["Location"] == f"{BACK}?done"
    flow = {"type": "payment_method_update", "after_completion": {"type": "hosted_confirmation"}}
    assert "Done" in post(f"{portal(donor, flow_data=flow).url}/card", **CARD).text


def test_what_a_session_may_not_be_for(sandbox: Any) -> None:
    donor, other = subscribed(sandbox), subscribed(sandbox)
    for wrong in (
        {"customer": "cus_none"},
        {"flow_data": {"type": "subscription_cancel"}},
        {"flow_data": errand("subscription_cancel", subscription_cancel={"subscription": other.id})},
        {"configuration": "bpc_none"},
        {"flow_data": {"type": "dance"}},
    ):
        with pytest.raises(stripe.InvalidRequestError):
            portal(donor, **wrong)
    url = portal(donor).url
    assert requests.get(f"{url}/cancel/{other.id}", timeout=5).status_code == 404
    assert requests.get(f"{sandbox.url}/p/session/bps_none", timeout=5).status_code == 404
    sandbox.lever("advance", seconds=3700)
    assert requests.get(url, timeout=5).status_code == 410


def test_a_configuration_decides(sandbox: Any) -> None:
    configurations = sandbox.client.v1.billing_portal.configurations
    made = configurations.create(
        {
            "business_profile": {"headline": "Thank you"},
            "features": {"subscription_cancel": {"enabled": True, "mode": "immediately"}},
        }
    )
    assert made.features.payment_method_update.enabled is False
    donor = subscribed(sandbox)
    url = portal(donor, configuration=made.id).url
    assert "Payment method" not in read(url)
    assert requests.get(f"{url}/card", timeout=5).url == url
    post(f"{url}/cancel/{donor.id}")
    assert donor.now.status == "canceled"
    changed = configurations.update(made.id, {"features": {"invoice_history": {"enabled": True}}})
    assert changed.features.subscription_cancel.mode == "immediately"
    assert changed.features.invoice_history.enabled
    default = configurations.list({"is_default": True}).data
    assert [row.features.subscription_cancel.mode for row in default] == ["at_period_end"]


@pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed")
def test_a_person_cancels_without_javascript(sandbox: Any) -> None:
    from playwright.sync_api import sync_playwright

    donor = subscribed(sandbox)
    session = portal(donor, return_url=f"{sandbox.url}/_sandbox/clock")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=str(CHROMIUM), args=QUIET.split())
        context = browser.new_context(java_script_enabled=False, viewport={"width": 375, "height": 700})
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda line: complaints.append(line.text))
        page.goto(session.url)
        assert page.evaluate("document.documentElement.scrollWidth <= 375")
        page.get_by_role("link", name="Cancel").click()
        page.get_by_label("Why?").select_option("other")
        page.get_by_role("button", name="Cancel").click()
        page.get_by_text("Nothing more is charged").wait_for()
        page.get_by_role("link", name="Use another card").click()
        page.get_by_role("button", name=re.compile("5555 5555 5555 4444")).click()
        page.get_by_label("Name on card").fill("Ada")
        page.get_by_label("Card number").press("Enter")
        page.get_by_text("Mastercard ending in 4444").wait_for()
        page.get_by_role("link", name="Back to").click()
        page.wait_for_url("**/_sandbox/clock")
        browser.close()
    assert [line for line in complaints if "Security Policy" in line] == []
    assert donor.now.cancel_at == donor.period[1]
