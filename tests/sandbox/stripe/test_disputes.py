"""Disputes: asked, taken, answered, decided; and warnings of fraud."""

from typing import Any

import pytest
import stripe

from tests.programs import until

DAY = 86_400
pytestmark = pytest.mark.usefixtures("balanced")


def gift(sandbox: Any, amount: int = 3000, **how: Any) -> Any:
    return sandbox.charge_of(sandbox.pay(sandbox.open(amount), **how)["payment_intent"])


def rows(dispute: Any) -> list[tuple[int, int, int, str]]:
    return [(row.amount, row.fee, row.net, row.reporting_category) for row in dispute.balance_transactions]


def told(sandbox: Any, before: str) -> list[str]:
    return [kind for kind in sandbox.event_types(ending_before=before) if kind != "balance.available"]


def test_a_chargeback_takes_the_money_and_a_fee(sandbox: Any) -> None:
    charge = gift(sandbox)
    before = sandbox.last_event()
    made = sandbox.lever("dispute", charge=charge.id)
    dispute = sandbox.client.v1.disputes.retrieve(made["id"])
    assert (dispute.status, dispute.amount, dispute.charge) == ("needs_response", 3000, charge.id)
    assert (dispute.payment_intent, dispute.is_charge_refundable) == (charge.payment_intent, False)
    assert rows(dispute) == [(-3000, 1500, -4500, "dispute")]
    assert dispute.balance_transactions[0].source == dispute.id
    assert sandbox.client.v1.charges.retrieve(charge.id).disputed
    assert told(sandbox, before) == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
    assert [found.id for found in sandbox.client.v1.disputes.list({"charge": charge.id})] == [dispute.id]


@pytest.mark.parametrize(
    ("words", "status", "money"),
    [
        ("winning_evidence", "won", [(-3000, 1500, -4500, "dispute"), (3000, 0, 3000, "dispute_reversal")]),
        ("losing_evidence", "lost", [(-3000, 1500, -4500, "dispute")]),
    ],
)
def test_an_answer_decides(
    sandbox: Any, words: str, status: str, money: list[tuple[int, int, int, str]]
) -> None:
    charge = gift(sandbox)
    made = sandbox.lever("dispute", charge=charge.id)
    disputes = sandbox.client.v1.disputes
    disputes.update(made["id"], {"evidence": {"customer_name": "Ada"}, "submit": False})
    assert disputes.retrieve(made["id"]).status == "needs_response"
    before = sandbox.last_event()
    answered = disputes.update(made["id"], {"evidence": {"uncategorized_text": words}})
    assert (answered.status, answered.evidence.customer_name) == ("under_review", "Ada")
    assert (answered.evidence_details.has_evidence, answered.evidence_details.submission_count) == (True, 1)
    until(lambda: disputes.retrieve(made["id"]).status == status, "the decision", 5)
    assert rows(disputes.retrieve(made["id"])) == money
    won = status == "won"
    assert told(sandbox, before) == [
        "charge.dispute.updated",
        "charge.dispute.updated",
        *(["charge.dispute.funds_reinstated"] if won else []),
        "charge.dispute.closed",
    ]
    if won:
        assert sandbox.client.v1.refunds.create({"charge": charge.id}).status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError):
        disputes.close(made["id"])
    with pytest.raises(stripe.InvalidRequestError):
        disputes.update(made["id"], {"evidence": {"uncategorized_text": "more"}})


def test_silence_loses(sandbox: Any) -> None:
    made = sandbox.lever("dispute", charge=gift(sandbox).id, fee=2000, amount=1000, reason="duplicate")
    assert (made["amount"], made["reason"]) == (1000, "duplicate")
    sandbox.lever("advance", seconds=16 * DAY)
    dispute = sandbox.client.v1.disputes.retrieve(made["id"])
    assert (dispute.status, dispute.evidence_details.past_due) == ("lost", True)
    assert rows(dispute) == [(-1000, 2000, -3000, "dispute")]


def test_giving_in_loses(sandbox: Any) -> None:
    made = sandbox.lever("dispute", charge=gift(sandbox).id)
    assert sandbox.client.v1.disputes.close(made["id"]).status == "lost"
    assert "outcome for an open one" in sandbox.lever("dispute", dispute=made["id"], outcome="won")["error"]


def test_a_bank_that_gives_back_the_fee_after_a_while(sandbox: Any) -> None:
    charge = gift(sandbox)
    made = sandbox.lever("dispute", charge=charge.id, outcome="won", after=40 * DAY, returned_fee=1500)
    sandbox.client.v1.disputes.update(made["id"], {"evidence": {"receipt": None, "customer_name": "Ada"}})
    sandbox.lever("advance", seconds=65 * DAY)
    dispute = sandbox.client.v1.disputes.retrieve(made["id"])
    assert dispute.status == "won"
    assert rows(dispute) == [(-3000, 1500, -4500, "dispute"), (3000, -1500, 4500, "dispute_reversal")]


def test_an_inquiry_moves_no_money(sandbox: Any) -> None:
    charge = gift(sandbox)
    before = sandbox.last_event()
    made = sandbox.lever("dispute", charge=charge.id, kind="inquiry")
    assert (made["status"], made["balance_transactions"]) == ("warning_needs_response", [])
    assert made["is_charge_refundable"]
    answered = sandbox.client.v1.disputes.update(made["id"], {"evidence": {"customer_name": "Ada"}})
    assert answered.status == "warning_under_review"
    assert sandbox.client.v1.refunds.create({"charge": charge.id, "amount": 500}).status == "succeeded"
    sandbox.lever("advance", seconds=70 * DAY)
    closed = sandbox.client.v1.disputes.retrieve(made["id"])
    assert (closed.status, rows(closed)) == ("warning_closed", [])
    assert [kind for kind in told(sandbox, before) if "dispute" in kind] == [
        "charge.dispute.created",
        "charge.dispute.updated",
        "charge.dispute.updated",
        "charge.dispute.closed",
    ]


def test_an_inquiry_can_become_a_chargeback(sandbox: Any) -> None:
    made = sandbox.lever("dispute", charge=gift(sandbox).id, kind="inquiry", outcome="escalated", after=DAY)
    sandbox.lever("advance", seconds=2 * DAY)
    dispute = sandbox.client.v1.disputes.retrieve(made["id"])
    assert (dispute.status, dispute.payment_method_details.card.case_type) == (
        "needs_response",
        "chargeback",
    )
    assert rows(dispute) == [(-3000, 1500, -4500, "dispute")]
    silent = sandbox.lever("dispute", charge=gift(sandbox).id, kind="inquiry")
    sandbox.lever("advance", seconds=121 * DAY)
    assert sandbox.client.v1.disputes.retrieve(silent["id"]).status == "warning_closed"


@pytest.mark.parametrize(
    ("card", "status", "reason"),
    [
        ("pm_card_createDispute", "needs_response", "fraudulent"),
        ("pm_card_createDisputeProductNotReceived", "needs_response", "product_not_received"),
        ("pm_card_createDisputeInquiry", "warning_needs_response", "fraudulent"),
    ],
)
def test_cards_that_dispute(sandbox: Any, card: str, status: str, reason: str) -> None:
    intent = sandbox.client.v1.payment_intents.create(
        {"amount": 900, "currency": "usd", "confirm": True, "payment_method": card}
    )
    (dispute,) = sandbox.client.v1.disputes.list({"payment_intent": intent.id}).data
    assert (dispute.status, dispute.reason) == (status, reason)
    # Whoever does not ask by the payment waits for it, as for every news.
    later = sandbox.pay(sandbox.open(), card="tok_createDispute")["payment_intent"]
    assert not any(found.payment_intent == later for found in sandbox.client.v1.disputes.list())
    sandbox.lever("advance", seconds=1)
    assert any(found.payment_intent == later for found in sandbox.client.v1.disputes.list())


def test_early_fraud_warnings(sandbox: Any) -> None:
    charge = gift(sandbox)
    made = sandbox.lever("fraud_warning", charge=charge.id, fraud_type="misc")
    warnings = sandbox.client.v1.radar.early_fraud_warnings
    warning = warnings.retrieve(made["id"])
    assert (warning.charge, warning.actionable, warning.fraud_type) == (charge.id, True, "misc")
    sandbox.client.v1.refunds.create({"charge": charge.id})
    assert not warnings.retrieve(made["id"]).actionable
    before = sandbox.last_event()
    stolen = gift(sandbox, card="4000000000005423")
    until(lambda: warnings.list({"charge": stolen.id}).data, "the warning", 5)
    sandbox.lever("dispute", charge=stolen.id)
    assert [kind for kind in told(sandbox, before) if "radar" in kind] == [
        "radar.early_fraud_warning.created",
        "radar.early_fraud_warning.updated",
    ]


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ({"charge": "ch_none"}, "no such charge"),
        ({"dispute": "du_none"}, "no such dispute"),
        ({"charge": "x", "outcome": "lovely"}, "outcome is one of"),
        ({"charge": "x", "size": 1}, "unknown: size"),
    ],
)
def test_bad_orders(sandbox: Any, order: dict[str, Any], message: str) -> None:
    assert message in sandbox.lever("dispute", **order)["error"]
    refunded = gift(sandbox)
    sandbox.client.v1.refunds.create({"charge": refunded.id})
    assert "has been refunded" in sandbox.lever("dispute", charge=refunded.id)["error"]
    assert "what is left" in sandbox.lever("dispute", charge=gift(sandbox).id, amount=9000)["error"]
