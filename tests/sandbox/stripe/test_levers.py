"""The levers: the clock, faults of the API, the books, a fresh start, and a restart."""

import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import requests
import stripe
from stripe import RequestsClient, StripeClient

from tests.programs import until

DAY = 86_400


def test_time_passes_when_told_to(start: Any) -> None:
    sandbox = start("--settle-delay-ms", "5000", "--orderly")
    before = datetime.fromisoformat(sandbox.look("clock")["now"])
    assert abs(before.timestamp() - time.time()) < 5
    assert before.microsecond or before.utcoffset() is not None
    left_open = sandbox.open()
    short = sandbox.open(expires_at=int(time.time()) + 1900)
    sandbox.pay(sandbox.open())

    sandbox.lever("advance", seconds=2000)
    sessions = sandbox.client.v1.checkout.sessions
    assert sessions.retrieve(short.id).status == "expired"
    assert sessions.retrieve(left_open.id).status == "open"
    (row,) = sandbox.look("books")["balance_transactions"]
    assert row["status"] == "pending"

    told = sandbox.lever("advance", to=f"{int(before.timestamp()) + 3 * DAY}")
    assert datetime.fromisoformat(told["now"]).timestamp() == pytest.approx(
        before.timestamp() + 3 * DAY, abs=5
    )
    assert sessions.retrieve(left_open.id).status == "expired"
    balance = sandbox.client.v1.balance.retrieve()
    assert (balance.available[0].amount, balance.pending[0].amount) == (2397, 0)
    assert sandbox.event_types().count("checkout.session.expired") == 2
    assert sandbox.event_types().count("balance.available") == 1
    expired = sandbox.client.v1.events.list({"type": "checkout.session.expired"}).data[-1]
    assert expired.created == short.expires_at


@pytest.mark.parametrize(
    ("lever", "given", "message"),
    [
        ("advance", {}, "give either to"),
        ("advance", {"seconds": "soon"}, "seconds is a whole number"),
        ("advance", {"seconds": -5}, "seconds is between 0"),
        ("advance", {"seconds": 10**12}, "seconds is between 0"),
        ("advance", {"to": "2020-01-01T00:00:00+00:00"}, "cannot go back"),
        ("advance", {"to": "2099-01-01T00:00:00"}, "neither ISO 8601 with its offset"),
        ("advance", {"to": "tomorrow"}, "neither ISO 8601"),
        ("advance", {"to": "1" * 40}, "more than a hundred years"),
        ("pay", {"session": "cs_test_none"}, "no such session"),
        ("pay", {"session": "cs_test_none", "card": "1234"}, "no such card"),
        ("pay", {"session": "cs_test_none", "outcome": "lovely"}, "outcome is one of"),
        ("pay", {"sesion": "x"}, "unknown: sesion"),
        ("faults", {"kind": "500"}, "give either endpoint or delivery"),
        ("faults", {"endpoint": "*", "kind": "gremlins"}, "kind is one of"),
        ("faults", {"endpoint": "*", "kind": "500", "rate": 2}, "rate is between 0 and 1"),
        ("faults", {"endpoint": "*", "kind": "500", "count": "x"}, "count is a number"),
        ("roll", {"endpoint": "we_none"}, "no such webhook endpoint"),
    ],
)
def test_bad_orders_are_refused_clearly(
    sandbox: Any, lever: str, given: dict[str, Any], message: str
) -> None:
    answer = requests.post(f"{sandbox.url}/_sandbox/{lever}", json=given, timeout=5)
    assert answer.status_code in (400, 404)
    assert message in answer.json()["error"]


def test_a_body_that_is_no_json(sandbox: Any) -> None:
    for body in ("[1]", "{", "null"):
        answer = requests.post(f"{sandbox.url}/_sandbox/pay", data=body.encode(), timeout=5)
        assert (answer.status_code, answer.json()) == (400, {"error": "the body is not a JSON object"})


@pytest.mark.parametrize(
    ("kind", "error"), [("409", stripe.APIError), ("429", stripe.RateLimitError), ("500", stripe.APIError)]
)
def test_faults_of_the_api(sandbox: Any, kind: str, error: type[Exception]) -> None:
    sandbox.lever("faults", endpoint="POST /v1/customers", kind=kind, count=1)
    customers = sandbox.client.v1.customers
    before = len(customers.list({"email": f"{kind}@example.org"}).data)
    with pytest.raises(error) as refused:
        customers.create({"email": f"{kind}@example.org"}, {"idempotency_key": f"key {kind}"})
    assert getattr(refused.value, "http_status") == int(kind)  # noqa: B009 - the type is a parameter
    customers.create({"email": f"{kind}@example.org"}, {"idempotency_key": f"key {kind}"})
    assert len(customers.list({"email": f"{kind}@example.org"}).data) == before + 1


def test_an_answer_that_is_lost_has_had_its_effect(sandbox: Any) -> None:
    sandbox.lever("faults", endpoint="/v1/checkout/*", kind="lost_response", count=1)
    with pytest.raises(stripe.APIConnectionError):
        sandbox.open(client_reference_id="lost")
    found = [row for row in sandbox.client.v1.checkout.sessions.list() if row.client_reference_id == "lost"]
    assert len(found) == 1

    sandbox.lever("faults", endpoint="/v1/customers", kind="lost_response", count=1)
    patient = StripeClient(
        "sk_test_0",
        base_addresses={"api": sandbox.url},
        max_network_retries=2,
        http_client=RequestsClient(timeout=5),
    )
    made = patient.v1.customers.create({"email": "lost@example.org"})
    assert made.last_response is not None
    assert [row.id for row in sandbox.client.v1.customers.list({"email": "lost@example.org"})] == [made.id]


def test_chance_follows_from_the_seed(start: Any) -> None:
    def refusals() -> list[int]:
        sandbox = start("--seed", "dice")
        sandbox.lever("faults", endpoint="/v1/balance", kind="500", rate=0.5)
        key = {"Authorization": "Bearer sk_test_1"}
        return [
            requests.get(f"{sandbox.url}/v1/balance", headers=key, timeout=5).status_code for _ in range(20)
        ]

    first = refusals()
    assert first == refusals()
    assert {200, 500} == set(first)


def test_the_books(start: Any) -> None:
    sandbox = start("--settle-delay-ms", "0", "--settles", "usd")
    for amount, currency in ((1000, "usd"), (2000, "usd"), (5000, "jpy"), (1000, "ars")):
        sandbox.pay(sandbox.open(amount, currency))
    until(lambda: len(sandbox.look("books")["balance_transactions"]) == 4, "the rows", 5)
    books = sandbox.look("books")
    jpy = next(row for row in books["balance_transactions"] if row["exchange_rate"])
    assert (jpy["amount"], jpy["fee"], jpy["currency"], jpy["exchange_rate"]) == (3328, 127, "usd", 0.006656)
    assert books["totals"] == {
        "usd": {"count": 3, "amount": 6328, "fee": 274, "net": 6054},
        "ars": {"count": 1, "amount": 1000, "fee": 59, "net": 941},
    }
    pending = {part.currency: part.amount for part in sandbox.client.v1.balance.retrieve().pending}
    assert pending == {currency: total["net"] for currency, total in books["totals"].items()}


def test_a_restart_keeps_everything(tmp_path: Path, start: Any, receiver: Any) -> None:
    secret = "whsec_" + "5" * 32
    options = ("--orderly", "--settle-delay-ms", "600", "--webhook", f"{receiver.url}={secret}")
    receiver.answers = [500] * 50
    with start.within(tmp_path, *options) as first:
        session = first.open(2500, client_reference_id="kept")
        told = first.pay(first.open())
        first.lever("advance", seconds=DAY // 2)
        then = first.look("clock")["now"]
    receiver.answers = []
    with start.within(tmp_path, *options) as second:
        assert second.look("clock")["now"] > then
        kept = second.client.v1.checkout.sessions.retrieve(session.id)
        assert (kept.client_reference_id, kept.url) == ("kept", f"{second.url}/c/pay/{session.id}")
        assert len(second.client.v1.webhook_endpoints.list().data) == 1
        second.charge_of(told["payment_intent"])
        wanted = {"checkout.session.completed", "charge.updated"}
        until(lambda: wanted <= set(receiver.types()), "what could not be delivered before", 20)


def test_a_charge_settles_after_a_restart(tmp_path: Path, start: Any) -> None:
    with start.within(tmp_path, "--settle-delay-ms", "1500") as first:
        intent = first.pay(first.open())["payment_intent"]
    with start.within(tmp_path) as second:
        assert second.charge_of(intent).balance_transaction


def test_reset_begins_again_with_the_same_ids(start: Any, receiver: Any) -> None:
    sandbox = start("--seed", "again", "--orderly", "--webhook", f"{receiver.url}=whsec_x")
    first = sandbox.open().id
    sandbox.lever("advance", seconds=DAY)
    sandbox.lever("reset")
    assert sandbox.client.v1.checkout.sessions.list().data == []
    assert abs(datetime.fromisoformat(sandbox.look("clock")["now"]).timestamp() - time.time()) < 5
    assert len(sandbox.client.v1.webhook_endpoints.list().data) == 1
    assert sandbox.open().id == first


def test_latency(start: Any) -> None:
    sandbox = start("--latency-ms", "80")
    before = time.monotonic()
    sandbox.client.v1.balance.retrieve()
    assert time.monotonic() - before >= 0.08
