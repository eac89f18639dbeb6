"""Money in Stripe's JSON to our dataclasses: charges, refunds, disputes, payouts, balance transactions."""

from collections.abc import Mapping
from typing import Any

from service.clock import from_epoch
from service.gateway.objects import BalanceTransaction, Charge, Dispute, FeeDetail, Payout, Refund

Json = Mapping[str, Any]


def charge(read: Json, disputes: tuple[Dispute, ...]) -> Charge:
    billing = read.get("billing_details") or {}
    method = read.get("payment_method_details") or {}
    card = method.get("card") or {}
    presentment = read.get("presentment_details") or {}
    refunds = (read.get("refunds") or {}).get("data") or ()
    return Charge(
        id=read["id"],
        payment_intent_id=id_of(read.get("payment_intent")),
        status=read["status"],
        amount=read["amount"],
        currency=read["currency"],
        created=from_epoch(read["created"]),
        balance_transaction=moved(read.get("balance_transaction")),
        failure_balance_transaction=moved(read.get("failure_balance_transaction")),
        amount_refunded=read.get("amount_refunded") or 0,
        captured=bool(read.get("captured")),
        disputes=disputes,
        refunds=tuple(map(refund, refunds)),
        failure_code=read.get("failure_code"),
        email=billing.get("email"),
        name=billing.get("name"),
        method=method.get("type") or "",
        card_brand=card.get("brand"),
        card_country=card.get("country"),
        presentment_amount=presentment.get("presentment_amount"),
        presentment_currency=presentment.get("presentment_currency"),
    )


def refund(read: Json) -> Refund:
    return Refund(
        id=read["id"],
        status=read.get("status") or "",
        amount=read["amount"],
        currency=read["currency"],
        created=from_epoch(read["created"]),
        balance_transaction=moved(read.get("balance_transaction")),
        failure_balance_transaction=moved(read.get("failure_balance_transaction")),
    )


def dispute(read: Json) -> Dispute:
    return Dispute(
        id=read["id"],
        status=read["status"],
        amount=read["amount"],
        currency=read["currency"],
        created=from_epoch(read["created"]),
        balance_transactions=tuple(map(balance_transaction, read.get("balance_transactions") or ())),
    )


def payout(read: Json) -> Payout:
    return Payout(
        id=read["id"],
        status=read["status"],
        amount=read["amount"],
        currency=read["currency"],
        created=from_epoch(read["created"]),
        arrival_date=from_epoch(read["arrival_date"]),
        automatic=read["automatic"],
        reconciliation_status=read.get("reconciliation_status") or "not_applicable",
        balance_transaction=moved(read.get("balance_transaction")),
        failure_balance_transaction=moved(read.get("failure_balance_transaction")),
        failure_code=read.get("failure_code"),
        original_payout_id=id_of(read.get("original_payout")),
        reversed_by_id=id_of(read.get("reversed_by")),
    )


def moved(reference: Any) -> BalanceTransaction | None:
    """None while the row does not exist yet; a bare id means that it was not asked for."""
    return balance_transaction(reference) if isinstance(reference, Mapping) else None


def balance_transaction(read: Json) -> BalanceTransaction:
    rate = read.get("exchange_rate")
    return BalanceTransaction(
        id=read["id"],
        type=read["type"],
        reporting_category=read.get("reporting_category") or "",
        amount=read["amount"],
        fee=read["fee"],
        net=read["net"],
        currency=read["currency"],
        created=from_epoch(read["created"]),
        available_on=from_epoch(read["available_on"]),
        status=read["status"],
        source=id_of(read.get("source")),
        description=read.get("description") or "",
        exchange_rate=None if rate is None else str(rate),
        fee_details=tuple(
            FeeDetail(
                type=detail["type"],
                amount=detail["amount"],
                currency=detail["currency"],
                description=detail.get("description") or "",
            )
            for detail in read.get("fee_details") or ()
        ),
    )


def id_of(reference: Any) -> str | None:
    """Stripe gives either an id or the expanded object."""
    if isinstance(reference, Mapping):
        reference = reference.get("id")
    return reference if isinstance(reference, str) else None
