"""The donate and thanks pages in a browser that runs no script."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text

from tests.browser.conftest import PATIENCE, Site

OWN = "Another amount"


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 320, "height": 900})
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


def go_on(page: Page) -> None:
    page.locator("button.main").click()


def newest(site: Site) -> tuple[str, str, int, str]:
    with site.engine.connect() as connection:
        columns = "SELECT id, frequency, amount, currency FROM checkouts ORDER BY created_at DESC LIMIT 1"
        row = connection.execute(text(columns)).one()
        return (row.id, row.frequency, row.amount, row.currency)


def at_stripe(site: Site) -> re.Pattern[str]:
    return re.compile(f"{site.stripe}/c/pay/")


def test_from_the_article_to_stripe(page: Page, site: Site) -> None:
    page.goto(site.article)
    page.locator("noscript a, .support a").first.click()
    page.wait_for_url(f"{site.web}/donate")
    page.get_by_label("Annual").check()
    page.get_by_label("$150").check()
    expect(page.get_by_text("You will pay $150 today and $150 every year")).to_be_visible()
    go_on(page)
    page.wait_for_url(at_stripe(site))
    assert newest(site)[1:] == ("annual", 15000, "usd")


def test_each_frequency_shows_its_own_amounts(page: Page, site: Site) -> None:
    page.goto(f"{site.web}/donate")
    for frequency, legend in (("Once", "One-time amount"), ("Annual", "Amount each year")):
        page.get_by_label(frequency).check()
        expect(page.locator("fieldset.amounts:visible")).to_have_count(1)
        expect(page.get_by_role("group", name=legend)).to_be_visible()
        expect(page.locator(".promise p:visible")).to_have_count(1)


def test_an_amount_of_ones_own_by_keyboard(page: Page, site: Site) -> None:
    """Enter in the field continues; it does not press the button that changes the currency."""
    page.goto(f"{site.web}/donate")
    page.get_by_label(OWN).focus()
    page.keyboard.type("12,50")
    expect(
        page.get_by_text("You will pay the amount you choose today, and again every month")
    ).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url(at_stripe(site))
    assert newest(site)[1:] == ("monthly", 1250, "usd")


def test_the_hidden_button_is_no_stop_for_the_keyboard(page: Page, site: Site) -> None:
    page.goto(f"{site.web}/donate")
    page.get_by_label("Monthly").focus()
    stops = []
    for _ in range(5):
        page.keyboard.press("Tab")
        stops.append(page.locator(":focus").evaluate("(node) => node.name || node.textContent"))
    assert stops == ["amount_monthly", "own", "pay_in", "change_currency", "Continue"]


def test_what_is_wrong_stands_beside_the_field(page: Page, site: Site) -> None:
    page.goto(f"{site.web}/donate")
    page.get_by_label("Once").check()
    page.get_by_label(OWN).fill("1")
    go_on(page)
    field = page.get_by_label(OWN)
    expect(field).to_have_value("1")
    expect(field).to_be_focused()
    expect(field).to_have_accessible_description(re.compile(r"^The smallest amount is \$2\."))
    expect(page.get_by_label("Once")).to_be_checked()
    field.fill("2")
    go_on(page)
    page.wait_for_url(at_stripe(site))
    assert newest(site)[1:] == ("once", 200, "usd")


def test_another_currency(page: Page, site: Site) -> None:
    page.goto(f"{site.web}/donate?campaign=winter")
    page.get_by_label("Once").check()
    page.get_by_label("Currency").select_option("jpy")
    page.get_by_role("button", name="Change currency").click()
    expect(page.get_by_label("Once")).to_be_checked()
    page.get_by_role("radio", name="¥5,000").check()
    go_on(page)
    page.wait_for_url(at_stripe(site))
    assert newest(site)[1:] == ("once", 5000, "jpy")


def test_the_way_back_from_stripe(page: Page, site: Site) -> None:
    page.goto(f"{site.web}/donate")
    go_on(page)
    page.wait_for_url(at_stripe(site))
    page.go_back()
    go_on(page)
    page.wait_for_url(at_stripe(site))


def test_thanks_looks_again_until_it_knows(page: Page, site: Site) -> None:
    page.goto(f"{site.web}/donate")
    go_on(page)
    page.wait_for_url(at_stripe(site))
    checkout = newest(site)[0]
    page.goto(f"{site.web}/thanks?checkout={checkout}")
    expect(page.get_by_role("heading")).to_have_text("One moment, please")
    with site.engine.begin() as connection:
        connection.execute(text("UPDATE checkouts SET status = 'paid' WHERE id = :id"), {"id": checkout})
    expect(page.get_by_role("heading")).to_have_text("Thank you", timeout=PATIENCE)
    expect(page.get_by_text("Your monthly donation of $10 to The Lantern")).to_be_visible()
