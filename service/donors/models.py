"""Donors: an opaque id for the books, and an identity that only the keys can read."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from service.database import Base


class Donor(Base):
    """What the rest of the program knows of a person: an id. It survives erasure; the identity does not."""

    __tablename__ = "donors"

    id: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]


class Identity(Base):
    """Name and address of one donor, sealed under a data key of their own; erasing deletes this row."""

    __tablename__ = "identities"

    donor_id: Mapped[str] = mapped_column(ForeignKey("donors.id"), primary_key=True)
    # HMAC of the address's normal form: how a donor who gives again is recognised.
    email_lookup: Mapped[bytes] = mapped_column(unique=True)
    wrapped_key: Mapped[bytes]
    email_sealed: Mapped[bytes]
    name_sealed: Mapped[bytes | None]
    # The large receiver the address belongs to, for throttles: the only thing about it in clear.
    provider_group: Mapped[str]
    locale: Mapped[str]
    updated_at: Mapped[datetime]
