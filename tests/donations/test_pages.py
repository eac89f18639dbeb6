"""The donate page without JavaScript: what it shows, what it takes, and what it says when it cannot."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from service import create_app
from service.donations.models import Checkout
from service.settings import Settings
from tests.conftest import Database
from tests.donations.paper import Page
from tests.programs import ask


def checkouts(database: Database) -> list[Checkout]:
    with database.sessions.begin() as session:
        return list(session.scalars(select(Checkout)))


def filled(browser: FlaskClient, query: str = "", **typed: str) -> dict[str, str]:
    """The form of the page with something chosen or typed in it."""
    answer = browser.get(f"/donate{query}")
    assert answer.status_code == 200
    return Page(answer.text).fields | typed


def sent(browser: FlaskClient, query: str = "", **typed: str) -> TestResponse:
    return browser.post("/donate", data=filled(browser, query, **typed))


def test_the_page_is_ready_to_be_sent(browser: FlaskClient) -> None:
    page = Page(browser.get("/donate").text)
    assert page.fields["frequency"] == "monthly"
    assert page.fields["currency"] == page.fields["pay_in"] == "usd"
    assert (page.fields["amount_once"], page.fields["amount_monthly"], page.fields["amount_annual"]) == (
        "2500",
        "1000",
        "10000",
    )
    assert page.fields["own"] == ""
    assert "You will pay $10 today and $10 every month from then on. Cancel any time." in page.text


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?frequency=annual&amount=15000&currency=eur", {"frequency": "annual", "amount_annual": "15000"}),
        ("?frequency=once&amount=1250&currency=usd", {"frequency": "once", "own": "12.50"}),
        ("?amount=1234&currency=eur&locale=en-IE", {"own": "12.34", "locale": "en-IE"}),
        ("?amount=1250&currency=kwd", {"own": "1.250"}),
        ("?amount=123400&currency=isk", {"own": "1234"}),
        ("?amount=1&currency=usd", {"own": "", "amount_monthly": "1000"}),
        ("?amount=99999999999999999999", {"own": "", "amount_monthly": "1000"}),
        ("?amount=ten&frequency=hourly&currency=xts", {"frequency": "monthly", "currency": "usd"}),
        ("?country=DE", {"currency": "eur"}),
        ("?locale=en-GB", {"currency": "gbp"}),
        ("?country=xx1&locale=%00", {"currency": "usd", "locale": "en"}),
        ("?campaign=autumn&utm_source=letter", {"campaign": "autumn", "utm_source": "letter"}),
    ],
)
def test_the_address_chooses_beforehand(browser: FlaskClient, query: str, expected: dict[str, str]) -> None:
    fields = filled(browser, query)
    assert {name: fields[name] for name in expected} == expected


def test_the_button_leads_to_stripe(browser: FlaskClient, stripe: str, database: Database) -> None:
    answer = sent(browser, "?campaign=autumn&utm_term=a%00b" + "c" * 200, frequency="annual")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(f"{stripe}/c/pay/")
    (checkout,) = checkouts(database)
    assert (checkout.frequency, checkout.amount, checkout.currency) == ("annual", 10000, "usd")
    assert checkout.attribution == {"campaign": "autumn", "utm_term": "ab" + "c" * 98}


@pytest.mark.parametrize(
    ("query", "own", "amount"),
    [
        ("?currency=usd", "12.50", 1250),
        ("?currency=usd", "12,50", 1250),
        ("?currency=usd", "$1,250", 125000),
        ("?currency=jpy", "1500", 1500),
        ("?currency=kwd", "1.250", 1250),
        ("?currency=isk", "1500", 150000),
    ],
)
def test_an_amount_of_ones_own(
    browser: FlaskClient, database: Database, query: str, own: str, amount: int
) -> None:
    assert sent(browser, query, own=own).status_code == 303
    (checkout,) = checkouts(database)
    assert checkout.amount == amount


@pytest.mark.parametrize(
    ("query", "typed", "reason"),
    [
        ("?currency=usd", {"own": "1.99"}, "The smallest amount is $2."),
        ("?currency=usd", {"own": "10000.01"}, "The largest amount is $10,000."),
        ("?currency=usd", {"own": "12.505"}, "Write the amount in figures, such as 10."),
        ("?currency=usd", {"own": "-5"}, "Write the amount in figures, such as 10."),
        ("?currency=usd", {"own": "9" * 4000}, "Write the amount in figures, such as 10."),
        ("?currency=jpy", {"own": "1500.5"}, "Write the amount in figures, such as 1000."),
        ("?currency=kwd", {"own": "2.505"}, "The amount must be a multiple of KWD\xa00.010."),
        ("?currency=isk", {"own": "100"}, "The smallest amount is ISK\xa0300."),
        ("?currency=usd", {"amount_monthly": "150"}, "The smallest amount is $2."),
        ("?currency=usd", {"amount_monthly": "ten"}, "Choose an amount, or write one."),
        ("?currency=usd", {"frequency": "hourly"}, "Choose how often you want to give."),
        (
            "?currency=usd",
            {"currency": "xts", "pay_in": "xts"},
            "This currency cannot be given here; please choose again.",
        ),
    ],
)
def test_what_cannot_be_given_is_said_beside_the_field(
    browser: FlaskClient, database: Database, query: str, typed: dict[str, str], reason: str
) -> None:
    answer = sent(browser, query, **typed)
    page = Page(answer.text)
    assert answer.status_code == 422
    assert page.errors == [reason]
    assert page.text.count(reason) == 2, "once on top, once beside the field"
    assert "<title>There is a problem: Donate – The Lantern" in answer.text
    if "own" in typed:
        assert page.fields["own"] == typed["own"]
        assert 'aria-describedby="own-error own-hint" aria-invalid="true"' in answer.text
    assert checkouts(database) == []


def test_two_clicks_open_one_page(browser: FlaskClient, database: Database) -> None:
    fields = filled(browser, own="12.50")
    first, second = browser.post("/donate", data=fields), browser.post("/donate", data=fields)
    assert first.headers["Location"] == second.headers["Location"]
    assert len(checkouts(database)) == 1


def test_another_choice_on_the_same_page_opens_another(browser: FlaskClient, database: Database) -> None:
    fields = filled(browser)
    first = browser.post("/donate", data=fields)
    second = browser.post("/donate", data=fields | {"frequency": "once"})
    assert first.headers["Location"] != second.headers["Location"]
    assert len(checkouts(database)) == 2


def test_each_draw_of_the_page_is_a_new_attempt(browser: FlaskClient) -> None:
    assert filled(browser)["attempt"] != filled(browser)["attempt"]


@pytest.mark.parametrize("status", ["paid", "processing"])
def test_a_click_after_the_payment_gives_nothing_twice(
    browser: FlaskClient, database: Database, status: str
) -> None:
    fields = filled(browser, "?campaign=autumn")
    browser.post("/donate", data=fields)
    _set_status(database, status)
    answer = browser.post("/donate", data=fields)
    page = Page(answer.text)
    (checkout,) = checkouts(database)
    assert answer.status_code == 409
    assert "This donation has already been made" in page.text
    assert f"/thanks?checkout={checkout.id}" in page.links
    again = next(link for link in page.links if link.startswith("/donate?"))
    assert "campaign=autumn" in again
    assert "amount=" not in again


def test_a_click_after_the_page_has_expired_offers_a_new_one(
    browser: FlaskClient, database: Database
) -> None:
    fields = filled(browser, own="12.50")
    browser.post("/donate", data=fields)
    _set_status(database, "expired")
    answer = browser.post("/donate", data=fields)
    page = Page(answer.text)
    assert answer.status_code == 409
    assert "The payment page of your last try has closed." in page.text
    assert page.fields["own"] == "12.50"
    assert browser.post("/donate", data=page.fields).status_code == 303


def _set_status(database: Database, status: str) -> None:
    with database.sessions.begin() as session:
        session.scalars(select(Checkout)).one().status = status


@pytest.mark.parametrize("pressed", [{"change_currency": "1"}, {}])
def test_another_currency_brings_its_own_amounts(browser: FlaskClient, pressed: dict[str, str]) -> None:
    query = "?campaign=autumn&locale=en"
    answer = sent(browser, query, frequency="once", pay_in="jpy", own="25", **pressed)
    assert answer.status_code == 303
    fields = filled(browser, answer.headers["Location"].removeprefix("/donate"))
    assert fields["currency"] == "jpy"
    assert fields["frequency"] == "once"
    assert fields["amount_once"] == "3000"
    assert fields["campaign"] == "autumn"
    assert fields["own"] == ""


def test_the_same_currency_chosen_again_opens_nothing(browser: FlaskClient, database: Database) -> None:
    answer = sent(browser, change_currency="1")
    assert answer.headers["Location"].startswith("/donate?")
    assert checkouts(database) == []


@pytest.mark.parametrize(("kind", "tries"), [("500", 3), ("429", 1)])
def test_stripe_away_keeps_the_form_and_the_button_works_again(
    browser: FlaskClient, stripe: str, kind: str, tries: int
) -> None:
    fields = filled(browser, own="12.50")
    fault = {"endpoint": "/v1/checkout/sessions", "kind": kind, "rate": 1, "count": tries}
    ask(f"{stripe}/_sandbox/faults", fault)
    answer = browser.post("/donate", data=fields)
    page = Page(answer.text)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert "The payment page cannot be opened just now. Nothing was taken;" in page.text
    assert page.fields | {"attempt": ""} == fields | {"attempt": ""}
    assert browser.post("/donate", data=page.fields).status_code == 303


def test_the_database_away_keeps_the_form(environment: dict[str, str]) -> None:
    nowhere = environment | {"DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none"}
    browser = create_app(Settings.from_environment(nowhere)).test_client()
    answer = sent(browser, own="12.50")
    assert answer.status_code == 503
    assert Page(answer.text).fields["own"] == "12.50"


@pytest.mark.parametrize(
    "field", ["frequency", "amount", "currency", "campaign", "locale", "country", "utm_source"]
)
def test_nothing_from_the_address_becomes_markup(browser: FlaskClient, field: str) -> None:
    attack = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"
    answer = browser.get("/donate", query_string={field: attack})
    assert "<script" not in answer.text
    assert "<img" not in answer.text


def test_nothing_that_was_typed_becomes_markup(browser: FlaskClient) -> None:
    attack = '"><script>alert(1)</script>'
    everything = dict.fromkeys(filled(browser), attack) | {"pay_in": attack, "currency": attack}
    answer = browser.post("/donate", data=everything)
    assert answer.status_code == 422
    assert "<script" not in answer.text


def test_a_form_on_another_site_is_taken(browser: FlaskClient) -> None:
    """A newsroom may carry the form itself: it needs neither a token nor an attempt."""
    form = {"frequency": "once", "currency": "eur", "own": "25"}
    answer = browser.post(
        "/donate", data=form, headers={"Origin": "http://newsroom.example", "Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 303
    assert "Set-Cookie" not in answer.headers


def test_pages_need_nothing_from_elsewhere(browser: FlaskClient, stripe: str) -> None:
    answer = browser.get("/donate")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert f"form-action 'self' {stripe};" in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert 'lang="en" dir="ltr"' in answer.text
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", answer.text)
    for address in re.findall(r'(?:src|href)="([^"#]+)"', answer.text):
        with browser.get(address) as found:
            assert found.status_code == 200
