"""Stripe's test bank accounts: what each IBAN and account number does, days after it was debited."""

from dataclasses import dataclass

from sandbox.stripe.declines import Decline

KINDS = ("sepa_debit", "us_bank_account")
# How long a bank takes to answer, and how long afterwards the money waits.
DAYS = {"sepa_debit": 5, "us_bank_account": 4}
DAYS_AFTER = 2
CURRENCY = {"sepa_debit": "eur", "us_bank_account": "usd"}
ROUTING_NUMBER = "110000000"


@dataclass(frozen=True)
class BankAccount:
    """A bank account, and how a debit of it ends."""

    kind: str
    number: str
    # succeeded, failed, disputed (soon after), returned (weeks after), processing (no answer ever)
    outcome: str = "succeeded"
    refusal: str = "insufficient_funds"
    slower_by: int = 0

    @property
    def last4(self) -> str:
        return self.number[-4:]

    @property
    def country(self) -> str:
        return self.number[:2] if self.kind == "sepa_debit" else "US"

    @property
    def days(self) -> int:
        return DAYS[self.kind] + self.slower_by


REFUSALS = {
    "insufficient_funds": "The customer's account has insufficient funds to cover this payment.",
    "account_closed": "The customer's bank account has been closed.",
    "no_account": "The customer's bank account could not be located.",
    "debit_not_authorized": "The customer has notified their bank that this payment was unauthorized.",
    "generic_decline": "The payment failed: the customer's bank gave no reason.",
}


def refused(code: str) -> Decline:
    return Decline(code, None, REFUSALS[code], code, advice=None, seller_message=REFUSALS[code])


def sepa(
    number: str, outcome: str = "succeeded", refusal: str = "generic_decline", later: int = 0
) -> BankAccount:
    return BankAccount("sepa_debit", number, outcome, refusal, later)


def ach(number: str, outcome: str = "succeeded", refusal: str = "insufficient_funds") -> BankAccount:
    return BankAccount("us_bank_account", number, outcome, refusal)


ACCOUNTS = {
    account.number: account
    for account in (
        sepa("AT611904300234573201"),
        sepa("AT321904300235473204", later=3),
        sepa("AT861904300235473202", "failed"),
        sepa("AT051904300235473205", "failed", later=3),
        sepa("AT591904300235473203", "disputed"),
        sepa("AT981904300002222227", "failed", "insufficient_funds"),
        sepa("DE89370400440532013000"),
        sepa("DE62370400440532013001", "failed"),
        sepa("DE35370400440532013002", "disputed"),
        sepa("FR1420041010050500013M02606"),
        sepa("IT60X0542811101000000123456", "failed"),
        ach("000123456789"),
        ach("000111111113", "failed", "account_closed"),
        ach("000111111116", "failed", "no_account"),
        ach("000222222227", "failed", "insufficient_funds"),
        ach("000333333335", "failed", "debit_not_authorized"),
        ach("000555555559", "disputed"),
        ach("000000000009", "processing"),
    )
}

# By the outcome that somebody wishes for: the account that gives it.
USUAL = {
    "sepa_debit": {
        "succeeded": "AT611904300234573201",
        "failed": "AT861904300235473202",
        "insufficient_funds": "AT981904300002222227",
        "disputed": "AT591904300235473203",
    },
    "us_bank_account": {
        "succeeded": "000123456789",
        "failed": "000111111113",
        "insufficient_funds": "000222222227",
        "disputed": "000555555559",
        "processing": "000000000009",
    },
}
# What the hosted page offers to click.
OFFERED = (
    ("AT611904300234573201", "Pays in 5 days"),
    ("AT861904300235473202", "Fails in 5 days"),
    ("AT591904300235473203", "Pays, is taken back"),
    ("000123456789", "Pays in 4 days"),
    ("000111111113", "Fails in 4 days"),
    ("000555555559", "Pays, is taken back"),
)
OUTCOMES = ("succeeded", "failed", "insufficient_funds", "disputed", "returned", "processing")


def account(kind: str, number: str) -> BankAccount | None:
    """The account behind a number; one that is no test account pays, if it can be one."""
    plain = "".join(letter for letter in number.upper() if letter.isalnum())
    known = ACCOUNTS.get(plain)
    if known is not None:
        return known if known.kind == kind else None
    if kind == "sepa_debit":
        return sepa(plain) if is_iban(plain) else None
    return ach(plain) if plain.isdecimal() and 4 <= len(plain) <= 17 else None


def is_iban(number: str) -> bool:
    if not 15 <= len(number) <= 34 or not number[:2].isalpha() or not number.isascii():
        return False
    turned = number[4:] + number[:4]
    return int("".join(str(int(letter, 36)) for letter in turned)) % 97 == 1
