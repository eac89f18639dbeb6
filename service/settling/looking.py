"""Looks at one Stripe object as it is now, with all that hangs on it; no transaction is open."""

from dataclasses import dataclass

from service.gateway import BalanceTransaction, Charge, Gateway, Payment, Payout, Session, Subscription


@dataclass(frozen=True)
class SeenSession:
    session: Session


@dataclass(frozen=True)
class SeenPayment:
    """`subscription` is there when the payment is an instalment: it says how often."""

    payment: Payment
    subscription: Subscription | None


@dataclass(frozen=True)
class SeenSubscription:
    subscription: Subscription


@dataclass(frozen=True)
class SeenCharge:
    """A charge of the old kind, without a payment intent: never one of ours."""

    charge: Charge


@dataclass(frozen=True)
class SeenPayout:
    """`rows` are what an automatic payout pays out, its own row included, once Stripe has them complete."""

    payout: Payout
    rows: tuple[BalanceTransaction, ...]


@dataclass(frozen=True)
class SeenTransaction:
    """A balance transaction that no payment and no payout of ours led to."""

    moved: BalanceTransaction


@dataclass(frozen=True)
class Elsewhere:
    """The object belongs under another one, which is to be settled instead."""

    object_ids: tuple[str, ...]


Seen = SeenSession | SeenPayment | SeenSubscription | SeenCharge | SeenPayout | SeenTransaction | Elsewhere


def look(gateway: Gateway, object_id: str) -> Seen:
    """Raises StripeAway, or ObjectGone when Stripe does not know the id."""
    match object_id.partition("_")[0]:
        case "cs":
            return SeenSession(gateway.session(object_id))
        case "pi":
            return _payment(gateway, object_id)
        case "sub":
            return SeenSubscription(gateway.subscription(object_id))
        case "ch" | "py":
            charge = gateway.charge(object_id)
            return Elsewhere((charge.payment_intent_id,)) if charge.payment_intent_id else SeenCharge(charge)
        case "re" | "pyr" | "dp" | "du":
            paid_by = gateway.paid_by(object_id)
            return Elsewhere((paid_by,) if paid_by else ())
        case "po":
            return _payout(gateway, object_id)
        case "txn":
            return SeenTransaction(gateway.balance_transaction(object_id))
        case other:
            raise ValueError(f"nothing here knows how to look at {other}_")


def _payment(gateway: Gateway, payment_intent_id: str) -> SeenPayment:
    payment = gateway.payment(payment_intent_id)
    part_of = payment.instalment
    return SeenPayment(payment, gateway.subscription(part_of.subscription_id) if part_of else None)


def _payout(gateway: Gateway, payout_id: str) -> SeenPayout:
    """Stripe can say what an automatic payout is made of, and of no other."""
    payout = gateway.payout(payout_id)
    listed = payout.automatic and payout.reconciliation_status == "completed"
    rows = gateway.lists.balance_transactions(payout_id=payout_id) if listed else ()
    return SeenPayout(payout, tuple(rows))
