"""The widget's one request: what it says, and that no trouble opens a second page or loses a donor."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect
from sqlalchemy import text

from tests.browser.conftest import Site, Watch
from tests.programs import ask

API = "**/api/checkouts"
AWAY = "The payment page could not be opened. Nothing was taken; please try again."


@pytest.fixture(autouse=True)
def no_faults(site: Site) -> Iterator[None]:
    yield
    ask(f"{site.stripe}/_sandbox/faults", method="DELETE")


def button(page: Page) -> Locator:
    return page.locator("sustainer-donate").get_by_role("button")


def notice(page: Page) -> Locator:
    return page.locator("sustainer-donate .notice")


def at_stripe(site: Site) -> re.Pattern[str]:
    return re.compile(f"{site.stripe}/c/pay/")


def stay(page: Page, site: Site) -> None:
    """Stripe's page does not load: the article stays, as after a stopped navigation."""
    page.route(at_stripe(site), lambda route: route.fulfill(status=204))


def kept(site: Site, attempt: str) -> list[Any]:
    with site.engine.connect() as connection:
        found = connection.execute(
            text("SELECT attribution, amount, locale FROM checkouts WHERE attempt = :attempt"),
            {"attempt": attempt},
        )
        return list(found)


def test_the_article_and_its_campaign_stay_with_the_gift(page: Page, site: Site, watch: Watch) -> None:
    page.goto(f"{site.article}?utm_source=letter&utm_campaign=%00autumn&utm_term={'x' * 300}&secret=1#end")
    page.evaluate("document.querySelector('sustainer-donate').setAttribute('campaign', 'winter')")
    page.evaluate("document.querySelector('sustainer-donate').id = 'below-the-story'")
    button(page).click()
    page.wait_for_url(at_stripe(site))
    (asked,) = watch.posts()
    ((attribution, amount, locale),) = kept(site, asked["attempt"])
    assert attribution == {
        "article": site.article,
        "campaign": "winter",
        "widget": "below-the-story",
        "utm_source": "letter",
        "utm_campaign": "autumn",
        "utm_term": "x" * 100,
    }
    assert (amount, locale) == (1000, "en")
    assert watch.complaints == []


def test_an_article_costs_one_script_and_one_request(page: Page, site: Site, watch: Watch) -> None:
    page.goto(site.article)
    button(page).click()
    page.wait_for_url(at_stripe(site))
    asked = [(each.method, each.url) for each in watch.requests if each.url.startswith(site.web)]
    assert asked == [("GET", f"{site.web}/widget.js"), ("POST", f"{site.web}/api/checkouts")]
    places = (site.web, site.articles, site.stripe, "data:")
    assert [each.url for each in watch.requests if not each.url.startswith(places)] == []


def test_nothing_is_kept_in_the_browser(page: Page, context: BrowserContext, site: Site) -> None:
    page.goto(site.article)
    page.locator("sustainer-donate").get_by_label("Annual").check()
    assert context.cookies() == []
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]


def test_a_double_click_asks_once(page: Page, site: Site, watch: Watch) -> None:
    ask(f"{site.stripe}/_sandbox/faults", {"endpoint": "/v1/checkout/sessions", "kind": "slow", "seconds": 1})
    page.goto(site.scratch())
    button(page).dblclick()
    expect(button(page)).to_have_text("One moment…")
    expect(button(page)).to_have_attribute("aria-disabled", "true")
    button(page).press("Enter")
    page.wait_for_url(at_stripe(site))
    assert len(watch.posts()) == 1


def test_a_retry_is_the_same_attempt(page: Page, context: BrowserContext, site: Site, watch: Watch) -> None:
    page.goto(site.scratch(query="&utm_source=letter"))
    context.set_offline(True)
    button(page).click()
    expect(notice(page)).to_contain_text(AWAY)
    expect(button(page)).to_be_focused()
    context.set_offline(False)
    button(page).click()
    page.wait_for_url(at_stripe(site))
    first, second = watch.posts()
    assert first == second
    assert len(kept(site, first["attempt"])) == 1


def test_the_plain_page_is_the_way_that_is_left(page: Page, site: Site) -> None:
    page.goto(
        site.scratch(
            '<sustainer-donate campaign="winter" currency="eur"></sustainer-donate>',
            query="&utm_source=letter",
        )
    )
    page.route(API, lambda route: route.abort())
    page.locator("sustainer-donate").get_by_label("Another amount").fill("12.34")
    button(page).click()
    notice(page).get_by_role("link", name="Or use our donation page").click()
    page.wait_for_url(f"{site.web}/donate?**")
    assert page.get_by_label("Another amount").input_value() == "12.34"
    assert page.get_by_label("Monthly").is_checked()
    hidden = {
        name: page.locator(f"input[name={name}]").input_value()
        for name in ("currency", "campaign", "utm_source")
    }
    assert hidden == {"currency": "eur", "campaign": "winter", "utm_source": "letter"}


def test_stripe_failing_is_a_sentence_and_the_button_works_again(page: Page, site: Site) -> None:
    fault = {"endpoint": "/v1/checkout/sessions", "kind": "500", "count": 3}
    ask(f"{site.stripe}/_sandbox/faults", fault)
    page.goto(site.scratch())
    button(page).click()
    expect(notice(page)).to_contain_text(AWAY)
    button(page).click()
    page.wait_for_url(at_stripe(site))


def test_what_the_server_refuses_stands_beside_the_field(page: Page, site: Site) -> None:
    problem = {
        "status": 422,
        "detail": "Some fields are not as they must be.",
        "errors": {"amount": ["Not today."]},
    }
    page.goto(site.scratch())
    page.route(API, lambda route: route.fulfill(status=422, json=problem, headers=_cors(site)))
    button(page).click()
    expect(page.locator("sustainer-donate .error")).to_have_text("Not today.")
    expect(page.locator("sustainer-donate").get_by_label("Another amount")).to_be_focused()
    expect(notice(page)).to_have_text("")


@pytest.mark.parametrize(
    ("status", "body", "sentence"),
    [
        (429, '{"detail": "Too many tries; please wait a minute."}', "Too many tries; please wait a minute."),
        (503, '{"detail": "x"}', AWAY),
        (502, "<h1>Bad gateway</h1>", AWAY),
        (200, "null", AWAY),
    ],
)
def test_other_answers_are_a_sentence_with_a_way_out(
    page: Page, site: Site, status: int, body: str, sentence: str
) -> None:
    page.goto(site.scratch())
    page.route(API, lambda route: route.fulfill(status=status, body=body, headers=_cors(site)))
    button(page).click()
    expect(notice(page)).to_have_text(f"{sentence} Or use our donation page")
    expect(button(page)).to_have_attribute("aria-disabled", "false")


def _cors(site: Site) -> dict[str, str]:
    return {"Access-Control-Allow-Origin": site.articles}


def test_the_way_back_finds_the_button_ready_with_the_same_attempt(
    page: Page, site: Site, watch: Watch
) -> None:
    page.goto(site.scratch())
    stay(page, site)
    button(page).click()
    expect(button(page)).to_have_text("One moment…")
    _return_from_cache(page)
    expect(button(page)).to_have_text("Continue")
    button(page).click()
    expect(button(page)).to_have_text("One moment…")
    first, second = watch.posts()
    assert first["attempt"] == second["attempt"]
    _return_from_cache(page)
    page.locator("sustainer-donate").get_by_label("Once").check()
    button(page).click()
    expect(button(page)).to_have_text("One moment…")
    assert watch.posts()[2]["attempt"] != first["attempt"], "another choice is another attempt"


def _return_from_cache(page: Page) -> None:
    """What a browser says when the reader comes back to a page that it kept whole."""
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")


def test_after_a_real_way_back_it_works(page: Page, site: Site) -> None:
    page.goto(site.scratch())
    button(page).click()
    page.wait_for_url(at_stripe(site))
    page.go_back()
    button(page).click()
    page.wait_for_url(at_stripe(site))


def test_a_paid_attempt_is_told_and_another_press_is_another_gift(
    page: Page, site: Site, watch: Watch
) -> None:
    page.goto(site.scratch())
    stay(page, site)
    with page.expect_response(lambda answer: answer.status == 201):
        button(page).click()
    with site.engine.begin() as connection:
        paid = text("UPDATE checkouts SET status = 'paid' WHERE attempt = :attempt")
        connection.execute(paid, {"attempt": watch.posts()[0]["attempt"]})
    _return_from_cache(page)
    button(page).click()
    expect(notice(page)).to_have_text(
        "This donation has already been made. To give once more, press Continue again."
    )
    button(page).click()
    expect(button(page)).to_have_text("One moment…")
    first, second, third = (each["attempt"] for each in watch.posts())
    assert first == second != third


def test_a_choice_changed_while_asking_is_not_overrun(page: Page, site: Site) -> None:
    held: list[Route] = []
    page.goto(site.scratch())
    page.route(API, lambda route: held.append(route))  # noqa: PLW0108 (Playwright marks what it is given)
    button(page).click()
    page.locator("sustainer-donate").get_by_label("Once").check()
    held[0].fulfill(status=201, json={"id": "x", "url": f"{site.stripe}/c/pay/x"}, headers=_cors(site))
    expect(button(page)).to_have_text("Continue")
    assert page.url.startswith(site.articles)
