"""The chart of accounts: every account that a rule may post to, once for each currency.

The first word says what it is: assets, liabilities, equity, income, expenses; `suspense` holds what
nobody has explained yet and should be empty. In a report a debit is positive: assets and expenses
stand positive, income negative.
"""

STRIPE = "assets:stripe"
STRIPE_RESERVE = "assets:stripe-reserve"
PAYOUTS_IN_TRANSIT = "assets:payouts-in-transit"
TOPUPS_IN_TRANSIT = "assets:topups-in-transit"
BANK = "assets:bank"
DISPUTES = "assets:disputes"

REFUNDS_OWED = "liabilities:refunds-owed"
OPENING = "equity:opening"

DONATIONS = {
    "once": "income:donations:once",
    "monthly": "income:donations:monthly",
    "annual": "income:donations:annual",
}
REFUNDS = "income:refunds"
OTHER_INCOME = "income:other"

PROCESSING_FEES = "expenses:fees:processing"
DISPUTE_FEES = "expenses:fees:dispute"
PRODUCT_FEES = "expenses:fees:product"
FEE_TAX = "expenses:fees:tax"
EXCHANGE = "expenses:fees:fx"
DISPUTE_LOSSES = "expenses:dispute-losses"
CONTRIBUTION = "expenses:contribution"

SUSPENSE = "suspense"

CHART = frozenset(
    {
        *(STRIPE, STRIPE_RESERVE, PAYOUTS_IN_TRANSIT, TOPUPS_IN_TRANSIT, BANK, DISPUTES),
        *(REFUNDS_OWED, OPENING),
        *(*DONATIONS.values(), REFUNDS, OTHER_INCOME),
        *(PROCESSING_FEES, DISPUTE_FEES, PRODUCT_FEES, FEE_TAX, EXCHANGE),
        *(DISPUTE_LOSSES, CONTRIBUTION, SUSPENSE),
    }
)
