"""The columns of reports: what each is, and how the database writes it into a file.

All formatting happens in SQL, so that a file of millions of rows streams through us untouched:
amounts as exact decimals of their currency, instants to the second in the newsroom's zone, free text
with a guard against formulas. Nothing here is a float, and nothing depends on a locale.
"""

import csv
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import LiteralString
from zoneinfo import ZoneInfo

from psycopg import sql

from service.money import Currency

# The pads of a keyed hash (see `donor_refs`), set for one transaction: they stand in no statement's text.
INNER_PAD, OUTER_PAD = "sustainer.inner_pad", "sustainer.outer_pad"

# A spreadsheet takes a cell that begins so for a formula, also behind spaces or a byte order mark.
# The last four are the full-width forms of = + - @.
FORMULA = "^[\\s\ufeff\u200b\u00a0\u3000]*[-=+@|%\t\r\n\uff1d\uff0b\uff0d\uff20]"


class Kind(StrEnum):
    """What a cell holds. TEXT is free text that somebody wrote; WORD is a word or id of Stripe's or ours."""

    WORD = "word"
    TEXT = "text"
    AMOUNT = "amount"
    MINOR = "minor"
    LOCAL = "local"
    UTC = "utc"
    PSEUDONYM = "pseudonym"


class Identity(StrEnum):
    """Whom a column tells about: nobody, somebody under a pseudonym, or a person."""

    NONE = "none"
    PSEUDONYM = "pseudonym"
    PERSON = "person"


@dataclass(frozen=True)
class Column:
    """`of` is an SQL expression over the report's rows; `currency` is that of an amount's currency."""

    name: str
    kind: Kind
    of: LiteralString
    currency: LiteralString = ""

    @property
    def guarded(self) -> bool:
        return self.kind is Kind.TEXT

    @property
    def identity(self) -> Identity:
        return Identity.PSEUDONYM if self.kind is Kind.PSEUDONYM else Identity.NONE

    def written(self, zone: ZoneInfo) -> sql.Composable:
        """The expression of the cell, under the column's name."""
        return sql.SQL("{} AS {}").format(self._cell(zone), sql.Identifier(self.name))

    def _cell(self, zone: ZoneInfo) -> sql.Composable:
        value = sql.SQL(self.of)
        match self.kind:
            case Kind.AMOUNT:
                return _decimal(value, sql.SQL(self.currency))
            case Kind.TEXT:
                return _guarded(value)
            case Kind.LOCAL:
                return _to_the_second(value, zone.key)
            case Kind.UTC:
                return _to_the_second(value, "UTC")
            case Kind.PSEUDONYM:
                return _keyed_hash(value)
            case Kind.WORD | Kind.MINOR:
                return value


def word(name: str, of: LiteralString) -> Column:
    return Column(name, Kind.WORD, of)


def text(name: str, of: LiteralString) -> Column:
    return Column(name, Kind.TEXT, of)


def amount(name: str, of: LiteralString, currency: LiteralString) -> Column:
    return Column(name, Kind.AMOUNT, of, currency)


def minor(name: str, of: LiteralString) -> Column:
    return Column(name, Kind.MINOR, of)


def local(name: str, of: LiteralString) -> Column:
    return Column(name, Kind.LOCAL, of)


def utc(name: str, of: LiteralString) -> Column:
    return Column(name, Kind.UTC, of)


def pseudonym(name: str, of: LiteralString) -> Column:
    return Column(name, Kind.PSEUDONYM, of)


def not_yet(name: str) -> Column:
    """A column whose facts are not kept yet: it has its place, so that files do not change shape."""
    return Column(name, Kind.WORD, "NULL")


def _decimal(value: sql.Composable, currency: sql.Composable) -> sql.Composable:
    """Whole units with exactly the currency's decimals; a currency that has none known fails the export."""
    branches = [
        sql.SQL("WHEN {} IN ({}) THEN ({}) * {}").format(
            currency,
            sql.SQL(", ").join(sql.Literal(code) for code in codes),
            value,
            sql.Literal(Decimal(1).scaleb(-exponent)),
        )
        for exponent, codes in _codes_by_exponent().items()
    ]
    return sql.SQL("CASE {} ELSE ('no decimals are known for ' || {})::numeric END").format(
        sql.SQL(" ").join(branches), currency
    )


@cache
def _codes_by_exponent() -> dict[int, list[str]]:
    grouped = defaultdict(list)
    with files("service").joinpath("currencies.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            currency = Currency.of(row["code"])
            grouped[currency.stripe_exponent].append(currency.code)
    return grouped


def _guarded(value: sql.Composable) -> sql.Composable:
    return sql.SQL("CASE WHEN {0} ~ {1} THEN '''' || {0} ELSE nullif({0}, '') END").format(
        sql.SQL("({})").format(value), sql.Literal(FORMULA)
    )


def _to_the_second(value: sql.Composable, zone: str) -> sql.Composable:
    """Cut, not rounded: a gift at 23:59:59.7 stays on its day."""
    return sql.SQL("date_trunc('second', ({}) AT TIME ZONE {})").format(value, sql.Literal(zone))


def _keyed_hash(value: sql.Composable) -> sql.Composable:
    """HMAC-SHA256 spelled out; each pad is read once for a whole export."""
    return sql.SQL(
        "encode(substring(sha256({} || sha256({} || convert_to({}, 'UTF8'))) FOR 16), 'hex')"
    ).format(_pad(OUTER_PAD), _pad(INNER_PAD), value)


def _pad(name: str) -> sql.Composable:
    return sql.SQL("(SELECT decode(current_setting({}), 'hex'))").format(sql.Literal(name))


def pads(key: bytes) -> dict[str, str]:
    """The two halves of the keyed hash under `key` (32 bytes, RFC 2104), as the database takes them."""
    block = key.ljust(64, b"\0")
    return {
        INNER_PAD: bytes(byte ^ 0x36 for byte in block).hex(),
        OUTER_PAD: bytes(byte ^ 0x5C for byte in block).hex(),
    }
