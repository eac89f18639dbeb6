"""Looks at one Stripe object as it is now, with all that hangs on it; no transaction is open."""

from dataclasses import dataclass

from service.gateway import Gateway, Payment, Session, Subscription


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
class Elsewhere:
    """The object belongs under another one, which is to be settled instead."""

    object_ids: tuple[str, ...]


Seen = SeenSession | SeenPayment | SeenSubscription | Elsewhere


def look(gateway: Gateway, object_id: str) -> Seen:
    """Raises StripeAway, or ObjectGone when Stripe does not know the id."""
    match object_id.partition("_")[0]:
        case "cs":
            return SeenSession(gateway.session(object_id))
        case "pi":
            payment = gateway.payment(object_id)
            part_of = payment.instalment
            return SeenPayment(payment, gateway.subscription(part_of.subscription_id) if part_of else None)
        case "sub":
            return SeenSubscription(gateway.subscription(object_id))
        case "ch" | "py":
            intent = gateway.payment_of_charge(object_id)
            return Elsewhere((intent,) if intent else ())
        case other:
            raise ValueError(f"nothing here knows how to look at {other}_")
