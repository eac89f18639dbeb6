"""The calls to Stripe, through the official library; nothing else in the program imports it."""

from typing import Any

import stripe
from stripe import RequestsClient, StripeClient

from service.clock import from_epoch
from service.gateway import reading, reading_money
from service.gateway.errors import our_errors
from service.gateway.lists import Lists
from service.gateway.objects import (
    BalanceTransaction,
    Charge,
    CheckoutOrder,
    Dispute,
    Instalment,
    OpenedCheckout,
    Payment,
    Payout,
    Session,
    Subscription,
)
from service.gateway.ordering import session_params

API_VERSION = "2026-10-28.endive"
TIMEOUT_SECONDS = 20
# What a charge brings along when it is asked for.
MONEY_OF_A_CHARGE = (
    "balance_transaction",
    "failure_balance_transaction",
    "refunds.data.balance_transaction",
    "refunds.data.failure_balance_transaction",
)

# The library would write a telemetry id under ~/.config and report timings to Stripe.
stripe.enable_telemetry = False


class Gateway:
    """Stripe, as one newsroom's account sees it. Safe to share between threads."""

    def __init__(self, secret_key: str, api_base: str) -> None:
        self._client = StripeClient(
            secret_key,
            stripe_version=API_VERSION,
            max_network_retries=2,
            base_addresses={"api": api_base},
            http_client=RequestsClient(timeout=TIMEOUT_SECONDS),
        )
        self.lists = Lists(self._client)

    def open_checkout(self, order: CheckoutOrder) -> OpenedCheckout:
        """Open the hosted page. Our checkout's id is the idempotency key: a retry opens no second one."""
        params = session_params(order)
        with our_errors():
            opened = self._client.v1.checkout.sessions.create(
                params=params,  # type: ignore[arg-type]
                options={"idempotency_key": f"checkout:{order.checkout_id}"},
            )
        return OpenedCheckout(
            session_id=opened.id, url=opened.url or "", expires_at=from_epoch(opened.expires_at)
        )

    def session(self, session_id: str) -> Session:
        with our_errors():
            read = self._client.v1.checkout.sessions.retrieve(
                session_id, params={"expand": ["payment_intent", "subscription"]}
            )
        return reading.session(read.to_dict())

    def payment(self, payment_intent_id: str) -> Payment:
        """The payment with all that hangs on it: every charge with its refunds and disputes, the invoice.

        A debit that failed has moved money, there and back, before another charge of the same payment
        succeeds: the latest charge alone would not be the whole of it.
        """
        with our_errors():
            read = self._client.v1.payment_intents.retrieve(payment_intent_id).to_dict()
            charges = self._client.v1.charges.list(
                params={
                    "payment_intent": payment_intent_id,
                    "limit": 100,
                    "expand": [f"data.{each}" for each in MONEY_OF_A_CHARGE],
                }
            )
            listed = [self._whole(charge.to_dict()) for charge in charges.auto_paging_iter()]
        ours = (read.get("metadata") or {}).get(reading.CHECKOUT)
        return reading.payment(read, listed, None if ours else self._instalment(payment_intent_id))

    def charge(self, charge_id: str) -> Charge:
        with our_errors():
            read = self._client.v1.charges.retrieve(charge_id, params={"expand": list(MONEY_OF_A_CHARGE)})
            return self._whole(read.to_dict())

    def _whole(self, charge: dict[str, Any]) -> Charge:
        """With every refund (a charge brings its newest ten along) and every dispute."""
        refunds = charge.get("refunds") or {}
        if refunds.get("has_more"):
            rows = self._client.v1.refunds.list(
                params={
                    "charge": charge["id"],
                    "limit": 100,
                    "expand": ["data.balance_transaction", "data.failure_balance_transaction"],
                }
            )
            refunds["data"] = [row.to_dict() for row in rows.auto_paging_iter()]
        disputes: tuple[Dispute, ...] = ()
        if charge.get("disputed"):
            found = self._client.v1.disputes.list(params={"charge": charge["id"], "limit": 100})
            disputes = tuple(reading_money.dispute(row.to_dict()) for row in found.auto_paging_iter())
        return reading_money.charge(charge, disputes)

    def _instalment(self, payment_intent_id: str) -> Instalment | None:
        """Since basil neither payment nor charge names its invoice; the list of invoice payments does."""
        with our_errors():
            rows = self._client.v1.invoice_payments.list(
                params={
                    "payment": {"type": "payment_intent", "payment_intent": payment_intent_id},
                    "expand": ["data.invoice"],
                    "limit": 1,
                }
            )
        for row in rows.data:
            invoice = row.to_dict().get("invoice")
            if isinstance(invoice, dict):
                return reading.instalment(invoice)
        return None

    def paid_by(self, object_id: str) -> str | None:
        """The payment intent, or else the charge, that a refund or a dispute belongs to."""
        with our_errors():
            kind = (
                self._client.v1.refunds if object_id.startswith(("re_", "pyr_")) else self._client.v1.disputes
            )
            read = kind.retrieve(object_id).to_dict()
        return reading_money.id_of(read.get("payment_intent")) or reading_money.id_of(read.get("charge"))

    def payout(self, payout_id: str) -> Payout:
        with our_errors():
            read = self._client.v1.payouts.retrieve(
                payout_id, params={"expand": ["balance_transaction", "failure_balance_transaction"]}
            )
        return reading_money.payout(read.to_dict())

    def balance_transaction(self, balance_transaction_id: str) -> BalanceTransaction:
        with our_errors():
            read = self._client.v1.balance_transactions.retrieve(balance_transaction_id)
        return reading_money.balance_transaction(read.to_dict())

    def subscription(self, subscription_id: str) -> Subscription:
        with our_errors():
            read = self._client.v1.subscriptions.retrieve(
                subscription_id, params={"expand": ["latest_invoice.payments"]}
            )
        return reading.subscription(read.to_dict())

    def livemode(self) -> bool:
        """Whether the key reaches real money; also the cheapest proof that the key works."""
        with our_errors():
            return bool(self._client.v1.balance.retrieve().livemode)
