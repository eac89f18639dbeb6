"""Each of Stripe's rows becomes one entry that balances, on the accounts that the chart names."""

import typing
from datetime import UTC, datetime

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st

from service.gateway import BalanceTransaction, FeeDetail
from service.ledger import Context, entry_for
from service.ledger.accounts import CHART
from service.ledger.entry import NewEntry
from service.ledger.rules import RULES, UNKNOWN, rule_for
from tests.ledger.stripe_rows import MONTHLY, part, row

# 52 types stand in Stripe's list; these belong to products that a newsroom's donations do not use.
NOT_USED_HERE = {
    *("advance", "advance_funding", "anticipation_repayment", "application_fee", "application_fee_refund"),
    *("connect_collection_transfer", "fee_credit_funding", "inbound_transfer", "inbound_transfer_reversal"),
    *("issuing_authorization_hold", "issuing_authorization_release", "issuing_dispute"),
    *("issuing_dispute_provisional_credit", "issuing_dispute_provisional_credit_reversal"),
    *("issuing_transaction", "obligation_outbound", "obligation_reversal_inbound", "payment_unreconciled"),
    *("stripe_balance_payment_debit", "stripe_balance_payment_debit_reversal", "tax_fund"),
    *("transfer", "transfer_cancel", "transfer_failure", "transfer_refund"),
}


def lines(entry: NewEntry | None) -> dict[str, int]:
    assert entry is not None
    return {posting.account: posting.amount for posting in entry.postings}


def test_a_donation_is_income_at_full_size_and_its_fee_a_cost() -> None:
    moved = row(5000, 175)
    entry = entry_for(moved, MONTHLY)
    assert entry is not None
    assert entry.key == f"stripe:{moved.id}"
    assert (entry.kind, entry.effective_at, entry.currency) == ("charge", moved.created, "usd")
    assert entry.alert is None
    assert lines(entry) == {
        "assets:stripe": 4825,
        "expenses:fees:processing": 175,
        "income:donations:monthly": -5000,
    }


PROCESSING, DISPUTE = "expenses:fees:processing", "expenses:fees:dispute"
RESERVE, TRANSIT = "assets:stripe-reserve", "assets:payouts-in-transit"
CASES = [
    # type, reporting category, amount, fee, the account of the fee, the counter account
    ("charge", "charge", 900, 30, PROCESSING, "income:donations:monthly"),
    ("payment", "charge", 900, 0, PROCESSING, "income:donations:monthly"),
    ("payment_failure_refund", "charge_failure", -900, 0, PROCESSING, "income:donations:monthly"),
    ("refund", "refund", -500, 0, PROCESSING, "income:refunds"),
    ("refund", "refund", -100, -10, PROCESSING, "income:refunds"),  # a fee that is given back
    ("refund", "partial_capture_reversal", -40, -1, PROCESSING, "income:donations:monthly"),
    ("payment_refund", "refund", -70, 0, PROCESSING, "income:refunds"),
    ("payment_refund", "refund", 70, 0, PROCESSING, "income:refunds"),
    ("refund_failure", "refund_failure", 500, 0, PROCESSING, "liabilities:refunds-owed"),
    ("adjustment", "refund_failure", 500, 0, PROCESSING, "liabilities:refunds-owed"),
    ("payment_reversal", "charge_failure", -80, 0, DISPUTE, "assets:disputes"),
    ("adjustment", "dispute", -3000, 1500, DISPUTE, "assets:disputes"),
    ("adjustment", "dispute_reversal", 3000, -1500, DISPUTE, "assets:disputes"),
    ("adjustment", "partial_capture_reversal", -5, 0, PROCESSING, "income:donations:monthly"),
    ("adjustment", "fee", -5, 0, PROCESSING, "expenses:fees:product"),
    ("stripe_fee", "fee", -104, 0, PROCESSING, "expenses:fees:product"),
    ("stripe_fx_fee", "fee", -7, 0, PROCESSING, "expenses:fees:fx"),
    ("tax_fee", "tax", -9, 0, PROCESSING, "expenses:fees:tax"),
    ("payout", "payout", -4825, 25, PROCESSING, TRANSIT),
    ("payout_cancel", "payout_reversal", 4825, 0, PROCESSING, TRANSIT),
    ("payout_failure", "payout", 4825, 0, PROCESSING, TRANSIT),
    ("payout_minimum_balance_hold", "payout_minimum_balance_hold", -10, 0, PROCESSING, RESERVE),
    ("payout_minimum_balance_release", "payout_minimum_balance_release", 10, 0, PROCESSING, RESERVE),
    ("reserve_transaction", "risk_reserved_funds", -10, 0, PROCESSING, RESERVE),
    ("reserved_funds", "risk_reserved_funds", -10, 0, PROCESSING, RESERVE),
    ("reserve_hold", "risk_reserved_funds", -10, 0, PROCESSING, RESERVE),
    ("reserve_release", "risk_reserved_funds", 10, 0, PROCESSING, RESERVE),
    ("payment_network_reserve_hold", "payment_network_reserved_funds", -10, 0, PROCESSING, RESERVE),
    ("payment_network_reserve_release", "payment_network_reserved_funds", 10, 0, PROCESSING, RESERVE),
    ("topup", "topup", 1000, 0, PROCESSING, "assets:topups-in-transit"),
    ("topup_reversal", "topup_reversal", -1000, 0, PROCESSING, "assets:topups-in-transit"),
    ("contribution", "contribution", -30, 0, PROCESSING, "expenses:contribution"),
    ("climate_order_purchase", "climate_order_purchase", -30, 0, PROCESSING, "expenses:contribution"),
    ("climate_order_refund", "climate_order_refund", 30, 0, PROCESSING, "expenses:contribution"),
]


@pytest.mark.parametrize(("kind", "category", "amount", "fee", "fees", "counter"), CASES)
def test_the_accounts_follow_type_and_category(
    kind: str, category: str, amount: int, fee: int, fees: str, counter: str
) -> None:
    entry = entry_for(row(amount, fee, type=kind, reporting_category=category), MONTHLY)
    assert entry is not None
    assert entry.alert is None
    expected = {"assets:stripe": amount - fee, fees: fee, counter: -amount}
    assert lines(entry) == {account: value for account, value in expected.items() if value}


def test_every_type_of_stripes_list_is_known_or_goes_to_suspense_on_purpose() -> None:
    hint = stripe.BalanceTransaction.__annotations__["type"]
    listed = {value for member in typing.get_args(hint) for value in typing.get_args(member)}
    assert len(listed) > 50
    assert {kind for kind, _ in RULES} | NOT_USED_HERE == listed
    for kind in NOT_USED_HERE:
        assert rule_for(row(type=kind)) is UNKNOWN


@pytest.mark.parametrize("frequency", ["once", "monthly", "annual"])
def test_income_is_told_apart_by_frequency(frequency: str) -> None:
    assert f"income:donations:{frequency}" in lines(entry_for(row(), Context(frequency=frequency)))


def test_a_frequency_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="weekly"):
        Context(frequency="weekly")


def test_money_of_another_business_on_the_account_is_other_income_and_its_refund_too() -> None:
    assert lines(entry_for(row(), Context()))["income:other"] == -5000
    refund = row(-5000, 0, type="refund", reporting_category="refund")
    assert lines(entry_for(refund, Context())) == {"assets:stripe": -5000, "income:other": 5000}


def test_the_fee_is_split_by_what_it_is_for_and_the_rest_is_processing() -> None:
    details = (part("stripe_fee", 100), part("tax", 20), part("stripe_fee", 30), part("application_fee", 5))
    assert lines(entry_for(row(5000, 175, fee_details=details), MONTHLY)) == {
        "assets:stripe": 4825,
        "expenses:fees:processing": 150,  # 100 + 30, and 20 that no detail explains
        "expenses:fees:tax": 20,
        "expenses:fees:product": 5,
        "income:donations:monthly": -5000,
    }


def test_a_fee_detail_in_another_currency_is_not_added_to_this_one() -> None:
    details = (part("tax", 20, currency="eur"),)
    assert lines(entry_for(row(5000, 175, fee_details=details), MONTHLY))["expenses:fees:processing"] == 175


def test_tax_on_stripes_own_fee() -> None:
    moved = row(-104, 8, type="stripe_fee", reporting_category="fee", fee_details=(part("tax", 8),))
    assert lines(entry_for(moved, Context())) == {
        "assets:stripe": -112,
        "expenses:fees:tax": 8,
        "expenses:fees:product": 104,
    }


@pytest.mark.parametrize(
    ("kind", "category"), [("quantum_fee", "fee"), ("adjustment", "other_adjustment"), ("adjustment", "")]
)
def test_what_no_rule_names_goes_to_suspense_and_a_person_is_told(kind: str, category: str) -> None:
    entry = entry_for(row(-10, 0, type=kind, reporting_category=category), MONTHLY)
    assert entry is not None
    assert lines(entry) == {"assets:stripe": -10, "suspense": 10}
    assert entry.kind == "unknown"
    assert entry.alert is not None
    assert kind in entry.alert


def test_a_net_that_is_not_amount_less_fee_keeps_stripes_balance_and_shows_the_rest() -> None:
    entry = entry_for(row(5000, 175, net=4800), MONTHLY)
    assert entry is not None
    assert lines(entry)["assets:stripe"] == 4800
    assert lines(entry)["suspense"] == 25
    assert entry.alert == "net is not amount less fee: 25 unexplained"


def test_a_row_that_moves_nothing_makes_no_entry() -> None:
    assert entry_for(row(0, 0), MONTHLY) is None


def test_a_fee_alone_is_an_entry() -> None:
    assert lines(entry_for(row(0, 30), MONTHLY)) == {"assets:stripe": -30, "expenses:fees:processing": 30}


def test_the_description_loses_addresses_and_a_strangers_text_is_not_taken() -> None:
    ours = entry_for(row(description="Gift of jane@example.org\x00"), MONTHLY)
    theirs = entry_for(row(description="Order of Jane Doe"), Context())
    stripes = entry_for(
        row(-5, 0, type="stripe_fee", source=None, description="Billing (2026-03)"), Context()
    )
    assert [entry.memo for entry in (ours, theirs, stripes) if entry] == [
        "Gift of <address>",
        "",
        "Billing (2026-03)",
    ]


AMOUNTS = st.integers(-(10**12), 10**12)
TYPES = st.sampled_from(sorted({kind for kind, _ in RULES} | NOT_USED_HERE | {"brand_new"}))
CATEGORIES = st.sampled_from(sorted({category for _, category in RULES} | {"", "charge", "other_adjustment"}))
DETAILS = st.builds(
    FeeDetail,
    type=st.sampled_from(["stripe_fee", "tax", "withheld_tax", "application_fee", "something_new"]),
    amount=AMOUNTS,
    currency=st.sampled_from(["usd", "usd", "jpy"]),
    description=st.just(""),
)


@st.composite
def rows(draw: st.DrawFn) -> BalanceTransaction:
    amount, fee = draw(AMOUNTS), draw(AMOUNTS)
    return BalanceTransaction(
        id="txn_1",
        type=draw(TYPES),
        reporting_category=draw(CATEGORIES),
        amount=amount,
        fee=fee,
        net=draw(st.one_of(st.just(amount - fee), AMOUNTS)),
        currency="usd",
        created=datetime(2026, 1, 1, tzinfo=UTC),
        available_on=datetime(2026, 1, 1, tzinfo=UTC),
        status="available",
        source=None,
        description="",
        exchange_rate=None,
        fee_details=tuple(draw(st.lists(DETAILS, max_size=4))),
    )


CONTEXTS = st.builds(Context, frequency=st.sampled_from([None, "once", "monthly", "annual"]))


@given(rows(), CONTEXTS)
def test_every_entry_balances_and_keeps_stripes_net_and_fee(
    moved: BalanceTransaction, context: Context
) -> None:
    entry = entry_for(moved, context)
    if entry is None:
        assert moved.net == 0
        return
    found = lines(entry)
    assert len(found) == len(entry.postings) >= 2
    assert all(found.values())
    assert set(found) <= CHART
    assert sum(found.values()) == 0
    assert found.get("assets:stripe", 0) == moved.net
    assert entry == entry_for(moved, context)


@given(AMOUNTS, AMOUNTS, st.lists(DETAILS, max_size=5), CONTEXTS)
def test_the_parts_of_a_fee_are_the_fee(
    amount: int, fee: int, details: list[FeeDetail], context: Context
) -> None:
    moved = row(amount, fee, fee_details=tuple(details))
    entry = entry_for(moved, context)
    if entry is None:
        assert fee == 0
        return
    fees = {account: value for account, value in lines(entry).items() if account.startswith("expenses:fees:")}
    assert sum(fees.values()) == fee
    tax = sum(each.amount for each in details if each.currency == "usd" and "tax" in each.type)
    assert fees.get("expenses:fees:tax", 0) == tax
