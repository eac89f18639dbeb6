"""What each balance transaction means in the books: one row of Stripe's, one entry of ours.

Every entry follows one template, with the signs as Stripe gives them (a fee that is given back is
negative, and so is a refund):

    debit   assets:stripe           net
    debit   expenses:fees:…         fee, split by what Stripe says it is for
    credit  the counter account     amount

It balances because net = amount - fee. So a rule only names the counter account; the table below is
all there is to know (with `refunding.py`, for a refund that was converted at another rate). A type that
the table does not name goes to `suspense` and a person is told: never to an account that happens to be
near.
"""

from dataclasses import dataclass
from functools import lru_cache

from service.gateway import BalanceTransaction
from service.ledger import accounts
from service.ledger.entry import Context, NewEntry, NewPosting
from service.ledger.refunding import original
from service.logs import masked


@dataclass(frozen=True)
class Rule:
    """`kind` is the word for it in reports; `fees` takes what `fee_details` do not explain."""

    kind: str
    counter: str
    fees: str = accounts.PROCESSING_FEES


# Two counter accounts depend on whose money it is: see `_counter`.
GIFT = "by frequency"
GIFT_REFUND = "refund, where it was a gift"
# In place of a reporting category: the type alone decides.
ANY = "*"

RULES: dict[tuple[str, str], Rule] = {
    ("charge", ANY): Rule("charge", GIFT),
    ("payment", ANY): Rule("charge", GIFT),
    ("payment_failure_refund", ANY): Rule("charge_failure", GIFT),
    ("refund", ANY): Rule("refund", GIFT_REFUND),
    ("refund", "partial_capture_reversal"): Rule("partial_capture_reversal", GIFT),
    ("refund", "refund_failure"): Rule("refund_failure", accounts.REFUNDS_OWED),
    ("payment_refund", ANY): Rule("refund", GIFT_REFUND),
    ("payment_refund", "refund_failure"): Rule("refund_failure", accounts.REFUNDS_OWED),
    ("refund_failure", ANY): Rule("refund_failure", accounts.REFUNDS_OWED),
    ("payment_reversal", ANY): Rule("payment_reversal", accounts.DISPUTES, accounts.DISPUTE_FEES),
    ("adjustment", "dispute"): Rule("dispute", accounts.DISPUTES, accounts.DISPUTE_FEES),
    ("adjustment", "dispute_reversal"): Rule("dispute_reversal", accounts.DISPUTES, accounts.DISPUTE_FEES),
    ("adjustment", "refund_failure"): Rule("refund_failure", accounts.REFUNDS_OWED),
    ("adjustment", "charge_failure"): Rule("charge_failure", GIFT),
    ("adjustment", "partial_capture_reversal"): Rule("partial_capture_reversal", GIFT),
    ("adjustment", "fee"): Rule("fee", accounts.PRODUCT_FEES),
    ("adjustment", "network_cost"): Rule("fee", accounts.PROCESSING_FEES),
    ("adjustment", "tax"): Rule("tax", accounts.FEE_TAX),
    ("stripe_fee", ANY): Rule("fee", accounts.PRODUCT_FEES),
    ("stripe_fee", "network_cost"): Rule("fee", accounts.PROCESSING_FEES),
    ("stripe_fee", "tax"): Rule("tax", accounts.FEE_TAX),
    ("stripe_fx_fee", ANY): Rule("fee", accounts.EXCHANGE),
    ("tax_fee", ANY): Rule("tax", accounts.FEE_TAX),
    ("payout", ANY): Rule("payout", accounts.PAYOUTS_IN_TRANSIT),
    ("payout_cancel", ANY): Rule("payout_reversal", accounts.PAYOUTS_IN_TRANSIT),
    ("payout_failure", ANY): Rule("payout_reversal", accounts.PAYOUTS_IN_TRANSIT),
    ("payout_minimum_balance_hold", ANY): Rule("reserve", accounts.STRIPE_RESERVE),
    ("payout_minimum_balance_release", ANY): Rule("reserve", accounts.STRIPE_RESERVE),
    ("reserve_transaction", ANY): Rule("reserve", accounts.STRIPE_RESERVE),
    ("reserved_funds", ANY): Rule("reserve", accounts.STRIPE_RESERVE),
    ("reserve_hold", ANY): Rule("reserve", accounts.STRIPE_RESERVE),
    ("reserve_release", ANY): Rule("reserve", accounts.STRIPE_RESERVE),
    ("payment_network_reserve_hold", ANY): Rule("reserve", accounts.STRIPE_RESERVE),
    ("payment_network_reserve_release", ANY): Rule("reserve", accounts.STRIPE_RESERVE),
    ("topup", ANY): Rule("topup", accounts.TOPUPS_IN_TRANSIT),
    ("topup_reversal", ANY): Rule("topup", accounts.TOPUPS_IN_TRANSIT),
    ("contribution", ANY): Rule("contribution", accounts.CONTRIBUTION),
    ("climate_order_purchase", ANY): Rule("contribution", accounts.CONTRIBUTION),
    ("climate_order_refund", ANY): Rule("contribution", accounts.CONTRIBUTION),
}
UNKNOWN = Rule("unknown", accounts.SUSPENSE)

# Ids of charges, refunds and disputes: of what somebody paid.
PAYMENTS = ("ch_", "py_", "re_", "pyr_", "du_", "dp_")

# What a part of the fee is for, where Stripe's word for it says more than the rule does.
FEE_ACCOUNTS = {
    "tax": accounts.FEE_TAX,
    "withheld_tax": accounts.FEE_TAX,
    "application_fee": accounts.PRODUCT_FEES,
}


def entry_for(moved: BalanceTransaction, context: Context) -> NewEntry | None:
    """The one entry for this row; None when it moves nothing: it is mirrored, and nothing is booked."""
    rule = rule_for(moved)
    amounts: dict[str, int] = {accounts.STRIPE: moved.net}
    for account, amount in (*_fees(moved, rule.fees), *_counters(moved, rule, context)):
        _add(amounts, account, amount)
    # Stripe promises that this is zero. Should it ever not be, the balance is still Stripe's.
    unexplained = moved.amount - moved.fee - moved.net
    _add(amounts, accounts.SUSPENSE, unexplained)
    postings = tuple(NewPosting(account, amount) for account, amount in amounts.items() if amount)
    if not postings:
        return None
    return NewEntry(
        key=key_of(moved.id),
        kind=rule.kind,
        effective_at=moved.created,
        currency=moved.currency,
        postings=postings,
        context=context.kept,
        memo=description_of(moved, context),
        alert=_alert(moved, rule, unexplained),
    )


def rule_for(moved: BalanceTransaction) -> Rule:
    exact = RULES.get((moved.type, moved.reporting_category))
    return exact or RULES.get((moved.type, ANY), UNKNOWN)


def key_of(balance_transaction_id: str) -> str:
    return f"stripe:{balance_transaction_id}"


def description_of(moved: BalanceTransaction, context: Context) -> str:
    """Stripe's text for the row, without what could name a person: the books keep it for ever.

    A payment that is no donation of ours carries its shop's text ("Order of Jane Doe"): left out.
    """
    if context.frequency is None and (moved.source or "").startswith(PAYMENTS):
        return ""
    return _cleaned(moved.description)


@lru_cache(maxsize=256)
def _cleaned(text: str) -> str:
    """Kept a while: masking takes as long as all the rest of an entry, and most rows say the same."""
    return masked(text if text.isprintable() else "".join(filter(str.isprintable, text)))


def _fees(moved: BalanceTransaction, otherwise: str) -> list[tuple[str, int]]:
    """The parts of the fee by account; whatever the details leave over belongs to the rule's own account."""
    parts = [
        (FEE_ACCOUNTS.get(detail.type, otherwise), detail.amount)
        for detail in moved.fee_details
        if detail.currency == moved.currency
    ]
    return [*parts, (otherwise, moved.fee - sum(amount for _, amount in parts))]


def _counters(moved: BalanceTransaction, rule: Rule, context: Context) -> list[tuple[str, int]]:
    """The counter account, and for the refund of a converted charge what the exchange rate did to it."""
    taken_back = -moved.amount
    if rule.counter == GIFT_REFUND:
        taken_back = original(moved, context.refund)
    return [(_counter(rule, context), taken_back), (accounts.EXCHANGE, -moved.amount - taken_back)]


def _counter(rule: Rule, context: Context) -> str:
    """Gifts by their frequency; what is no gift came from another business on the same account."""
    if context.counter is not None:
        return context.counter
    if rule.counter not in (GIFT, GIFT_REFUND):
        return rule.counter
    if context.frequency is None:
        return accounts.OTHER_INCOME
    return accounts.REFUNDS if rule.counter == GIFT_REFUND else accounts.DONATIONS[context.frequency]


def _add(amounts: dict[str, int], account: str, amount: int) -> None:
    amounts[account] = amounts.get(account, 0) + amount


def _alert(moved: BalanceTransaction, rule: Rule, unexplained: int) -> str | None:
    if rule is UNKNOWN:
        return f"no rule for type {moved.type!r}, reporting category {moved.reporting_category!r}"
    if unexplained:
        return f"net is not amount less fee: {unexplained} unexplained"
    return None
