"""What a reader chooses in the widget, by pointer and by keyboard, and what the widget says to it."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Site, Watch

OWN = "Another amount"


def widget(page: Page, at: int = 0) -> Locator:
    return page.locator("sustainer-donate").nth(at)


def chosen(page: Page, at: int = 0) -> tuple[str, str | None]:
    """(frequency, preset or None)."""
    marked = widget(page, at).locator("input:checked + span").all_inner_texts()
    return marked[0], marked[1] if len(marked) > 1 else None


def promise(page: Page, at: int = 0) -> str:
    return widget(page, at).locator(".promise").inner_text()


def test_it_is_told_to_a_screen_reader_as_it_is(page: Page, site: Site) -> None:
    page.goto(site.scratch())
    expect(widget(page)).to_match_aria_snapshot(
        """
        - form "Support The Lantern":
          - paragraph: Support The Lantern
          - group "How often":
            - radio "Once"
            - radio "Monthly" [checked]
            - radio "Annual"
          - group "Amount":
            - radio "$5"
            - radio "$10" [checked]
            - radio "$15"
            - radio "$25"
          - text: Another amount
          - textbox "Another amount"
          - text: Currency
          - combobox "Currency":
            - option "USD – US Dollar" [selected]
            - option "EUR – Euro"
          - paragraph: You will pay $10 today and $10 every month from then on. Cancel any time.
          - button "Continue"
          - paragraph: Cards, Apple Pay, Google Pay and more, by Stripe
        """
    )


@pytest.mark.parametrize(
    ("frequency", "preset", "sentence"),
    [
        ("Once", "$25", "You will pay $25 today, once."),
        ("Monthly", "$10", "You will pay $10 today and $10 every month from then on. Cancel any time."),
        ("Annual", "$100", "You will pay $100 today and $100 every year from then on. Cancel any time."),
    ],
)
def test_a_frequency_brings_its_own_presets(
    page: Page, site: Site, frequency: str, preset: str, sentence: str
) -> None:
    page.goto(site.scratch())
    widget(page).get_by_label(frequency).check()
    assert chosen(page) == (frequency, preset)
    assert promise(page) == sentence


def test_looking_at_the_field_changes_nothing(page: Page, site: Site) -> None:
    page.goto(site.scratch())
    widget(page).get_by_label(OWN).focus()
    assert chosen(page) == ("Monthly", "$10")
    assert promise(page).startswith("You will pay $10 today")


def test_an_amount_of_ones_own_takes_the_place_of_a_preset(page: Page, site: Site) -> None:
    page.goto(site.scratch())
    own = widget(page).get_by_label(OWN)
    own.fill("12.50")
    assert chosen(page) == ("Monthly", None)
    assert promise(page).startswith("You will pay $12.50 today and $12.50 every month")
    widget(page).get_by_label("Annual").check()
    assert (chosen(page), own.input_value()) == (("Annual", None), "12.50")
    widget(page).get_by_label("$150").check()
    assert (chosen(page), own.input_value()) == (("Annual", "$150"), "")
    own.fill("7")
    own.fill("")
    assert chosen(page) == ("Annual", "$100"), "an empty field is no choice: back to the preset on offer"


def test_a_currency_brings_its_own_amounts_and_sign(page: Page, site: Site) -> None:
    page.goto(site.scratch())
    widget(page).get_by_label("Currency").select_option("jpy")
    assert chosen(page) == ("Monthly", "¥1,000")
    assert widget(page).locator(".before").inner_text() == "¥"
    widget(page).get_by_label("Currency").select_option("isk")
    widget(page).get_by_label(OWN).fill("12345")
    assert "ISK\xa012,345" in promise(page)


@pytest.mark.parametrize(
    ("attributes", "marked", "own", "currency"),
    [
        ('frequency="annual" amount="15000" currency="eur"', ("Annual", "€150"), "", "eur"),
        ('frequency="ONCE" amount="1250"', ("Once", None), "12.50", "usd"),
        ('amount="123400" currency="ISK"', ("Monthly", None), "1234", "isk"),
        ('amount="1"', ("Monthly", "$10"), "", "usd"),
        ('amount="ten" frequency="hourly" currency="xts"', ("Monthly", "$10"), "", "usd"),
        ("frequency='\"]'", ("Monthly", "$10"), "", "usd"),
    ],
)
def test_attributes_choose_beforehand(
    page: Page,
    site: Site,
    watch: Watch,
    attributes: str,
    marked: tuple[str, str | None],
    own: str,
    currency: str,
) -> None:
    page.goto(site.scratch(f"<sustainer-donate {attributes}></sustainer-donate>"))
    assert chosen(page) == marked
    assert widget(page).get_by_label(OWN).input_value() == own
    assert widget(page).get_by_label("Currency").input_value() == currency
    assert watch.complaints == []


@pytest.mark.parametrize(
    ("currency", "typed", "reason"),
    [
        ("usd", "1.99", "The smallest amount is $2."),
        ("usd", "10000.01", "The largest amount is $10,000."),
        ("usd", "12.505", "Write the amount in figures, such as 10."),
        ("jpy", "1500.5", "Write the amount in figures, such as 1000."),
        ("kwd", "2.505", "The amount must be a multiple of KWD\xa00.010."),
        ("isk", "100", "The smallest amount is ISK\xa0300."),
    ],
)
def test_what_cannot_be_given_is_said_beside_the_field(
    page: Page, site: Site, watch: Watch, currency: str, typed: str, reason: str
) -> None:
    page.goto(site.scratch())
    widget(page).get_by_label("Currency").select_option(currency)
    own = widget(page).get_by_label(OWN)
    own.fill(typed)
    widget(page).get_by_role("button").click()
    expect(widget(page).get_by_role("alert").first).to_have_text(reason)
    expect(own).to_be_focused()
    expect(own).to_have_attribute("aria-invalid", "true")
    expect(own).to_have_accessible_description(reason)
    assert watch.posts() == []
    own.fill("1500")
    expect(own).to_have_attribute("aria-invalid", "false")
    expect(widget(page).locator(".error")).to_have_text("")


def test_what_else_there_is_stands_below(page: Page, site: Site) -> None:
    """Nothing today; a feature that the options name gets its link."""
    page.goto(site.scratch())
    expect(widget(page).get_by_role("link")).to_have_count(0)
    script = page.request.get(f"{site.web}/widget.js").text()
    more = script.replace('"features":[]', '"features":[{"label":"Remind me later","path":"reminders"}]')
    page.route("**/widget.js*", lambda route: route.fulfill(body=more, content_type="text/javascript"))
    page.reload()
    link = widget(page).get_by_role("link", name="Remind me later")
    expect(link).to_have_attribute("href", f"{site.web}/reminders")


def test_the_whole_way_by_keyboard(page: Page, site: Site) -> None:
    page.goto(site.scratch())
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert chosen(page) == ("Annual", "$100")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowLeft")
    assert chosen(page) == ("Annual", "$50")
    page.keyboard.press("Tab")
    page.keyboard.type("12,50")
    assert promise(page).startswith("You will pay $12.50 today and $12.50 every year")
    page.keyboard.press("Tab")
    expect(widget(page).get_by_label("Currency")).to_be_focused()
    page.keyboard.press("Tab")
    expect(widget(page).get_by_role("button")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"{site.stripe}/c/pay/"))


def test_enter_in_the_field_continues(page: Page, site: Site) -> None:
    page.goto(site.scratch())
    widget(page).get_by_label(OWN).fill("20")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"{site.stripe}/c/pay/"))


def test_two_widgets_on_a_page_do_not_meddle(page: Page, site: Site, watch: Watch) -> None:
    two = "<sustainer-donate id=top></sustainer-donate><sustainer-donate frequency=once></sustainer-donate>"
    page.goto(site.scratch(two, scripts="2"))
    widget(page, 0).get_by_label("Annual").check()
    widget(page, 0).get_by_label("$250").check()
    assert chosen(page, 0) == ("Annual", "$250")
    assert chosen(page, 1) == ("Once", "$25")
    ids = page.evaluate(
        "[...document.querySelectorAll('sustainer-donate')].flatMap("
        "(each) => [...each.shadowRoot.querySelectorAll('[id]')].map(({id}) => id))"
    )
    assert len(ids) == len(set(ids))
    widget(page, 1).get_by_role("button").click()
    page.wait_for_url(re.compile(f"{site.stripe}/c/pay/"))
    (asked,) = watch.posts()
    assert (asked["frequency"], asked["amount"]) == ("once", 2500)
    assert watch.complaints == []
