"""Money: whole numbers of Stripe's smallest unit, always with their currency; never a float.

Every column and field called `amount` holds minor units as Stripe counts them. The table
`currencies.csv` says how many decimals that is: mostly as ISO 4217 has it, with Stripe's
exceptions (ISK and UGX are counted in hundredths that must be 00; KWD in thousandths ending in 0).
"""

import csv
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files

from babel import Locale
from babel.numbers import format_currency

# CLDR parts `CHF` from the figures but not `$`; Babel leaves that to the caller.
_LETTER_BESIDE_FIGURE = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")


class UnknownCurrency(ValueError):
    """A currency that `currencies.csv` does not list: refused, never guessed."""


@dataclass(frozen=True)
class Currency:
    """What Stripe does with one currency. `code` is lower case, as Stripe writes it."""

    code: str
    iso_exponent: int
    stripe_exponent: int
    charge_multiple: int
    payout_multiple: int

    @classmethod
    def of(cls, code: str) -> "Currency":
        found = _table().get(code)
        if found is None:
            raise UnknownCurrency(f"{code!r} is no currency that is known here")
        return found

    @property
    def unit(self) -> int:
        """Minor units in one whole unit: 100 for a dollar, 1 for a yen."""
        return int(10**self.stripe_exponent)

    @property
    def shown_decimals(self) -> int:
        """Decimals a reader sees: none where the charge step is a whole unit (ISK, UGX)."""
        return 0 if self.charge_multiple == self.unit else self.stripe_exponent


@dataclass(frozen=True, order=True)
class Money:
    """An amount of minor units in a currency; amounts of two currencies are never added."""

    currency: str
    amount: int

    def __post_init__(self) -> None:
        if type(self.amount) is not int:
            raise TypeError(f"money is a whole number of minor units, not {self.amount!r}")
        Currency.of(self.currency)

    @property
    def decimal(self) -> Decimal:
        """In whole units, exact, with the currency's own number of decimals."""
        return Decimal(self.amount).scaleb(-Currency.of(self.currency).stripe_exponent)

    def __str__(self) -> str:
        return f"{self.decimal:f} {self.currency.upper()}"

    def written(self, locale: str, *, short: bool = False) -> str:
        """As a reader of `locale` (`en`, `pt_BR`) writes it; `short` leaves out decimals that are zero."""
        currency = Currency.of(self.currency)
        whole = self.amount % currency.unit == 0
        decimals = 0 if whole and short else currency.shown_decimals
        pattern = Locale.parse(locale).currency_formats["standard"].pattern
        text = format_currency(
            self.decimal,
            currency.code.upper(),
            format=pattern.replace(".00", "." + "0" * decimals if decimals else ""),
            locale=locale,
            currency_digits=False,
        )
        return _LETTER_BESIDE_FIGURE.sub("\u00a0", text)


@cache
def _table() -> dict[str, Currency]:
    with files("service").joinpath("currencies.csv").open(encoding="utf-8") as lines:
        return {
            row["code"]: Currency(
                code=row["code"],
                iso_exponent=int(row["iso_exponent"]),
                stripe_exponent=int(row["stripe_exponent"]),
                charge_multiple=int(row["charge_multiple"]),
                payout_multiple=int(row["payout_multiple"]),
            )
            for row in csv.DictReader(lines)
        }
