"""The hosted page, by plain form posts and in a browser without JavaScript."""

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import requests

CHROMIUM = Path("/usr/bin/chromium")
QUIET = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
QUIET += "--disable-component-update --disable-sync"
CARD = {
    "email": "ada@example.org",
    "number": "4242 4242 4242 4242",
    "expiry": "12/34",
    "cvc": "123",
    "name": "Ada Reader",
    "country": "GB",
}


def read(url: str) -> str:
    answer = requests.get(url, timeout=5)
    assert answer.status_code == 200
    return unescape(answer.text)


def post(url: str, **values: str) -> requests.Response:
    return requests.post(url, values, allow_redirects=False, timeout=5)


def test_what_the_page_says(sandbox: Any) -> None:
    page = read(sandbox.open(2500, "eur", "month", customer_email="ada@example.org").url)
    for words in (
        "Sandbox Newsroom",
        "Donation",
        "€25.00",
        "per month",
        "Billed monthly",
        "Subscribe €25.00",
    ):
        assert words in page
    assert 'value="ada@example.org" readonly' in page
    assert 'href="http://newsroom.example/donate"' in page
    assert "no money moves" in page
    assert "Donate ¥500" in read(sandbox.open(500, "jpy", submit_type="donate").url)
    assert "5.120 KWD" in read(sandbox.open(5120, "kwd").url)
    assert "1,500.00 ISK" in read(sandbox.open(150_000, "isk").url)


def test_every_field_has_its_label_and_nothing_runs(sandbox: Any) -> None:
    answer = requests.get(sandbox.open().url, timeout=5)
    fields = re.findall(r'<(?:input|select) id="(\w+)"', answer.text)
    assert fields == ["email", "number", "expiry", "cvc", "name", "country"]
    assert all(f'<label for="{name}">' in answer.text for name in fields)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self';")
    assert "form-action 'self' http://newsroom.example" in policy
    assert "<script" not in answer.text
    assert 'style="' not in answer.text
    style = requests.get(f"{sandbox.url}/_sandbox/style.css", timeout=5)
    assert style.headers["Content-Type"].startswith("text/css")


def test_paying_sends_the_donor_back(sandbox: Any) -> None:
    session = sandbox.open()
    answer = post(session.url, **CARD)
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"http://newsroom.example/thanks?session={session.id}"
    paid = sandbox.client.v1.checkout.sessions.retrieve(
        session.id, {"expand": ["payment_intent.latest_charge"]}
    )
    charge = paid.payment_intent.latest_charge
    assert (charge.billing_details.name, charge.billing_details.address.country) == ("Ada Reader", "GB")
    assert "Already paid" in read(session.url)
    assert "Already paid" in post(session.url, **CARD).text


def test_a_declined_card_is_told_and_may_be_followed_by_another(sandbox: Any) -> None:
    session = sandbox.open()
    refused = post(session.url, **CARD | {"number": "4000000000009995"})
    assert refused.status_code == 422
    assert "Your card has insufficient funds." in refused.text
    assert 'value="Ada Reader"' in refused.text
    assert post(session.url, **CARD).status_code == 303


def test_a_test_card_is_filled_in_by_a_click(sandbox: Any) -> None:
    session = sandbox.open()
    filled = post(session.url, email="ada@example.org", fill="4000000000000002")
    assert filled.status_code == 200
    for value in ("4000 0000 0000 0002", "12 / 34", "123", "ada@example.org"):
        assert f'value="{value}"' in filled.text
    assert sandbox.client.v1.checkout.sessions.retrieve(session.id).status == "open"


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("email", "ada", "Your email address is incomplete."),
        ("number", "1234", "Your card number is invalid."),
        ("number", "4539578763621486", "non test (live) card"),
        ("expiry", "13/30", "Your card's expiration date is incomplete."),
        ("expiry", "01/20", "Your card's expiration date is in the past."),
        ("cvc", "1", "Your card's security code is incomplete."),
        ("name", " ", "Enter the name on the card."),
        ("country", "XX", "Choose a country."),
    ],
)
def test_mistakes_are_named_beside_their_field(sandbox: Any, field: str, value: str, sentence: str) -> None:
    answer = post(sandbox.open().url, **CARD | {field: value})
    assert answer.status_code == 422
    assert sentence in unescape(answer.text)
    assert f'aria-describedby="{field}-mistake"' in answer.text


def test_pages_that_are_over(sandbox: Any) -> None:
    session = sandbox.open()
    sandbox.client.v1.checkout.sessions.expire(session.id)
    assert "This page has expired" in read(session.url)
    assert "This page has expired" in post(session.url, **CARD).text
    for address in ("cs_test_none", "we_1"):
        assert requests.get(f"{sandbox.url}/c/pay/{address}", timeout=5).status_code == 404
        assert post(f"{sandbox.url}/c/pay/{address}", **CARD).status_code == 404


def test_what_a_donor_types_is_shown_as_text(sandbox: Any) -> None:
    answer = post(sandbox.open().url, **CARD | {"name": '"><b>', "cvc": ""})
    assert "<b>" not in answer.text


@pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed")
def test_a_person_pays_without_javascript(sandbox: Any) -> None:
    from playwright.sync_api import sync_playwright

    thanks = f"{sandbox.url}/_sandbox/clock?session={{CHECKOUT_SESSION_ID}}"
    session = sandbox.open(every="year", success_url=thanks)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=str(CHROMIUM), args=QUIET.split())
        page = browser.new_context(
            java_script_enabled=False, viewport={"width": 375, "height": 700}
        ).new_page()
        complaints: list[str] = []
        page.on("console", lambda line: complaints.append(line.text))
        page.goto(session.url)
        page.get_by_label("Email").fill("ada@example.org")
        page.get_by_label("Name on card").fill("Ada Reader")
        page.get_by_role("button", name="4000 0000 0000 0002").click()
        page.get_by_role("button", name="Subscribe").click()
        assert page.get_by_role("alert").inner_text() == "Your card was declined."
        page.get_by_label("Card number").fill("4242424242424242")
        page.get_by_label("Card number").press("Enter")
        page.wait_for_url(f"**/_sandbox/clock?session={session.id}")
        browser.close()
    assert [line for line in complaints if "Security Policy" in line] == []
    assert sandbox.client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"


def test_the_front_page_shows_what_happened_and_lets_time_pass(sandbox: Any) -> None:
    session = sandbox.open(4200, submit_type="donate")
    before = sandbox.look("clock")["now"]
    page = read(f"{sandbox.url}/")
    for words in (session.url, "$42.00", "price.created", "Balance"):
        assert words in page
    answer = requests.post(f"{sandbox.url}/", {"pass": "hour"}, allow_redirects=False, timeout=5)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert sandbox.look("clock")["now"][:13] > before[:13]
