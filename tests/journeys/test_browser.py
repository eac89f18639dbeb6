"""A reader in a real browser: from the article, or without JavaScript, through to the thanks."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.test_donation import export
from tests.programs import ask, until
from tests.running import Running

FREQUENCIES = ("once", "monthly", "annual")
LABELS = {"once": "Once", "monthly": "Monthly", "annual": "Annual"}
CARD = "4242424242424242"
DECLINED = "4000000000000002"
PATIENCE = 20_000


def fill_card(page: Page, number: str, email: str) -> None:
    page.get_by_label("Email").fill(email)
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Expiry").fill("12 / 34")
    page.get_by_label("CVC").fill("123")
    page.get_by_label("Name on card").fill("Анна Reader")
    page.locator("button.pay").click()


def thanked(page: Page, web: str) -> str:
    """Wait for our page to say that the money came; gives the checkout's id."""
    page.wait_for_url(f"{web}/thanks?checkout=*", timeout=PATIENCE)
    checkout_id = page.url.partition("checkout=")[2]
    until(lambda: ask(f"{web}/api/checkouts/{checkout_id}")["status"] == "paid", "the payment to be settled")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")
    return checkout_id


def booked(newsroom: Running, email: str, minor: int, frequency: str) -> dict[str, str]:
    """The donation's receipt has come, and its row stands in the export."""
    (message,) = until(lambda: newsroom.messages_to(email), "the receipt")
    receipt = ask(f"{newsroom.mailbox}/api/messages/{message['id']}")
    (row,) = [each for each in export(newsroom, "donations") if each["donation_id"] in receipt["text"]]
    assert (int(row["gross_minor"]), row["frequency"]) == (minor, frequency)
    return row


@pytest.mark.parametrize("frequency", FREQUENCIES)
def test_from_the_article(newsroom: Running, article: str, browser: Browser, frequency: str) -> None:
    email = f"{frequency}.widget@example.org"
    page = browser.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{article}?utm_source=letter")
    widget = page.locator("sustainer-donate")
    widget.get_by_role("radio", name=LABELS[frequency]).check()
    widget.get_by_label("Another amount").fill("12.34")
    expect(widget).to_contain_text("$12.34 today")
    widget.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/c/pay/**", timeout=PATIENCE)
    fill_card(page, CARD, email)
    thanked(page, newsroom.web)
    row = booked(newsroom, email, 1234, frequency)
    assert row["source"] == "letter"
    assert complaints == []
    page.close()


@pytest.mark.parametrize("frequency", FREQUENCIES)
def test_without_javascript(newsroom: Running, browser: Browser, frequency: str) -> None:
    email = f"{frequency}.plain@example.org"
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{newsroom.web}/donate?frequency={frequency}&currency=eur&campaign=plain-{frequency}")
    page.get_by_label("Another amount").fill("7.50")
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/c/pay/**", timeout=PATIENCE)
    fill_card(page, CARD, email)
    thanked(page, newsroom.web)
    row = booked(newsroom, email, 750, frequency)
    assert (row["campaign"], row["currency"]) == (f"plain-{frequency}", "eur")
    context.close()


def test_a_declined_card_may_try_again_with_another(newsroom: Running, browser: Browser) -> None:
    email = "second.try@example.org"
    page = browser.new_page()
    page.goto(f"{newsroom.web}/donate?frequency=once&amount=900&currency=usd")
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/c/pay/**", timeout=PATIENCE)
    fill_card(page, DECLINED, email)
    expect(page.get_by_role("alert")).to_contain_text("Your card was declined.", timeout=PATIENCE)
    fill_card(page, CARD, email)
    thanked(page, newsroom.web)
    booked(newsroom, email, 900, "once")
    page.close()
