"""Donations with their money in the books, and what an export makes of them."""

import csv
import io
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from service.crypto import Keyring
from service.database import Sessions
from service.donations.models import Donation
from service.donors.models import Donor
from service.gateway import BalanceTransaction
from service.ledger import Context, post
from service.reports import ExportRequest, Manifest, export
from tests.ledger.stripe_rows import NOON, row

RIGA = ZoneInfo("Europe/Riga")
_numbers = count(1)


@dataclass(frozen=True)
class Exported:
    """A file, as bytes and as rows."""

    written: bytes
    manifest: Manifest

    @property
    def rows(self) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.written.decode(), newline=""), strict=True))


def asked(
    report: str = "donations",
    *,
    date_from: str | None = None,
    date_to: str | None = None,
    currency: str | None = None,
    as_of: str | None = None,
    file_format: str = "csv",
    zone: ZoneInfo = RIGA,
) -> ExportRequest:
    return ExportRequest.parse(report, date_from, date_to, currency, as_of, file_format, zone)


def exported(engine: Engine, keyring: Keyring, request: ExportRequest) -> Exported:
    out = io.BytesIO()
    manifest = export(engine, request, out, keyring)
    return Exported(out.getvalue(), manifest)


def give(
    sessions: Sessions,
    moved: BalanceTransaction | None = None,
    *,
    donor: str | None = "dnr_1",
    attribution: dict[str, Any] | None = None,
    **other: Any,
) -> Donation:
    """A paid donation of a known donor, and its entry."""
    number = next(_numbers)
    moved = moved or row()
    donation = Donation(
        **{
            "id": f"don_{number:06d}",
            "payment_intent_id": f"pi_{number:06d}",
            "checkout_id": None,
            "recurring_donation_id": None,
            "donor_id": donor,
            "frequency": "once",
            "amount": moved.amount,
            "currency": moved.currency,
            "status": "paid",
            "attribution": attribution or {},
            "created_at": moved.created,
            "paid_at": moved.created,
            "charge_id": moved.source,
            "balance_transaction_id": moved.id,
            "invoice_id": None,
            "method": "card",
            "card_brand": "visa",
            "card_country": "LV",
            "presentment_amount": None,
            "presentment_currency": None,
            "failure_code": None,
            **other,
        }
    )
    with sessions.begin() as session:
        if donor and session.get(Donor, donor) is None:
            session.add(Donor(id=donor, created_at=NOON))
            session.flush()
        session.add(donation)
        context = Context(frequency=donation.frequency, donation_id=donation.id, request_id="req_1")
        post(session, [(moved, context)])
    return donation


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: float = 0) -> datetime:
    """An instant on the newsroom's clock."""
    whole = int(second)
    return datetime(year, month, day, hour, minute, whole, round((second - whole) * 1_000_000), tzinfo=RIGA)
