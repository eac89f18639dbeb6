"""Webhooks arrive signed, in no order, sometimes twice, and again until they are taken."""

from collections import Counter
from typing import Any

import pytest
import requests
import stripe

from tests.programs import until

SECRET = "whsec_" + "5" * 32
GIFT = Counter(
    {
        "product.created": 1,
        "price.created": 1,
        "payment_intent.created": 1,
        "charge.succeeded": 1,
        "payment_intent.succeeded": 1,
        "checkout.session.completed": 1,
        "charge.updated": 1,
    }
)


def test_in_order_and_once_where_wished(start: Any, receiver: Any) -> None:
    sandbox = start("--orderly", "--settle-delay-ms", "50", "--webhook", f"{receiver.url}={SECRET}")
    intent = sandbox.pay(sandbox.open())["payment_intent"]
    receiver.wait(7)
    assert receiver.types() == list(GIFT)
    first, last = receiver.taken[0].event, receiver.taken[-1].event
    assert (first.api_version, first.livemode, first.pending_webhooks) == ("2026-10-28.endive", False, 1)
    assert last.data.previous_attributes.to_dict() == {"balance_transaction": None}
    assert last.data.object["payment_intent"] == intent
    assert (last.request.id, last.request.idempotency_key) == (None, None)
    assert first.request.id.startswith("req_")

    def nothing_pending() -> bool:
        return all(event.pending_webhooks == 0 for event in sandbox.client.v1.events.list().data)

    until(nothing_pending, "every event to be taken", 5)


def test_shuffled_and_doubled_by_itself(start: Any, receiver: Any) -> None:
    sandbox = start("--seed", "shuffle", "--settle-delay-ms", "50", "--webhook", f"{receiver.url}={SECRET}")
    for _ in range(12):
        sandbox.pay(sandbox.open())
    until(lambda: len(set(ids(receiver))) == 12 * 7, "every event", 10)
    until(lambda: sandbox.look("deliveries")["counts"].get("waiting", 0) == 0, "the copies", 10)
    told = Counter(receiver.types())
    assert set(told) == set(GIFT)
    doubled = len(ids(receiver)) - len(set(ids(receiver)))
    assert 1 <= doubled <= 25
    order = [taken.event.created * 100 for taken in receiver.taken]
    assert receiver.types()[:7] != list(GIFT) or order != sorted(order)


def test_again_after_an_error(start: Any, receiver: Any) -> None:
    receiver.answers = [500, 500]
    sandbox = start("--orderly", "--webhook", f"{receiver.url}={SECRET}")
    sandbox.client.v1.customers.create({"name": "A"})
    until(lambda: sandbox.look("deliveries")["troubled"], "the first refusal", 5)
    failed = sandbox.client.v1.events.list({"delivery_success": False}).data
    assert [(event.type, event.pending_webhooks) for event in failed] == [("customer.created", 1)]
    receiver.wait(1, 10)
    until(lambda: not sandbox.client.v1.events.list({"delivery_success": False}).data, "delivery", 5)
    assert sandbox.look("deliveries")["counts"] == {"delivered": 1}
    assert sandbox.client.v1.events.list({"delivery_success": True}).data[0].pending_webhooks == 0


def test_again_when_nobody_is_at_home(start: Any, receiver: Any) -> None:
    sandbox = start("--orderly")
    endpoints = sandbox.client.v1.webhook_endpoints
    made = endpoints.create({"url": "http://127.0.0.1:9/", "enabled_events": ["customer.created"]})
    sandbox.client.v1.customers.create({"name": "A"})
    until(lambda: sandbox.look("deliveries")["troubled"], "the refusal", 5)
    assert "ConnectionRefusedError" in sandbox.look("deliveries")["troubled"][0]["note"]
    endpoints.delete(made.id)
    assert endpoints.list().data == []


def test_endpoints(start: Any, receiver: Any) -> None:
    sandbox = start("--orderly")
    endpoints = sandbox.client.v1.webhook_endpoints
    wish = {
        "url": receiver.url,
        "enabled_events": ["customer.created"],
        "api_version": "2026-08-26.dahlia",
        "metadata": {"by": "test"},
    }
    made = endpoints.create(wish)
    assert made.secret.startswith("whsec_")
    assert not hasattr(endpoints.retrieve(made.id), "secret")
    assert not hasattr(endpoints.list().data[0], "secret")
    assert made.api_version == "2026-08-26.dahlia"

    sandbox.client.v1.customers.create({"name": "A"})
    sandbox.client.v1.products.create({"name": "not asked for"})
    until(lambda: receiver.refused == 1, "a delivery under another secret", 5)
    endpoints.update(made.id, {"disabled": True})
    sandbox.client.v1.customers.create({"name": "B"})
    event = sandbox.client.v1.events.list({"type": "customer.created", "limit": 1}).data[0]
    assert event.pending_webhooks == 0
    with pytest.raises(stripe.InvalidRequestError):
        endpoints.create({"url": receiver.url})


def test_a_rolled_secret_signs_beside_the_new_one(start: Any, receiver: Any) -> None:
    sandbox = start("--orderly", "--webhook", f"{receiver.url}={SECRET}")
    endpoint = sandbox.client.v1.webhook_endpoints.list().data[0].id
    fresh = sandbox.lever("roll", endpoint=endpoint, seconds=60)["secret"]
    sandbox.client.v1.customers.create({"name": "A"})
    receiver.wait(1)
    (taken,) = receiver.taken
    assert taken.signature.count("v1=") == 2
    assert sandbox.client.construct_event(taken.body, taken.signature, fresh).type == "customer.created"
    sandbox.lever("roll", endpoint=endpoint, seconds=0)
    sandbox.client.v1.customers.create({"name": "B"})
    until(lambda: receiver.refused >= 1, "a signature without the old secret", 5)


def test_faults_on_the_way(start: Any, receiver: Any) -> None:
    sandbox = start("--orderly", "--webhook", f"{receiver.url}={SECRET}")

    def fault(kind: str, **more: Any) -> None:
        sandbox.lever("faults", delivery="customer.*", kind=kind, **more)

    fault("drop", count=1)
    lost = sandbox.client.v1.customers.create({"name": "dropped"}).id
    fault("double", count=1, seconds=0.01)
    twice = sandbox.client.v1.customers.create({"name": "twice"}).id
    receiver.wait(2)
    assert [taken.event.data.object["id"] for taken in receiver.taken] == [twice, twice]
    (missing,) = sandbox.client.v1.events.list({"delivery_success": False}).data
    assert (missing.data.object["id"], missing.pending_webhooks) == (lost, 1)

    receiver.taken.clear()
    fault("delay", count=1, seconds=0.5)
    sandbox.client.v1.customers.create({"name": "late"})
    sandbox.client.v1.customers.create({"name": "early"})
    receiver.wait(2)
    assert [taken.event.data.object["name"] for taken in receiver.taken] == ["early", "late"]

    receiver.taken.clear()
    fault("api_version", count=1, version="2024-06-20")
    fault("bad_signature", count=1)
    sandbox.client.v1.customers.create({"name": "forged at first"})
    until(lambda: receiver.refused == 1, "the forgery", 5)
    receiver.wait(1)
    assert receiver.taken[0].event.api_version == "2026-10-28.endive"
    assert [rule["hit"] for rule in sandbox.look("faults")["faults"]] == [1, 1, 1, 1, 1]
    assert requests.delete(f"{sandbox.url}/_sandbox/faults", timeout=5).json() == {"faults": []}


def ids(receiver: Any) -> list[str]:
    return [taken.event.id for taken in receiver.taken]
