"""What Stripe knows of currencies: smallest units, steps, smallest charges, fees and rates."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from sandbox.stripe.errors import Refusal, invalid

LARGEST_CHARGE = 99_999_999
MILLION = 1_000_000

CODES = (
    "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn "
    "bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd "
    "gnf gtq gyd hkd hnl hrk htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt "
    "lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr "
    "nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd "
    "std szl thb tjs tnd top try ttd twd tzs uah ugx usd uyu uzs vnd vuv wst xaf xcd xcg xof xpf "
    "yer zar zmw"
)
CODES_WITHOUT_DECIMALS = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf"
CURRENCIES = frozenset(CODES.split())
ZERO_DECIMAL = frozenset(CODES_WITHOUT_DECIMALS.split())
THREE_DECIMAL = frozenset(("bhd", "jod", "kwd", "omr", "tnd"))
# Written with two decimals for backwards compatibility, but without a smaller coin.
WHOLE_ONLY = frozenset(("isk", "ugx"))
PAID_OUT_WHOLE = WHOLE_ONLY | {"huf", "twd"}

SMALLEST_CHARGE = {
    "aed": 200, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250,
    "eur": 50, "gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200,
    "nok": 300, "nzd": 50, "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000, "usd": 50,
}  # fmt: skip

SYMBOLS = {
    "usd": "$", "eur": "€", "gbp": "£", "jpy": "¥", "aud": "A$", "cad": "CA$", "nzd": "NZ$",
    "inr": "₹", "krw": "₩", "brl": "R$", "mxn": "MX$", "ils": "₪", "vnd": "₫", "php": "₱",
}  # fmt: skip

FIXED_FEE = {
    "eur": 25, "gbp": 20, "sek": 180, "nok": 200, "dkk": 180, "czk": 650, "pln": 100, "huf": 8500,
}  # fmt: skip
FEE_PER_MILLE = 29
# What a bank debit costs: so many per mille, a fixed part, and no more than this.
DEBIT_FEES = {"sepa_debit": (0, 35, 35), "us_bank_account": (8, 0, 500)}

# Units of the currency for one US dollar on an account's first day.
PER_DOLLAR = {
    "usd": "1", "eur": "0.9200", "gbp": "0.7900", "cad": "1.3600", "aud": "1.5200",
    "chf": "0.8800", "jpy": "150.25", "sek": "10.45", "nok": "10.70", "dkk": "6.86",
    "pln": "3.95", "czk": "23.10", "huf": "362.40", "isk": "138.20", "kwd": "0.3070",
    "mxn": "17.05", "brl": "5.02", "inr": "83.10", "nzd": "1.6400", "sgd": "1.3400",
    "hkd": "7.8200", "krw": "1334.50", "ugx": "3720", "twd": "31.80", "zar": "18.70",
}  # fmt: skip


@dataclass(frozen=True)
class Settled:
    """A charge as it arrives in the balance: in another currency it has a rate."""

    amount: int
    currency: str
    rate: Decimal | None


def decimals(currency: str) -> int:
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def written(amount: int, currency: str) -> str:
    """The amount as a person reads it: `$25.00`, `¥500`, `5.120 KWD`."""
    places = decimals(currency)
    whole, part = divmod(abs(amount), 10**places)
    number = f"{whole:,}" + (f".{part:0{places}d}" if places else "")
    sign = "-" if amount < 0 else ""
    symbol = SYMBOLS.get(currency)
    return f"{sign}{symbol}{number}" if symbol else f"{sign}{number} {currency.upper()}"


def check_currency(currency: str, param: str) -> str:
    code = currency.lower()
    if code not in CURRENCIES:
        raise invalid(
            f"Invalid currency: {currency}. Stripe currently supports these currencies: "
            f"{', '.join(sorted(CURRENCIES))}",
            param,
        )
    return code


def check_steps(amount: int, currency: str, param: str) -> None:
    """Some currencies have no coin for the last digits."""
    if currency in WHOLE_ONLY and amount % 100:
        raise invalid(
            f"Invalid amount: {currency.upper()} has no decimals, so the amount must be evenly "
            "divisible by 100.",
            param,
            "invalid_charge_amount_no_decimal_compatible",
        )
    if currency in THREE_DECIMAL and amount % 10:
        raise invalid(
            f"Invalid amount: in {currency.upper()} the amount must be evenly divisible by 10.",
            param,
            "invalid_charge_amount",
        )


def payout_multiple(currency: str) -> int:
    """Banks take whole units only of some currencies that cards are charged in parts of."""
    if currency in PAID_OUT_WHOLE:
        return 100
    return 10 if currency in THREE_DECIMAL else 1


def too_small(amount: int, currency: str) -> bool:
    return amount < SMALLEST_CHARGE.get(currency, 1)


def smallest_charge(currency: str) -> str:
    amount = SMALLEST_CHARGE.get(currency, 1)
    places = decimals(currency)
    whole, part = divmod(amount, 10**places)
    number = f"{whole}.{part:0{places}d}" if places else f"{whole}"
    return f"{SYMBOLS.get(currency, '')}{number} {currency}"


def check_charge(amount: int, currency: str, param: str = "amount") -> None:
    check_steps(amount, currency, param)
    if too_small(amount, currency):
        raise invalid(f"Amount must be at least {smallest_charge(currency)}", param, "amount_too_small")
    check_largest(amount, currency, param)


def check_largest(amount: int, currency: str, param: str) -> None:
    if amount > LARGEST_CHARGE:
        raise invalid(
            f"Amount must be no more than {written(LARGEST_CHARGE, currency)}",
            param,
            "amount_too_large",
        )


def check_total(amount: int, currency: str) -> Refusal | None:
    if too_small(amount, currency):
        return invalid(
            f"The Checkout Session's total amount due must add up to at least {smallest_charge(currency)}",
            code="amount_too_small",
        )
    if amount > LARGEST_CHARGE:
        return invalid(
            "The Checkout Session's total amount due must be no more than "
            f"{written(LARGEST_CHARGE, currency)}",
            code="amount_too_large",
        )
    return None


def fee(amount: int, currency: str) -> int:
    """2.9 % and a fixed part, rounded half up, in integers."""
    usual = {0: 30, 2: 30, 3: 100}[decimals(currency)]
    return (amount * FEE_PER_MILLE + 500) // 1000 + FIXED_FEE.get(currency, usual)


def debit_fee(amount: int, method: str) -> int:
    """Bank debits cost little: a fixed part, or a share up to a limit."""
    per_mille, fixed, most = DEBIT_FEES[method]
    return min((amount * per_mille + 500) // 1000 + fixed, most)


def settle(amount: int, currency: str, account_currencies: tuple[str, ...], drift: int = 0) -> Settled:
    """Every currency settles in itself, unless the account keeps only a few."""
    if not account_currencies or currency in account_currencies or currency not in PER_DOLLAR:
        return Settled(amount, currency, None)
    return exchange(amount, currency, account_currencies[0], drift)


def exchange(amount: int, currency: str, home: str, drift: int = 0) -> Settled:
    """So much in another currency, at the usual rate and `drift` millionths more."""
    usual = Decimal(PER_DOLLAR[home]) / Decimal(PER_DOLLAR[currency])
    rate = (usual * (MILLION + drift) / MILLION).quantize(Decimal("1E-6"))
    shift = decimals(home) - decimals(currency)
    converted = (Decimal(amount) * rate).scaleb(shift).quantize(Decimal(1), ROUND_HALF_UP)
    return Settled(int(converted), home, rate)
