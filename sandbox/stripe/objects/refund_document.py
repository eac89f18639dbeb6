"""A refund as Stripe writes it, and what a sandbox has planned for it."""

from dataclasses import dataclass

from sandbox.stripe.errors import Json
from sandbox.stripe.world import World


@dataclass(frozen=True)
class Plan:
    """How the refund will go, after so many seconds, and the fee that Stripe gives back with it."""

    outcome: str = "succeeded"
    after: int = 0
    returned_fee: int = 0


def new_refund(world: World, charge: Json, amount: int, plan: Plan, **more: Json | str | None) -> Json:
    kind = charge["payment_method_details"]["type"]
    refund_id = world.store.new_id("re" if kind == "card" else "pyr")
    details: Json = {"card": {"reference_status": "pending", "reference_type": "acquirer_reference_number",
                              "type": "refund"}, "type": "card"}  # fmt: skip
    refund: Json = {
        "id": refund_id,
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": world.now(),
        "currency": charge["currency"],
        "destination_details": details if kind == "card" else bank_details(kind),
        "metadata": more.get("metadata") or {},
        "payment_intent": charge["payment_intent"],
        "reason": more.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "pending",
        "transfer_reversal": None,
    }
    if more.get("instructions_email"):
        refund["instructions_email"] = more["instructions_email"]
    shown = charge.get("presentment_details")
    if shown:
        # The donor gets back the same share of what the donor paid, half a unit rounded up.
        part = (2 * shown["presentment_amount"] * amount + charge["amount"]) // (2 * charge["amount"])
        refund["presentment_details"] = {**shown, "presentment_amount": part}
    return world.store.add(
        refund, hidden={"outcome": plan.outcome, "after": plan.after, "returned_fee": plan.returned_fee}
    )


def bank_details(kind: str) -> Json:
    if kind == "us_bank_account":
        return {"type": "us_bank_transfer", "us_bank_transfer": {"reference": None, "reference_status": None}}
    return {"eu_bank_transfer": {"reference": None, "reference_status": None}, "type": "eu_bank_transfer"}
