"""The webhook keeps what Stripe signed, once; and nothing else, whatever is sent."""

import time
from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.test import Client, TestResponse

from service.crypto import Keyring
from service.parts import Parts
from service.webhooks import endpoint, inbox
from service.webhooks.endpoint import PATH, WebhookEndpoint
from tests.conftest import Database
from tests.stripe_signing import encode, event, signature

SECRET = "whsec_" + "1" * 32
CHARGE = {"object": "charge", "id": "ch_1", "payment_intent": "pi_1"}


@pytest.fixture
def client(parts: Parts) -> Client:
    def nothing_else(environ: Any, start: Any) -> list[bytes]:
        start("404 Not Found", [])
        return []

    return Client(WebhookEndpoint(parts, nothing_else))


def send(client: Client, body: bytes, header: str | None = None, **more: Any) -> TestResponse:
    headers = {"Stripe-Signature": signature(body, SECRET) if header is None else header}
    return client.post(PATH, data=body, headers=headers, content_type="application/json", **more)


def rows(database: Database, table: str) -> int:
    with database.engine.connect() as connection:
        return int(connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


def test_an_event_is_kept_and_its_object_marked(client: Client, database: Database) -> None:
    told = event("charge.succeeded", CHARGE)
    assert send(client, encode(told)).status_code == 204
    with database.engine.connect() as connection:
        kept = connection.execute(
            text("SELECT id, type, object_id, api_version, closed_at FROM events")
        ).one()
        work = connection.execute(text("SELECT object_id, marks FROM work")).one()
    assert kept == (told["id"], "charge.succeeded", "pi_1", "2026-10-28.endive", None)
    assert work == ("pi_1", 1)


def test_the_body_is_sealed(client: Client, database: Database, keyring: Keyring) -> None:
    told = event("charge.succeeded", CHARGE | {"billing_details": {"email": "anna@example.org"}})
    send(client, encode(told))
    with database.engine.connect() as connection:
        sealed = connection.scalar(text("SELECT body_sealed FROM events"))
    assert b"anna" not in sealed
    assert keyring.open(sealed, inbox.body_place(told["id"])) == encode(told)


def test_a_known_event_is_thanked_for_and_marks_nothing(client: Client, database: Database) -> None:
    body = encode(event("charge.succeeded", CHARGE))
    assert [send(client, body).status_code for _ in range(3)] == [204] * 3
    assert rows(database, "events") == 1
    with database.engine.connect() as connection:
        assert connection.scalar(text("SELECT marks FROM work")) == 1


def test_two_events_of_one_object_are_one_piece_of_work(client: Client, database: Database) -> None:
    for kind in ("charge.succeeded", "charge.updated"):
        send(client, encode(event(kind, CHARGE)))
    with database.engine.connect() as connection:
        assert connection.execute(text("SELECT object_id, marks FROM work")).all() == [("pi_1", 2)]


def test_an_event_that_asks_nothing_is_kept_closed(client: Client, database: Database) -> None:
    send(client, encode(event("product.created", {"object": "product", "id": "prod_1"})))
    with database.engine.connect() as connection:
        assert connection.scalar(text("SELECT outcome FROM events")) == "nothing to do"
    assert rows(database, "work") == 0


def test_a_new_event_wakes_a_parked_object(client: Client, database: Database) -> None:
    send(client, encode(event("charge.succeeded", CHARGE)))
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE work SET parked_at = now(), attempts = 40"))
    send(client, encode(event("charge.updated", CHARGE)))
    with database.engine.connect() as connection:
        assert connection.execute(text("SELECT parked_at, attempts FROM work")).one() == (None, 0)


def test_a_thin_event_is_kept_like_any_other(client: Client, database: Database) -> None:
    thin = {
        "id": "evt_test_thin",
        "object": "v2.core.event",
        "type": "v1.payment_intent.succeeded",
        "created": "2026-11-24T10:00:00.000Z",
        "livemode": False,
        "related_object": {"id": "pi_9", "type": "payment_intent", "url": "/v1/payment_intents/pi_9"},
    }
    assert send(client, encode(thin)).status_code == 204
    with database.engine.connect() as connection:
        assert connection.scalar(text("SELECT object_id FROM events")) == "pi_9"


def test_each_of_several_secrets_is_good_while_one_is_rolled(
    environment: dict[str, str], database: Database
) -> None:
    from service.parts import assemble
    from service.settings import Settings

    environment["STRIPE_WEBHOOK_SECRETS"] = f"whsec_old, {SECRET}"
    parts = assemble(Settings.from_environment(environment))
    rolled = Client(WebhookEndpoint(parts, None))
    old, new = (encode(event("charge.succeeded", CHARGE)) for _ in range(2))
    both = signature(new, "whsec_next") + "," + signature(new, SECRET).split(",")[1]
    assert send(rolled, old, signature(old, "whsec_old")).status_code == 204
    assert send(rolled, new, both).status_code == 204
    assert rows(database, "events") == 2
    parts.close()


GOOD = encode(event("charge.succeeded", CHARGE))


@pytest.mark.parametrize(
    ("body", "header"),
    [
        pytest.param(GOOD, "", id="no signature"),
        pytest.param(GOOD, "nonsense", id="garbage signature"),
        pytest.param(GOOD, "t=1,v1=", id="empty signature"),
        pytest.param(GOOD, signature(GOOD, "whsec_other"), id="wrong secret"),
        pytest.param(GOOD, signature(GOOD, SECRET, at=int(time.time()) - 301), id="stale"),
        pytest.param(GOOD.replace(b"ch_1", b"ch_2"), signature(GOOD, SECRET), id="tampered"),
        pytest.param(b"\xff\xfe", signature(b"x", SECRET), id="not UTF-8"),
    ],
)
def test_what_stripe_did_not_sign_is_refused(
    client: Client, database: Database, body: bytes, header: str
) -> None:
    answer = send(client, body, header)
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"
    assert answer.json is not None
    assert answer.json["detail"] == "The signature does not fit."
    assert rows(database, "events") == rows(database, "work") == 0


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{", id="not JSON"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"[" * 100_000, id="deep"),
        pytest.param(b"null", id="null"),
        pytest.param(encode(event("charge.succeeded", CHARGE, id=None)), id="no id"),
        pytest.param(encode(event("charge.succeeded", CHARGE, id="evt_\x00")), id="NUL in the id"),
        pytest.param(encode(event("charge.succeeded", CHARGE, id="x" * 10_000)), id="long id"),
        pytest.param(encode(event("charge.succeeded", CHARGE, type=["x"])), id="type is a list"),
        pytest.param(encode(event("charge.succeeded", CHARGE, created="yesterday")), id="created is no time"),
        pytest.param(encode(event("charge.succeeded", CHARGE, created=10**30)), id="created in another age"),
        pytest.param(encode(event("charge.succeeded", CHARGE, created=True)), id="created is true"),
    ],
)
def test_what_is_signed_and_no_event_is_refused(client: Client, database: Database, body: bytes) -> None:
    assert send(client, body).status_code == 400
    assert rows(database, "events") == rows(database, "work") == 0


@pytest.mark.parametrize(
    "subject",
    [
        {},
        {"object": "charge"},
        {"object": "charge", "id": 5, "payment_intent": ["pi_1"]},
        {"object": "charge", "id": "ch_\x00"},
        {"object": "invoice", "parent": "none"},
        {"object": "invoice", "parent": {"subscription_details": None}},
        {"object": "invoice_payment", "payment": None},
        {"object": ["x"], "id": "pi_1;DROP TABLE events"},
    ],
)
def test_a_foreign_shape_is_kept_and_asks_nothing(
    client: Client, database: Database, subject: dict[str, Any]
) -> None:
    assert send(client, encode(event("charge.succeeded", subject))).status_code == 204
    assert (rows(database, "events"), rows(database, "work")) == (1, 0)


@pytest.mark.parametrize("data", [None, [], "text", {"object": None}, {"object": []}])
def test_an_event_without_an_object_is_kept(client: Client, database: Database, data: Any) -> None:
    assert send(client, encode(event("charge.succeeded", {}, data=data))).status_code == 204
    assert rows(database, "events") == 1


def test_the_other_mode_is_refused_and_counted(client: Client, database: Database) -> None:
    for _ in range(2):
        assert send(client, encode(event("charge.succeeded", CHARGE, livemode=True))).status_code == 400
    assert rows(database, "events") == 0
    with database.engine.connect() as connection:
        assert connection.execute(text("SELECT reason, count FROM refused_events")).one() == ("livemode", 2)


def test_an_oversized_body_is_refused_by_its_length_and_by_its_size(
    client: Client, database: Database
) -> None:
    body = encode(event("charge.succeeded", CHARGE | {"x": "y" * endpoint.LARGEST_EVENT}))
    assert send(client, body).status_code == 413
    chunked = {"wsgi.input_terminated": True, "CONTENT_LENGTH": "0"}
    assert send(client, body, environ_overrides=chunked).status_code == 413
    assert rows(database, "events") == 0


def test_only_post_is_answered(client: Client) -> None:
    answer = client.get(PATH)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert client.get("/elsewhere").status_code == 404


def test_a_database_that_restarts_is_found_again(client: Client, database: Database, parts: Parts) -> None:
    assert send(client, encode(event("charge.succeeded", CHARGE))).status_code == 204
    with database.engine.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '%inbox'"
            )
        )
    assert send(client, encode(event("charge.succeeded", CHARGE))).status_code == 204
    assert rows(database, "events") == 2
