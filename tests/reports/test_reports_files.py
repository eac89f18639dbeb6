"""The three files: exact to the cent, to the second, to the byte."""

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from hmac import digest as hmac

import pytest
from sqlalchemy import func, select

from service.crypto import Keyring
from service.ledger import Context, post, trial_balance
from service.ledger.models import Entry
from service.reports import REPORTS, executor
from service.reports.columns import Identity
from tests.conftest import Database
from tests.ledger.stripe_rows import MONTHLY, NOON, part, row
from tests.reports.gifts import RIGA, asked, at, exported, give

# Other people's scripts read these files: names and order stay.
COLUMNS = {
    "donations": (
        "donation_id,created_local,created_utc,donor_ref,campaign,source,frequency,currency,gross,fee,net,"
        "gross_minor,presentment_amount,presentment_currency,charge_id,balance_transaction_id,"
        "payment_method_type,card_brand,status,refunded,disputed,payout_id,payout_arrival,fund,receipt_no,note"
    ),
    "ledger": (
        "reference,kind,effective_at_local,effective_at_utc,account,currency,debit,credit,amount_minor,"
        "donation_id,payout_id,description"
    ),
    "trial-balance": "account,currency,debit,credit,balance,balance_minor",
}
NOT_KEPT_YET = ("refunded", "disputed", "payout_id", "payout_arrival", "fund", "receipt_no", "note")


@pytest.fixture(autouse=True)
def no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else writes here, so that a young `as_of` needs no waiting."""
    monkeypatch.setattr(executor, "LATE_BY", timedelta(0))


def test_the_columns_are_the_contract(database: Database, keyring: Keyring) -> None:
    for report, columns in COLUMNS.items():
        assert exported(database.engine, keyring, asked(report)).written == f"{columns}\n".encode()
        assert all(column.identity != Identity.PERSON for column in REPORTS[report].columns)


def test_a_donation_line_by_line(database: Database, keyring: Keyring) -> None:
    moved = row(
        1234, 66, currency="eur", fee_details=(), created=datetime(2026, 3, 1, 10, 0, 0, 900000, tzinfo=UTC)
    )
    gift = give(
        database.sessions,
        moved,
        attribution={"campaign": "spring", "utm_source": "letter"},
        presentment_amount=1350,
        presentment_currency="usd",
        frequency="monthly",
    )
    (line,) = exported(database.engine, keyring, asked()).rows
    reference = hmac(keyring.lookup("donor-ref"), b"dnr_1", "sha256")[:16].hex()
    assert line == {
        "donation_id": gift.id,
        "created_local": "2026-03-01 12:00:00",
        "created_utc": "2026-03-01 10:00:00",
        "donor_ref": reference,
        "campaign": "spring",
        "source": "letter",
        "frequency": "monthly",
        "currency": "eur",
        "gross": "12.34",
        "fee": "0.66",
        "net": "11.68",
        "gross_minor": "1234",
        "presentment_amount": "13.50",
        "presentment_currency": "usd",
        "charge_id": moved.source,
        "balance_transaction_id": moved.id,
        "payment_method_type": "card",
        "card_brand": "visa",
        "status": "paid",
        **dict.fromkeys(NOT_KEPT_YET, ""),
    }


def test_a_donor_has_one_reference_and_a_stranger_none(database: Database, keyring: Keyring) -> None:
    for donor in ("dnr_1", "dnr_1", "dnr_2", None):
        give(database.sessions, donor=donor)
    written = exported(database.engine, keyring, asked())
    one, again, other, none = (line["donor_ref"] for line in written.rows)
    assert one == again != other
    assert none == ""
    assert b"dnr_" not in written.written


@pytest.mark.parametrize(
    ("currency", "minor", "fee", "decimals"),
    [
        ("usd", 5, 1, ("0.05", "0.01", "0.04")),
        ("usd", 123456789012, 0, ("1234567890.12", "0.00", "1234567890.12")),
        ("jpy", 500, 18, ("500", "18", "482")),
        ("kwd", 5120, 150, ("5.120", "0.150", "4.970")),
        ("isk", 150000, 4500, ("1500.00", "45.00", "1455.00")),
    ],
)
def test_amounts_have_exactly_the_decimals_of_their_currency(
    database: Database, keyring: Keyring, currency: str, minor: int, fee: int, decimals: tuple[str, str, str]
) -> None:
    give(database.sessions, row(minor, fee, currency=currency, fee_details=()))
    written = exported(database.engine, keyring, asked())
    (line,) = written.rows
    assert (line["gross"], line["fee"], line["net"]) == decimals
    assert line["gross_minor"] == str(minor)
    assert written.manifest.totals == {currency: dict(zip(("gross", "fee", "net"), decimals, strict=True))}


def test_half_a_unit_below_zero_keeps_its_sign(database: Database, keyring: Keyring) -> None:
    refund = row(-50, 0, type="refund", reporting_category="refund")
    with database.sessions.begin() as session:
        post(session, [(refund, MONTHLY)])
    ledger = exported(database.engine, keyring, asked("ledger")).rows
    assert [(line["account"], line["debit"], line["credit"], line["amount_minor"]) for line in ledger] == [
        ("assets:stripe", "", "0.50", "-50"),
        ("income:refunds", "0.50", "", "50"),
    ]
    balance = exported(database.engine, keyring, asked("trial-balance")).rows
    assert [(line["account"], line["balance"], line["balance_minor"]) for line in balance] == [
        ("assets:stripe", "-0.50", "-50"),
        ("income:refunds", "0.50", "50"),
    ]


def test_a_currency_without_known_decimals_fails_the_export(database: Database, keyring: Keyring) -> None:
    with database.sessions.begin() as session:
        post(session, [(row(currency="zzz", fee_details=()), MONTHLY)])
    with pytest.raises(Exception, match="no decimals are known for zzz"):
        exported(database.engine, keyring, asked("ledger"))


def test_the_ledger_line_by_line(database: Database, keyring: Keyring) -> None:
    charge = row(5000, 175, fee_details=(part("stripe_fee", 150), part("tax", 25)))
    payout = row(
        -4825,
        0,
        type="payout",
        reporting_category="payout",
        source="po_1",
        description="STRIPE PAYOUT",
        created=NOON + timedelta(days=2),
    )
    with database.sessions.begin() as session:
        post(session, [(payout, Context()), (charge, MONTHLY)])
    written = exported(database.engine, keyring, asked("ledger"))
    header, *lines = written.written.decode().splitlines()
    assert header == COLUMNS["ledger"]
    first = f"stripe:{charge.id},charge,2026-03-01 14:00:00,2026-03-01 12:00:00"
    second = f"stripe:{payout.id},payout,2026-03-03 14:00:00,2026-03-03 12:00:00"
    assert lines == [
        f"{first},assets:stripe,usd,48.25,,4825,don_1,,Monthly donation",
        f"{first},expenses:fees:processing,usd,1.50,,150,don_1,,Monthly donation",
        f"{first},expenses:fees:tax,usd,0.25,,25,don_1,,Monthly donation",
        f"{first},income:donations:monthly,usd,,50.00,-5000,don_1,,Monthly donation",
        f"{second},assets:stripe,usd,,48.25,-4825,,po_1,STRIPE PAYOUT",
        f"{second},assets:payouts-in-transit,usd,48.25,,4825,,po_1,STRIPE PAYOUT",
    ]
    assert written.manifest.rows == 6
    assert written.manifest.totals == {"usd": {"debit": "98.25", "credit": "98.25", "amount_minor": "0.00"}}
    assert written.manifest.sha256 == sha256(written.written).hexdigest()


def test_the_trial_balance_is_the_one_the_ledger_tells(database: Database, keyring: Keyring) -> None:
    for number in range(6):
        currency = "usd" if number % 2 else "eur"
        moved = row(1000 + number, 30, currency=currency, fee_details=(), created=at(2026, 3, 1 + number))
        give(database.sessions, moved)
    for last, until in ((None, None), ("2026-03-03", at(2026, 3, 4))):
        lines = exported(database.engine, keyring, asked("trial-balance", date_to=last)).rows
        with database.sessions() as session:
            told = trial_balance(session, until=until)
        assert [(line["account"], line["currency"], int(line["balance_minor"])) for line in lines] == [
            (each.account, each.currency, each.balance) for each in told
        ]
        assert {
            Decimal(line["debit"]) - Decimal(line["credit"]) - Decimal(line["balance"]) for line in lines
        } == {0}
    within = exported(
        database.engine, keyring, asked("trial-balance", date_from="2026-03-02", date_to="2026-03-02")
    )
    assert {line["account"]: line["balance"] for line in within.rows} == {
        "assets:stripe": "9.71",
        "expenses:fees:processing": "0.30",
        "income:donations:once": "-10.01",
    }


def test_the_last_instant_of_a_day_belongs_to_it(database: Database, keyring: Keyring) -> None:
    """Cut to the second and not rounded: 23:59:59.7 is still the old month."""
    last = row(created=at(2026, 1, 31, 23, 59, 59.7))
    first = row(created=at(2026, 2, 1))
    give(database.sessions, last)
    give(database.sessions, first)
    january = exported(database.engine, keyring, asked(date_from="2026-01-01", date_to="2026-01-31")).rows
    february = exported(database.engine, keyring, asked(date_from="2026-02-01", date_to="2026-02-28")).rows
    assert [(line["created_local"], line["balance_transaction_id"]) for line in january] == [
        ("2026-01-31 23:59:59", last.id)
    ]
    assert [line["created_local"] for line in february] == ["2026-02-01 00:00:00"]


@pytest.mark.parametrize(
    ("day", "utc_hours"),
    [("2026-03-29", (22, 20)), ("2026-10-25", (21, 21))],
    ids=["23 hours", "25 hours"],
)
def test_days_on_which_clocks_change(
    database: Database, keyring: Keyring, day: str, utc_hours: tuple[int, int]
) -> None:
    midday = datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=RIGA)
    begin = (midday.astimezone(UTC) - timedelta(days=1)).replace(hour=utc_hours[0])
    end = midday.astimezone(UTC).replace(hour=utc_hours[1], minute=59, second=59)
    for instant in (begin - timedelta(seconds=1), begin, end, end + timedelta(seconds=1)):
        give(database.sessions, row(created=instant))
    lines = exported(database.engine, keyring, asked(date_from=day, date_to=day)).rows
    assert [line["created_local"] for line in lines] == [f"{day} 00:00:00", f"{day} {'23:59:59'}"]
    assert [line["created_utc"] for line in lines] == [f"{begin:%F %T}", f"{end:%F %T}"]


def test_currencies_are_told_apart_and_never_added(database: Database, keyring: Keyring) -> None:
    give(database.sessions, row(1000, 0))
    give(database.sessions, row(2000, 0, currency="eur", fee_details=()))
    both = exported(database.engine, keyring, asked())
    assert both.manifest.totals == {
        "eur": {"gross": "20.00", "fee": "0.00", "net": "20.00"},
        "usd": {"gross": "10.00", "fee": "0.00", "net": "10.00"},
    }
    for report, rows in (("donations", 1), ("ledger", 2), ("trial-balance", 2)):
        only = exported(database.engine, keyring, asked(report, currency="eur"))
        assert {line["currency"] for line in only.rows} == {"eur"}
        assert (only.manifest.rows, list(only.manifest.totals)) == (rows, ["eur"])


FORMULAS = [
    *("=1+1", "+44 20", "-2", "@SUM(A1)", "|cmd", "%0A", "\t=1", "\r=1", "\n=1", "  =1", "\ufeff=1"),
    *("\uff1d1", "\uff0b1", "\uff0d1", "\uff201", "\u00a0=1", '=HYPERLINK("http://x","y")'),
]
PLAIN = [
    *('spring, or "autumn"', "two\nlines", "two\r\nlines", "čaj ☕ 🎈", "a=1", "'quoted'", "2-1", "\\.", ""),
]


def test_free_text_is_never_a_formula_and_otherwise_itself(database: Database, keyring: Keyring) -> None:
    for number, written in enumerate([*FORMULAS, *PLAIN]):
        give(
            database.sessions,
            row(created=NOON + timedelta(seconds=number)),
            attribution={"campaign": written, "utm_source": written},
        )
    file = exported(database.engine, keyring, asked())
    for column in ("campaign", "source"):
        assert [line[column] for line in file.rows] == [*(f"'{formula}" for formula in FORMULAS), *PLAIN]
    # Whoever reads it as RFC 4180 has it: rows of one length, and no cell that a spreadsheet would run.
    rows = list(csv.reader(io.StringIO(file.written.decode(), newline=""), strict=True))
    assert {len(cells) for cells in rows} == {26}
    assert not [
        cell
        for cells in rows
        for cell in cells
        if cell.lstrip(" \ufeff\u00a0")[:1] in set("=+-@|%\t\r\n＝＋－＠")
    ]


def test_a_description_is_guarded_too(database: Database, keyring: Keyring) -> None:
    give(database.sessions, row(description="=cmd"))
    assert {line["description"] for line in exported(database.engine, keyring, asked("ledger")).rows} == {
        "'=cmd"
    }


def test_a_failed_payment_says_so_once_the_books_do(database: Database, keyring: Keyring) -> None:
    gift = give(database.sessions, row(type="payment", source="py_1"))
    with database.sessions() as session:
        before = session.scalar(select(func.max(Entry.recorded_at)))
    assert before is not None
    back = row(-5000, 0, type="payment_failure_refund", reporting_category="charge_failure", source="py_1")
    with database.sessions.begin() as session:
        post(session, [(back, Context(frequency="once", donation_id=gift.id))])
    (now,) = exported(database.engine, keyring, asked()).rows
    (then,) = exported(database.engine, keyring, asked(as_of=before.isoformat())).rows
    assert (then["status"], now["status"]) == ("paid", "failed")


@pytest.mark.parametrize("report", list(REPORTS))
def test_as_of_makes_the_same_file_again_byte_for_byte(
    database: Database, keyring: Keyring, report: str
) -> None:
    for number in range(5):
        give(database.sessions, row(100 + number, 3, created=at(2026, 2, 1 + number)))
    with database.sessions() as session:
        as_of = session.scalar(select(func.max(Entry.recorded_at)))
    assert as_of is not None
    request = asked(report, date_from="2026-02-01", date_to="2026-02-28", as_of=as_of.isoformat())
    first = exported(database.engine, keyring, request)
    # Late facts of the same month.
    give(database.sessions, row(9999, 3, created=at(2026, 2, 3, 12)))
    give(database.sessions, row(9999, 3, currency="eur", fee_details=(), created=at(2026, 2, 4)))
    again = exported(database.engine, keyring, request)
    assert again.written == first.written
    assert again.manifest.sha256 == first.manifest.sha256
    now = exported(database.engine, keyring, asked(report, date_from="2026-02-01", date_to="2026-02-28"))
    assert now.written != first.written
