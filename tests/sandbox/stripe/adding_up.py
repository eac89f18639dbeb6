"""Whether an account adds up: everything that Stripe promises of its own numbers, looked at from outside."""

from collections import Counter
from typing import Any

STANDING = ("pending", "requires_action", "succeeded")


def amiss(sandbox: Any) -> list[str]:
    """What does not add up; nothing, as it should be."""
    books = sandbox.look("books")
    rows = books["balance_transactions"]
    return [
        *in_the_rows(rows),
        *in_the_balance(rows, sandbox.client.v1.balance.retrieve()),
        *in_the_charges(books),
        *in_the_payouts(books),
    ]


def in_the_rows(rows: list[dict[str, Any]]) -> list[str]:
    wrong = [row["id"] for row in rows if row["net"] != row["amount"] - row["fee"]]
    wrong += [row["id"] for row in rows if sum(part["amount"] for part in row["fee_details"]) != row["fee"]]
    return [f"{name}: net, amount and fee" for name in wrong]


def in_the_balance(rows: list[dict[str, Any]], balance: Any) -> list[str]:
    summed: Counter[tuple[str, str]] = Counter()
    for row in rows:
        if row["balance_type"] == "payments":
            summed[row["currency"], row["status"]] += row["net"]
    wrong = []
    for status in ("available", "pending"):
        for part in balance[status]:
            there = summed.pop((part.currency, status), 0)
            if part.amount != there or part.source_types.card != there:
                wrong.append(f"{status} {part.currency}: shown {part.amount}, rows {there}")
    return wrong + [f"{place} is not shown" for place, net in summed.items() if net]


def in_the_charges(books: dict[str, Any]) -> list[str]:
    wrong = []
    for charge in books["charges"]:
        refunds = [refund for refund in books["refunds"] if refund["charge"] == charge["id"]]
        given_back = sum(refund["amount"] for refund in refunds if refund["status"] in STANDING)
        if not given_back == charge["amount_refunded"] <= charge["amount"]:
            wrong.append(f"{charge['id']}: refunds {given_back}, says {charge['amount_refunded']}")
        if charge["refunded"] != (given_back == charge["amount"]):
            wrong.append(f"{charge['id']}: refunded {charge['refunded']}")
    return wrong


def in_the_payouts(books: dict[str, Any]) -> list[str]:
    rows = {row["id"]: row for row in books["balance_transactions"]}
    wrong = []
    for payout in books["payouts"]:
        own = rows[payout["balance_transaction"]]
        if own["amount"] != -payout["amount"]:
            wrong.append(f"{payout['id']}: its row says {own['amount']}")
        inside = [rows[name] for name, place in books["paid_out"].items() if place == payout["id"]]
        if payout["reconciliation_status"] == "completed" and sum(row["net"] for row in inside):
            wrong.append(f"{payout['id']}: its rows come to {sum(row['net'] for row in inside)}")
        if {row["currency"] for row in inside} - {payout["currency"]}:
            wrong.append(f"{payout['id']}: rows of another currency")
    return wrong
