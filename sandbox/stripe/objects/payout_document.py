"""A payout as Stripe writes it."""

from sandbox.stripe.errors import Json
from sandbox.stripe.world import World


def new_payout(world: World, given: Json, *, automatic: bool, arrival: int, original: str | None) -> Json:
    """`given` is what an order may say of it: amount, currency, description, and so on."""
    return world.store.add(
        {
            "id": world.store.new_id("po"),
            "object": "payout",
            "amount": given["amount"],
            "application_fee": None,
            "application_fee_amount": None,
            "arrival_date": arrival,
            "automatic": automatic,
            "balance_transaction": None,
            "created": world.now(),
            "currency": given["currency"],
            "description": given.get("description") or ("STRIPE PAYOUT" if automatic else None),
            "destination": given.get("destination") or bank(world),
            "failure_balance_transaction": None,
            "failure_code": None,
            "failure_message": None,
            "livemode": False,
            "metadata": given.get("metadata") or {},
            "method": given.get("method") or "standard",
            "original_payout": original,
            "payout_method": None,
            "reconciliation_status": "in_progress" if automatic else "not_applicable",
            "reversed_by": None,
            "source_type": given.get("source_type") or "card",
            "statement_descriptor": given.get("statement_descriptor"),
            "status": "pending",
            "trace_id": {"status": "pending", "value": None},
            "type": "bank_account",
        }
    )


def bank(world: World) -> str:
    """The newsroom's bank account: always the same."""
    known = world.store.meta("bank account")
    return known or world.store.remember("bank account", world.store.new_id("ba"))
