"""The calls to Stripe, through the official library; nothing else in the program imports it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import stripe
from stripe import RequestsClient, StripeClient

from service.clock import from_epoch
from service.gateway import reading
from service.gateway.objects import (
    CheckoutOrder,
    Instalment,
    ObjectGone,
    OpenedCheckout,
    Payment,
    Session,
    StripeAway,
    StripeFailed,
    StripeRefused,
    Subscription,
    WebhookEndpoint,
)

API_VERSION = "2026-10-28.endive"
TIMEOUT_SECONDS = 20
INTERVALS = {"monthly": "month", "annual": "year"}
# Stripe renders its page in these; anything else is left to the browser ("auto").
CHECKOUT_LOCALES = frozenset(
    "bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hr hu id it ja ko lt lv ms mt nb nl pl "  # noqa: SIM905
    "pt pt-BR ro ru sk sl sv th tr vi zh zh-HK zh-TW".split()
)

log = logging.getLogger(__name__)

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

    def open_checkout(self, order: CheckoutOrder) -> OpenedCheckout:
        """Open the hosted page. Our checkout's id is the idempotency key: a retry opens no second one."""
        params = session_params(order)
        with _our_errors():
            opened = self._client.v1.checkout.sessions.create(
                params=params,  # type: ignore[arg-type]
                options={"idempotency_key": f"checkout:{order.checkout_id}"},
            )
        return OpenedCheckout(
            session_id=opened.id, url=opened.url or "", expires_at=from_epoch(opened.expires_at)
        )

    def session(self, session_id: str) -> Session:
        with _our_errors():
            read = self._client.v1.checkout.sessions.retrieve(
                session_id, params={"expand": ["payment_intent"]}
            )
        return reading.session(read.to_dict())

    def payment(self, payment_intent_id: str) -> Payment:
        """The payment with its charge, the charge's balance transaction, and the invoice that it paid."""
        with _our_errors():
            read = self._client.v1.payment_intents.retrieve(
                payment_intent_id, params={"expand": ["latest_charge.balance_transaction"]}
            ).to_dict()
        ours = (read.get("metadata") or {}).get(reading.CHECKOUT)
        return reading.payment(read, None if ours else self._instalment(payment_intent_id))

    def _instalment(self, payment_intent_id: str) -> Instalment | None:
        """Since basil neither payment nor charge names its invoice; the list of invoice payments does."""
        with _our_errors():
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

    def payment_of_charge(self, charge_id: str) -> str | None:
        """The id of the payment intent that a charge belongs to."""
        with _our_errors():
            return reading.id_of(self._client.v1.charges.retrieve(charge_id).to_dict().get("payment_intent"))

    def subscription(self, subscription_id: str) -> Subscription:
        with _our_errors():
            read = self._client.v1.subscriptions.retrieve(
                subscription_id, params={"expand": ["latest_invoice.payments"]}
            )
        return reading.subscription(read.to_dict())

    def webhook_endpoints(self) -> list[WebhookEndpoint]:
        with _our_errors():
            rows = list(self._client.v1.webhook_endpoints.list(params={"limit": 100}).auto_paging_iter())
        return [
            WebhookEndpoint(
                id=row.id,
                url=row.url,
                status=row.status,
                api_version=row.api_version,
                events=tuple(row.enabled_events),
            )
            for row in rows
        ]

    def livemode(self) -> bool:
        """Whether the key reaches real money; also the cheapest proof that the key works."""
        with _our_errors():
            return bool(self._client.v1.balance.retrieve().livemode)


def session_params(order: CheckoutOrder) -> dict[str, Any]:
    """The parameters of a Checkout Session; no payment_method_types: Stripe picks what the donor can use."""
    metadata = {reading.CHECKOUT: order.checkout_id}
    price: dict[str, Any] = {
        "currency": order.currency,
        "unit_amount": order.amount,
        "product_data": {"name": order.title},
    }
    params: dict[str, Any] = {
        "line_items": [{"price_data": price, "quantity": 1}],
        "client_reference_id": order.checkout_id,
        "metadata": metadata,
        "success_url": order.success_url,
        "cancel_url": order.cancel_url,
        "locale": order.locale if order.locale in CHECKOUT_LOCALES else "auto",
    }
    if order.email:
        params["customer_email"] = order.email
    if order.frequency == "once":
        intent: dict[str, Any] = {"metadata": metadata}
        if order.statement_suffix:
            intent["statement_descriptor_suffix"] = order.statement_suffix
        return params | {
            "mode": "payment",
            "submit_type": "donate",
            # A guest would leave us without the Customer that a refund, a dispute or an erasure needs.
            "customer_creation": "always",
            "payment_intent_data": intent,
        }
    price["recurring"] = {"interval": INTERVALS[order.frequency]}
    return params | {"mode": "subscription", "subscription_data": {"metadata": metadata}}


@contextmanager
def _our_errors() -> Iterator[None]:
    """Say what went wrong in our words; the request id goes to the log, for Stripe's support."""
    try:
        yield
    except (stripe.APIConnectionError, stripe.RateLimitError) as away:
        log.warning("stripe did not answer", extra={"stripe_request": away.request_id})
        raise StripeAway(type(away).__name__) from away
    except stripe.APIError as failed:
        log.warning("stripe failed", extra={"stripe_request": failed.request_id})
        raise StripeFailed(type(failed).__name__) from failed
    except stripe.InvalidRequestError as refused:
        said = refused.user_message or str(refused)
        kind = ObjectGone if refused.code == "resource_missing" else StripeRefused
        if refused.http_status == 409 or refused.code == "lock_timeout":
            raise StripeAway(said) from refused
        raise kind(said, code=refused.code or "", param=refused.param or "") from refused
    except stripe.StripeError as refused:
        said = refused.user_message or str(refused)
        log.warning("stripe refused", extra={"stripe_request": refused.request_id})
        raise StripeRefused(said, code=refused.code or "") from refused
