"""Refunds of converted donations: the donation is taken back at its own rate, the rest is the exchange's."""

from dataclasses import replace
from itertools import accumulate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.gateway import BalanceTransaction
from service.ledger import Context, RefundOf, entry_for
from service.ledger.refunding import share
from tests.ledger.stripe_rows import MONTHLY, row

# 100.00 GBP that came to 117.31 EUR.
CHARGE = RefundOf(settled=11731, settled_currency="eur", charged=10000, refunded=10000)


def refunded(amount: int, refund: RefundOf | None, **other: Any) -> dict[str, int]:
    moved = row(amount, 0, **({"type": "refund", "reporting_category": "refund", "currency": "eur"} | other))
    entry = entry_for(moved, replace(MONTHLY, refund=refund))
    assert entry is not None
    assert Context.read(entry.context) == replace(MONTHLY, refund=refund)
    return {posting.account: posting.amount for posting in entry.postings}


def test_a_whole_refund_leaves_nothing_of_the_donation_and_the_rest_is_exchange() -> None:
    assert refunded(-11800, CHARGE) == {
        "assets:stripe": -11800,
        "income:refunds": 11731,
        "expenses:fees:fx": 69,
    }
    assert refunded(-11650, CHARGE)["expenses:fees:fx"] == -81


def test_a_part_takes_its_part() -> None:
    third = replace(CHARGE, refunded=3333)
    assert refunded(-3900, third) == {
        "assets:stripe": -3900,
        "income:refunds": 3909,
        "expenses:fees:fx": -9,
    }
    assert refunded(-3900, replace(third, refunded_before=3333))["income:refunds"] == 3910
    assert refunded(-3900, replace(third, refunded=3334, refunded_before=6666))["income:refunds"] == 3912


def test_without_a_conversion_nothing_is_exchange() -> None:
    same = RefundOf(settled=5000, settled_currency="eur", charged=5000, refunded=1234, refunded_before=7)
    assert refunded(-1234, same) == {"assets:stripe": -1234, "income:refunds": 1234}
    assert refunded(-1234, None) == {"assets:stripe": -1234, "income:refunds": 1234}


def test_a_refund_from_another_balance_has_nothing_to_be_measured_by() -> None:
    assert refunded(-900, CHARGE, currency="usd") == {"assets:stripe": -900, "income:refunds": 900}


def test_a_refund_that_came_back_is_the_mirror_image() -> None:
    back = refunded(11800, CHARGE, type="payment_refund")
    assert back == {"assets:stripe": 11800, "income:refunds": -11731, "expenses:fees:fx": -69}


def test_what_is_no_refund_pays_no_heed_to_it() -> None:
    failed = refunded(11800, CHARGE, type="refund_failure", reporting_category="refund_failure")
    assert failed == {"assets:stripe": 11800, "liabilities:refunds-owed": -11800}


def test_a_shops_refund_is_measured_too() -> None:
    moved = row(-11800, 0, type="refund", reporting_category="refund", currency="eur")
    entry = entry_for(moved, Context(refund=CHARGE))
    assert entry is not None
    assert {posting.account: posting.amount for posting in entry.postings} == {
        "assets:stripe": -11800,
        "income:other": 11731,
        "expenses:fees:fx": 69,
    }


@pytest.mark.parametrize("wrong", [{"charged": 0}, {"refunded": -1}, {"refunded_before": -1}])
def test_what_is_no_refund_of_a_charge_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="is no refund of a charge"):
        replace(CHARGE, **wrong)  # type: ignore[arg-type]


def test_an_entry_that_was_written_before_reads_as_it_was() -> None:
    old = {"frequency": "once", "donation_id": "don_1", "request_id": None}
    assert Context.read(old) == Context(frequency="once", donation_id="don_1")
    assert Context.read(old).kept == old
    assert Context.read({}) == Context()


WHOLE = st.integers(1, 10**12)
PARTS = st.lists(st.integers(1, 10**9), min_size=1, max_size=8)


@given(WHOLE, PARTS)
def test_the_shares_of_all_parts_are_the_whole(whole: int, parts: list[int]) -> None:
    of = sum(parts)
    befores = [0, *accumulate(parts)]
    shares = [share(whole, part, before, of) for part, before in zip(parts, befores, strict=False)]
    assert sum(shares) == whole
    assert all(
        got >= 0 and abs(got * of - whole * part) < of for got, part in zip(shares, parts, strict=True)
    )


@given(WHOLE, PARTS, st.lists(st.integers(0, 10**12), min_size=8, max_size=8))
def test_after_the_last_part_the_donation_is_gone(whole: int, parts: list[int], rates: list[int]) -> None:
    taken, moved_by_stripe, exchange = 0, 0, 0
    befores = [0, *accumulate(parts)]
    for part, before, amount in zip(parts, befores, rates, strict=False):
        refund = RefundOf(
            settled=whole,
            settled_currency="eur",
            charged=sum(parts),
            refunded=part,
            refunded_before=before,
        )
        moved: BalanceTransaction = row(
            -amount, 0, type="refund", reporting_category="refund", currency="eur"
        )
        entry = entry_for(moved, replace(MONTHLY, refund=refund))
        lines = {posting.account: posting.amount for posting in entry.postings} if entry else {}
        taken += lines.get("income:refunds", 0)
        exchange += lines.get("expenses:fees:fx", 0)
        moved_by_stripe += lines.get("assets:stripe", 0)
    assert taken == whole
    assert taken + exchange + moved_by_stripe == 0
