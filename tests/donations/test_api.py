"""The donate API refuses what cannot be given, field by field, and opens nothing twice."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from service import create_app
from service.donations.offers import offers
from service.donations.wishes import WishSchema
from service.settings import Settings
from tests.conftest import Database
from tests.programs import ask, stripe_sandbox

GOOD: dict[str, Any] = {"frequency": "monthly", "amount": 500, "currency": "usd"}


@pytest.fixture
def stripe(tmp_path: Path) -> Iterator[str]:
    with stripe_sandbox(tmp_path) as url:
        yield url


@pytest.fixture
def client(environment: dict[str, str], stripe: str) -> Iterator[FlaskClient]:
    app = create_app(Settings.from_environment(environment | {"STRIPE_API_BASE": stripe}))
    yield app.test_client()
    app.extensions["parts"].close()


def sessions_at(stripe: str) -> int:
    import requests

    listed = requests.get(f"{stripe}/v1/checkout/sessions", auth=("sk_test_" + "0" * 24, ""), timeout=10)
    return len(listed.json()["data"])


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"frequency": "weekly"}, "frequency", "Must be one of: once, monthly, annual."),
        ({"frequency": None}, "frequency", "Field may not be null."),
        ({"amount": 199}, "amount", "The smallest amount is $2."),
        ({"amount": 1_000_001}, "amount", "The largest amount is $10,000."),
        ({"amount": 5.5}, "amount", "Not a valid integer."),
        ({"amount": 500.0}, "amount", "Not a valid integer."),
        ({"amount": "500"}, "amount", "Not a valid integer."),
        ({"amount": True}, "amount", "Not a valid integer."),
        ({"amount": -500}, "amount", "The smallest amount is $2."),
        ({"amount": 10**30}, "amount", "The largest amount is $10,000."),
        ({"currency": "USD"}, "currency", "The currency must be one of"),
        ({"currency": "xts"}, "currency", "The currency must be one of"),
        ({"currency": "isk", "amount": 50_050}, "amount", "The amount must be a multiple of ISK1."),
        ({"currency": "kwd", "amount": 1_505}, "amount", "The amount must be a multiple of KWD0.010."),
        ({"currency": "jpy", "amount": 299}, "amount", "The smallest amount is ¥300."),
        ({"attempt": "again"}, "attempt", "Not a valid UUID."),
        ({"cover_fees": True}, "cover_fees", "Covering the fee is not on offer here."),
        ({"email": "reader"}, "email", "Not a valid email address."),
        ({"locale": "x"}, "locale", "Not a locale, such as en or pt-BR."),
        (
            {"attribution": {"campaign": "a\x00b"}},
            "attribution.campaign",
            "Control characters are not allowed.",
        ),
        (
            {"attribution": {"utm_source": "x" * 101}},
            "attribution.utm_source",
            "Longer than maximum length 100.",
        ),
        ({"attribution": {"mood": "good"}}, "attribution.mood", "Unknown field."),
        ({"card": "4242"}, "card", "Unknown field."),
    ],
)
def test_what_cannot_be_given_is_refused_with_the_reason(
    client: FlaskClient, database: Database, changes: dict[str, Any], field: str, reason: str
) -> None:
    answer = client.post("/api/checkouts", json=GOOD | changes)
    assert answer.status_code == 422
    assert list(answer.get_json()["errors"]) == [field]
    assert answer.get_json()["errors"][field][0].replace("\xa0", "").startswith(reason)
    with database.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM checkouts")) == 0


def test_everything_wrong_is_said_at_once(client: FlaskClient) -> None:
    answer = client.post("/api/checkouts", json={"email": "x"})
    assert set(answer.get_json()["errors"]) == {"frequency", "amount", "currency", "email"}


def test_what_is_opened_at_stripe(client: FlaskClient, stripe: str, database: Database) -> None:
    attribution = {"campaign": "autumn", "article": "https://lantern.example/a", "utm_source": "mail"}
    more = {"email": "reader@example.org", "locale": "de", "attribution": attribution, "cover_fees": False}
    answer = client.post("/api/checkouts", json=GOOD | more)
    assert answer.status_code == 201
    assert set(answer.get_json()) == {"id", "url", "expires_at"}
    checkout_id = answer.get_json()["id"]
    session = _sessions(stripe)[0]
    assert session["metadata"] == {"checkout": checkout_id}
    assert session["client_reference_id"] == checkout_id
    assert session["customer_email"] == "reader@example.org"
    assert (session["amount_total"], session["currency"], session["mode"]) == (500, "usd", "subscription")
    assert checkout_id in session["success_url"]
    with database.engine.connect() as connection:
        row = connection.execute(text("SELECT attribution, request_id, email_sealed FROM checkouts")).one()
    assert row.attribution == attribution
    assert row.request_id == answer.headers["X-Request-Id"]
    assert b"reader" not in row.email_sealed
    standing = client.get(f"/api/checkouts/{checkout_id}").get_json()
    assert standing == {"id": checkout_id, "status": "open", **GOOD}


def _sessions(stripe: str) -> list[dict[str, Any]]:
    import requests

    key = ("sk_test_" + "0" * 24, "")
    found: list[dict[str, Any]] = requests.get(f"{stripe}/v1/checkout/sessions", auth=key, timeout=10).json()[
        "data"
    ]
    return found


def test_one_attempt_at_once_from_many_tabs_opens_one_page(
    environment: dict[str, str], stripe: str, database: Database
) -> None:
    app = create_app(Settings.from_environment(environment | {"STRIPE_API_BASE": stripe}))
    wish = GOOD | {"attempt": str(uuid.uuid4())}
    with ThreadPoolExecutor(8) as tabs:
        answers = list(tabs.map(lambda _: app.test_client().post("/api/checkouts", json=wish), range(8)))
    opened = {
        (answer.get_json()["id"], answer.get_json()["url"]) for answer in answers if answer.status_code < 300
    }
    assert len(opened) == 1
    assert {answer.status_code for answer in answers} <= {200, 201, 503}
    assert sessions_at(stripe) == 1
    app.extensions["parts"].close()


def test_a_lost_answer_of_stripe_opens_no_second_page(client: FlaskClient, stripe: str) -> None:
    """Stripe did it, and its answer was lost: asking again finds the same page."""
    fault = {"endpoint": "/v1/checkout/sessions", "kind": "lost_response", "rate": 1, "count": 1}
    ask(f"{stripe}/_sandbox/faults", fault)
    assert client.post("/api/checkouts", json=GOOD | {"attempt": str(uuid.uuid4())}).status_code == 201
    assert sessions_at(stripe) == 1


def test_stripe_failing_is_a_503_and_the_next_attempt_is_fresh(client: FlaskClient, stripe: str) -> None:
    ask(f"{stripe}/_sandbox/faults", {"endpoint": "/v1/checkout/sessions", "kind": "500", "rate": 1})
    wish = GOOD | {"attempt": str(uuid.uuid4())}
    failed = client.post("/api/checkouts", json=wish)
    assert (failed.status_code, failed.headers["Retry-After"]) == (503, "5")
    ask(f"{stripe}/_sandbox/faults", method="DELETE")
    assert client.post("/api/checkouts", json=wish).status_code == 409
    assert client.post("/api/checkouts", json=wish | {"attempt": str(uuid.uuid4())}).status_code == 201


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_amount_on_its_step_is_on_offer_and_no_other(data: st.DataObject) -> None:
    offer = data.draw(st.sampled_from(list(offers().values())))
    amount = data.draw(
        st.integers(offer.minimum - 3, offer.minimum + 3000) | st.integers(0, offer.maximum + 3)
    )
    errors = WishSchema().validate({"frequency": "once", "amount": amount, "currency": offer.currency})
    fits = offer.minimum <= amount <= offer.maximum and amount % offer.step == 0
    assert (errors == {}) is fits


@pytest.mark.parametrize(
    ("query", "locale", "currency"),
    [
        ("", "en", "usd"),
        ("locale=en-GB", "en-GB", "gbp"),
        ("locale=de-CH", "en", "usd"),
        ("country=CH", "en", "chf"),
        ("locale=en&country=jp", "en", "jpy"),
        ("locale=%00&country=ZZ", "en", "usd"),
    ],
)
def test_the_options_suggest_the_readers_currency(
    client: FlaskClient, query: str, locale: str, currency: str
) -> None:
    options = client.get(f"/api/options?{query}").get_json()
    assert (options["locale"], options["default"]["currency"]) == (locale, currency)
    assert [each["code"] for each in options["currencies"]] == list(offers())


def test_a_country_that_is_none_is_refused(client: FlaskClient) -> None:
    answer = client.get("/api/options?country=Switzerland")
    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, ["country"])
