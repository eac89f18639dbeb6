"""Refunds: whole and in parts, on their way, come back, refused; and what they tell."""

from typing import Any

import pytest
import stripe

from tests.programs import until

DAY = 86_400
pytestmark = pytest.mark.usefixtures("balanced")


def gift(sandbox: Any, amount: int = 5000, **how: Any) -> Any:
    """A charge whose money has arrived."""
    return sandbox.charge_of(sandbox.pay(sandbox.open(amount), **how)["payment_intent"])


def row_of(sandbox: Any, name: str) -> Any:
    return sandbox.client.v1.balance_transactions.retrieve(name)


def test_a_refund_of_a_part_and_then_of_the_rest(sandbox: Any) -> None:
    charge = gift(sandbox)
    refunds = sandbox.client.v1.refunds
    first = refunds.create(
        {"charge": charge.id, "amount": 1000, "reason": "duplicate", "metadata": {"why": "asked"}}
    )
    assert (first.status, first.amount, first.currency) == ("succeeded", 1000, "usd")
    assert first.reason == "duplicate"
    assert (first.payment_intent, first.metadata["why"]) == (charge.payment_intent, "asked")
    row = row_of(sandbox, first.balance_transaction)
    assert (row.amount, row.fee, row.net, row.type, row.source) == (-1000, 0, -1000, "refund", first.id)
    # The charge's money is not there yet: what is given back of it is not either.
    assert (row.status, row.available_on) == (
        "pending",
        row_of(sandbox, charge.balance_transaction).available_on,
    )
    shown = sandbox.client.v1.charges.retrieve(charge.id, {"expand": ["refunds"]})
    assert (shown.amount_refunded, shown.refunded) == (1000, False)
    assert [refund.id for refund in shown.refunds.data] == [first.id]

    rest = refunds.create({"payment_intent": charge.payment_intent})
    shown = sandbox.client.v1.charges.retrieve(charge.id)
    assert (rest.amount, shown.amount_refunded, shown.refunded) == (4000, 5000, True)
    assert [found.id for found in refunds.list({"charge": charge.id})] == [rest.id, first.id]
    assert [found.id for found in refunds.list({"payment_intent": charge.payment_intent})] == [
        rest.id,
        first.id,
    ]
    updated = refunds.update(first.id, {"metadata": {"why": "", "by": "desk"}})
    assert updated.metadata.to_dict() == {"by": "desk"}


def test_what_a_refund_tells(sandbox: Any) -> None:
    charge = gift(sandbox)
    before = sandbox.last_event()
    sandbox.client.v1.refunds.create({"charge": charge.id})
    until(lambda: "refund.updated" in sandbox.event_types(ending_before=before), "the bank's reference", 10)
    assert sandbox.event_types(ending_before=before) == [
        "refund.created",
        "charge.refunded",
        "refund.updated",
        "charge.refund.updated",
    ]


@pytest.mark.parametrize(
    ("order", "code", "words"),
    [
        (
            {"amount": 999_999},
            None,
            "Refund amount ($9,999.99) is greater than unrefunded amount on charge ($40.00)",
        ),
        ({"amount": 0}, "parameter_invalid_integer", "greater than or equal to 1"),
        ({"reason": "bored"}, None, "must be one of duplicate, fraudulent, or requested_by_customer"),
        ({"charge": "ch_none"}, "resource_missing", "No such charge: 'ch_none'"),
        ({"charge": ""}, "parameter_missing", "Missing required param: charge"),
    ],
)
def test_refunds_that_cannot_be(sandbox: Any, order: dict[str, Any], code: str, words: str) -> None:
    charge = gift(sandbox)
    sandbox.client.v1.refunds.create({"charge": charge.id, "amount": 1000})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        sandbox.client.v1.refunds.create({"charge": charge.id, **order})
    assert (refused.value.http_status, refused.value.code) == (400, code)
    assert words in str(refused.value)


def test_what_is_refunded_or_failed_or_disputed_cannot_be_refunded(sandbox: Any) -> None:
    refunds = sandbox.client.v1.refunds
    refunded = gift(sandbox)
    refunds.create({"charge": refunded.id})
    disputed = gift(sandbox)
    sandbox.lever("dispute", charge=disputed.id)
    session = sandbox.open()
    intent = sandbox.pay(session, outcome="declined")["payment_intent"]
    (failed,) = sandbox.client.v1.charges.list({"payment_intent": intent}).data
    for charge, code in (
        (refunded, "charge_already_refunded"),
        (disputed, "charge_disputed"),
        (failed, "charge_not_refundable"),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            refunds.create({"charge": charge.id})
        assert refused.value.code == code
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        refunds.create({"payment_intent": intent})


def test_a_refund_that_the_donors_bank_will_not_take(sandbox: Any) -> None:
    charge = gift(sandbox)
    refund = sandbox.lever("refund", charge=charge.id, amount=2000, outcome="failed", after=3 * DAY)
    assert refund["status"] == "succeeded"
    before = sandbox.last_event()
    sandbox.lever("advance", seconds=4 * DAY)
    failed = sandbox.client.v1.refunds.retrieve(refund["id"])
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    row = row_of(sandbox, failed.failure_balance_transaction)
    assert (row.amount, row.type, row.reporting_category, row.source) == (
        2000,
        "refund_failure",
        "refund_failure",
        refund["id"],
    )
    shown = sandbox.client.v1.charges.retrieve(charge.id)
    assert (shown.amount_refunded, shown.refunded) == (0, False)
    told = [kind for kind in sandbox.event_types(ending_before=before) if kind != "balance.available"]
    assert told[-4:] == [
        "refund.updated",
        "charge.refund.updated",
        "refund.failed",
        "charge.updated",
    ]


@pytest.mark.parametrize(("outcome", "row"), [("pending", True), ("insufficient_funds", False)])
def test_a_refund_that_waits(sandbox: Any, outcome: str, row: bool) -> None:
    charge = gift(sandbox)
    refund = sandbox.lever("refund", charge=charge.id, outcome=outcome, after=DAY)
    assert refund["status"] == "pending"
    assert (refund["balance_transaction"] is not None) == row
    assert refund["pending_reason"] == ("processing" if row else "insufficient_funds")
    sandbox.lever("advance", seconds=2 * DAY)
    done = sandbox.client.v1.refunds.retrieve(refund["id"])
    assert (done.status, hasattr(done, "pending_reason")) == ("succeeded", False)
    assert done.balance_transaction


def test_a_refund_nobody_claims_is_canceled(sandbox: Any) -> None:
    charge = gift(sandbox)
    refund = sandbox.lever("refund", charge=charge.id, outcome="requires_action")
    assert sandbox.client.v1.charges.retrieve(charge.id).amount_refunded == 5000
    canceled = sandbox.client.v1.refunds.cancel(refund["id"])
    assert (canceled.status, canceled.balance_transaction) == ("canceled", None)
    assert sandbox.client.v1.charges.retrieve(charge.id).amount_refunded == 0
    with pytest.raises(stripe.InvalidRequestError, match="cannot be canceled"):
        sandbox.client.v1.refunds.cancel(refund["id"])


def test_a_fee_that_is_given_back(sandbox: Any) -> None:
    refund = sandbox.lever("refund", charge=gift(sandbox).id, amount=100, returned_fee=10)
    row = row_of(sandbox, refund["balance_transaction"])
    assert (row.amount, row.fee, row.net) == (-100, -10, -90)
    assert [(part.amount, part.description) for part in row.fee_details] == [
        (-10, "Stripe processing fee refund")
    ]


def test_cards_whose_refunds_go_otherwise(sandbox: Any) -> None:
    for card, first, last in (
        ("pm_card_pendingRefund", "pending", "succeeded"),
        ("pm_card_refundFail", "succeeded", "failed"),
    ):
        intent = sandbox.client.v1.payment_intents.create(
            {"amount": 700, "currency": "usd", "confirm": True, "payment_method": card}
        )
        # Nobody waited for the money: a refund makes it arrive.
        refund = sandbox.client.v1.refunds.create({"payment_intent": intent.id})
        assert refund.status == first
        sandbox.lever("advance", seconds=6 * DAY)
        assert sandbox.client.v1.refunds.retrieve(refund.id).status == last


def test_an_answer_that_is_lost_refunds_once(sandbox: Any) -> None:
    charge = gift(sandbox)
    refunds = sandbox.client.v1.refunds
    sandbox.lever("faults", endpoint="POST /v1/refunds", kind="lost_response", count=1)
    order = ({"charge": charge.id, "amount": 400}, {"idempotency_key": "refund once"})
    with pytest.raises(stripe.APIConnectionError):
        refunds.create(*order)
    again = refunds.create(*order)
    assert [refund.id for refund in refunds.list({"charge": charge.id})] == [again.id]
    for kind, error in (("409", stripe.APIError), ("429", stripe.RateLimitError), ("500", stripe.APIError)):
        sandbox.lever("faults", endpoint="POST /v1/refunds", kind=kind, count=1)
        with pytest.raises(error):
            refunds.create({"charge": charge.id, "amount": 100})
    assert sandbox.client.v1.charges.retrieve(charge.id).amount_refunded == 400


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ({"charge": "ch_none"}, "no such charge"),
        ({"payment_intent": "pi_none"}, "no such payment intent"),
        ({"refund": "re_none"}, "no such refund"),
        ({"charge": "x", "outcome": "lovely"}, "outcome is one of"),
        ({"charge": "x", "colour": "red"}, "unknown: colour"),
    ],
)
def test_bad_orders(sandbox: Any, order: dict[str, Any], message: str) -> None:
    assert message in sandbox.lever("refund", **order)["error"]
