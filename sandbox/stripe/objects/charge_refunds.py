"""What is left of a charge to be refunded, and how the charge shows what has been."""

from sandbox.stripe import events, money
from sandbox.stripe.errors import Json, invalid
from sandbox.stripe.objects import charge as charges
from sandbox.stripe.paging import matching
from sandbox.stripe.world import World

# A refund in one of these states has taken its part of the charge.
STANDING = ("pending", "requires_action", "succeeded")


def refundable(world: World, charge: Json, amount: int | None) -> int:
    """The amount to give back; refused as Stripe refuses it."""
    if charge["status"] == "failed" or not charge["captured"]:
        why = "it has failed" if charge["status"] == "failed" else "it has not been captured"
        raise invalid(
            f"Charge {charge['id']} cannot be refunded because {why}.",
            "charge",
            "charge_not_refundable",
        )
    if blocked(world, charge):
        raise invalid(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.",
            "charge",
            "charge_disputed",
        )
    left = charge["amount"] - charge["amount_refunded"]
    if left == 0:
        raise invalid(
            f"Charge {charge['id']} has already been refunded.",
            "charge",
            "charge_already_refunded",
        )
    if amount is None:
        return int(left)
    if amount < 1:
        raise invalid("This value must be greater than or equal to 1.", "amount", "parameter_invalid_integer")
    currency = charge["currency"]
    money.check_steps(amount, currency, "amount")
    if amount > left:
        raise invalid(
            f"Refund amount ({money.written(amount, currency)}) is greater than "
            f"unrefunded amount on charge ({money.written(left, currency)})",
            "amount",
        )
    return amount


def blocked(world: World, charge: Json) -> bool:
    disputes = matching(world, "dispute", "$.charge", charge["id"]) if charge["disputed"] else []
    return any(not dispute["is_charge_refundable"] for dispute in disputes)


def waiting(world: World, charge: Json) -> list[Json]:
    """Refunds of a payment that was not certain when they were made."""
    refunds = matching(world, "refund", "$.charge", charge["id"])
    return [refund for refund in refunds if refund.get("pending_reason") == "charge_pending"]


def count(world: World, charge: Json, kind: str | None) -> None:
    """Bring what the charge says of its refunds up to date."""
    refunds = matching(world, "refund", "$.charge", charge["id"])
    total = sum(refund["amount"] for refund in refunds if refund["status"] in STANDING)
    events.change(world, charge, kind, amount_refunded=total, refunded=total == charge["amount"])
    for listener in charges.WHEN_TAKEN_BACK:
        listener(world, charge)
