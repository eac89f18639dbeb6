"""A dispute as Stripe writes it."""

from sandbox.stripe.clock import DAY, midnight
from sandbox.stripe.errors import Json
from sandbox.stripe.world import World

DAYS_TO_ANSWER = 14
# What the bank says it is about, where nobody says otherwise.
REASON = {
    "card": "fraudulent",
    "sepa_debit": "debit_not_authorized",
    "us_bank_account": "debit_not_authorized",
}
NETWORK_REASON = {"visa": "10.4", "mastercard": "4837"}
EVIDENCE = (
    "access_activity_log", "billing_address", "cancellation_policy", "cancellation_policy_disclosure",
    "cancellation_rebuttal", "customer_communication", "customer_email_address", "customer_name",
    "customer_purchase_ip", "customer_signature", "duplicate_charge_documentation",
    "duplicate_charge_explanation", "duplicate_charge_id", "product_description", "receipt",
    "refund_policy", "refund_policy_disclosure", "refund_refusal_explanation", "service_date",
    "service_documentation", "shipping_address", "shipping_carrier", "shipping_date",
    "shipping_documentation", "shipping_tracking_number", "uncategorized_file", "uncategorized_text",
)  # fmt: skip


def new_dispute(world: World, charge: Json, status: str, amount: int, reason: str, hidden: Json) -> Json:
    kind = charge["payment_method_details"]["type"]
    inquiry = status.startswith("warning")
    dispute: Json = {
        "id": world.store.new_id("du" if kind == "card" else "dp"),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": world.now(),
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys(EVIDENCE), "appeal": None, "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": midnight(world.now() + DAYS_TO_ANSWER * DAY) + DAY - 1,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": None,
        },
        "intended_submission_method": None,
        "is_charge_refundable": inquiry,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "status": status,
    }
    if kind == "card":
        brand = charge["payment_method_details"]["card"]["brand"]
        dispute["payment_method_details"] = {
            "card": {
                "brand": brand,
                "case_type": "inquiry" if inquiry else "chargeback",
                "network": brand,
                "network_reason_code": NETWORK_REASON.get(brand, "10.4"),
            },
            "type": "card",
        }
    return world.store.add(dispute, hidden)
