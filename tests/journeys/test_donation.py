"""A donation from the API to the export: real HTTP, Stripe's library, Celery, SMTP."""

import csv
import io
import subprocess
import uuid
from datetime import timedelta
from typing import Any

import pytest

from service import clock
from service.donations.offers import Offer, offers
from service.money import Money
from tests.programs import ask, pay, until
from tests.running import SUSTAINER, Running

FREQUENCIES = ("once", "monthly", "annual")


def open_checkout(newsroom: Running, **wish: Any) -> Any:
    return ask(f"{newsroom.web}/api/checkouts", {"attempt": str(uuid.uuid4())} | wish)


def session_of(opened: dict[str, Any]) -> str:
    return str(opened["url"]).rpartition("/")[2]


def status(newsroom: Running, checkout_id: str) -> str:
    return str(ask(f"{newsroom.web}/api/checkouts/{checkout_id}")["status"])


def export(newsroom: Running, report: str) -> list[dict[str, str]]:
    """All days around the sandbox's present, as finance would ask for them."""
    today = clock.real_now().date()
    days = ("--from", str(today - timedelta(days=2)), "--to", str(today + timedelta(days=400)))
    done = subprocess.run(
        [SUSTAINER, "export", report, *days, "--format", "csv"],
        env=newsroom.environment,
        capture_output=True,
        check=True,
        timeout=60,
    )
    return list(csv.DictReader(io.StringIO(done.stdout.decode(), newline="")))


@pytest.mark.parametrize("frequency", FREQUENCIES)
def test_from_click_to_export(newsroom: Running, frequency: str) -> None:
    donor = f"{frequency}.reader@example.org"
    opened = open_checkout(
        newsroom,
        frequency=frequency,
        amount=1234,
        currency="eur",
        attribution={"campaign": f"autumn-{frequency}", "utm_source": "article"},
    )
    pay(newsroom.stripe, session_of(opened), email=donor, name="Анна Reader")
    until(lambda: status(newsroom, opened["id"]) == "paid", "the checkout to be paid")
    (message,) = until(lambda: newsroom.messages_to(donor), "the receipt")
    receipt = ask(f"{newsroom.mailbox}/api/messages/{message['id']}")
    assert "€12.34" in receipt["text"] and "Анна Reader" in receipt["text"]
    (row,) = [each for each in export(newsroom, "donations") if each["campaign"] == f"autumn-{frequency}"]
    assert (row["gross"], row["currency"], row["frequency"], row["source"], row["status"]) == (
        *("12.34", "eur", frequency),
        *("article", "paid"),
    )
    books = ask(f"{newsroom.stripe}/_sandbox/books")["balance_transactions"]
    (moved,) = [each for each in books if each["id"] == row["balance_transaction_id"]]
    assert (row["fee"], row["net"]) == (
        str(Money("eur", moved["fee"])).split()[0],
        str(Money("eur", moved["net"])).split()[0],
    )
    legs = [each for each in export(newsroom, "ledger") if each["donation_id"] == row["donation_id"]]
    assert {each["account"]: int(each["amount_minor"]) for each in legs} == {
        "assets:stripe": moved["net"],
        "expenses:fees:processing": moved["fee"],
        f"income:donations:{frequency}": -moved["amount"],
    }
    assert row["donation_id"] in receipt["text"]


@pytest.mark.parametrize("offer", offers().values(), ids=lambda offer: offer.currency)
def test_every_currency_to_the_unit(newsroom: Running, offer: Offer) -> None:
    """Smallest, largest and an odd amount on the step, each frequency: what is given is what is booked."""
    odd = offer.minimum + 7 * offer.step
    given = dict(zip(FREQUENCIES, (offer.minimum, odd, offer.maximum), strict=True))
    opened = {
        frequency: open_checkout(
            newsroom,
            frequency=frequency,
            amount=amount,
            currency=offer.currency,
            attribution={"campaign": f"all-{offer.currency}"},
        )
        for frequency, amount in given.items()
    }
    for each in opened.values():
        pay(newsroom.stripe, session_of(each), email=f"{offer.currency}@example.org")

    def posted() -> list[dict[str, str]]:
        rows = [row for row in export(newsroom, "donations") if row["campaign"] == f"all-{offer.currency}"]
        return rows if len(rows) == len(FREQUENCIES) else []

    rows = until(posted, "the three donations in the export", seconds=45)
    assert {row["frequency"]: int(row["gross_minor"]) for row in rows} == given
    for row in rows:
        assert row["gross"] == str(Money(offer.currency, given[row["frequency"]])).split()[0]


def test_the_trial_balance_sums_to_nothing_in_each_currency(newsroom: Running) -> None:
    sums: dict[str, int] = {}
    for row in export(newsroom, "trial-balance"):
        sums[row["currency"]] = sums.get(row["currency"], 0) + int(row["balance_minor"])
    assert sums
    assert set(sums.values()) == {0}


def test_the_same_attempt_is_the_same_page(newsroom: Running) -> None:
    wish = {"frequency": "once", "amount": 500, "currency": "usd", "attempt": str(uuid.uuid4())}
    first, second = (ask(f"{newsroom.web}/api/checkouts", wish) for _ in range(2))
    assert first == second
    other = ask(f"{newsroom.web}/api/checkouts", wish | {"amount": 600})
    assert (other["status"], list(other["errors"])) == (409, ["attempt"])
    pay(newsroom.stripe, session_of(first))
    until(lambda: status(newsroom, first["id"]) == "paid", "the checkout to be paid")
    again = ask(f"{newsroom.web}/api/checkouts", wish)
    assert (again["status"], again["detail"]) == (409, "This donation has already been made.")


def test_an_expired_page_is_said_to_be(newsroom: Running) -> None:
    wish = {"frequency": "once", "amount": 500, "currency": "usd", "attempt": str(uuid.uuid4())}
    opened = ask(f"{newsroom.web}/api/checkouts", wish)
    ask(f"{newsroom.stripe}/_sandbox/advance", {"seconds": 86_401})
    until(lambda: status(newsroom, opened["id"]) == "expired", "the checkout to expire")
    again = ask(f"{newsroom.web}/api/checkouts", wish)
    assert (again["status"], again["detail"]) == (409, "This attempt has expired; please start again.")
