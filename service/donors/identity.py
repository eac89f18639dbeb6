"""Who a donor is: recognised by keyed hash, sealed when written, opened only to write to them."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service import clock
from service.crypto import Keyring, open_with, seal_with
from service.database import new_id
from service.donors.addresses import normal_form, provider_group
from service.donors.models import Donor, Identity


@dataclass(frozen=True, repr=False)
class Person:
    """An identity in clear, for the moment in which it is needed."""

    donor_id: str
    email: str
    name: str | None
    locale: str


def recognise(session: Session, keyring: Keyring, *, email: str, name: str | None, locale: str) -> str:
    """The donor of this address, made on first sight; a name given later is kept. Returns the donor's id."""
    lookup = keyring.lookup(normal_form(email))
    known = session.scalar(select(Identity).where(Identity.email_lookup == lookup))
    if known is None:
        known = _first_sight(session, keyring, email=email, lookup=lookup, locale=locale)
    if name and known.name_sealed is None:
        data_key = keyring.unwrap(known.wrapped_key, known.donor_id)
        known.name_sealed = seal_with(data_key, name, _place("name", known.donor_id))
        known.updated_at = clock.now()
    return known.donor_id


def reveal(session: Session, keyring: Keyring, donor_id: str) -> Person | None:
    """The person behind an id; None when erased."""
    identity = session.get(Identity, donor_id)
    if identity is None:
        return None
    data_key = keyring.unwrap(identity.wrapped_key, donor_id)
    name = identity.name_sealed
    return Person(
        donor_id=donor_id,
        email=open_with(data_key, identity.email_sealed, _place("email", donor_id)),
        name=open_with(data_key, name, _place("name", donor_id)) if name else None,
        locale=identity.locale,
    )


def _first_sight(session: Session, keyring: Keyring, *, email: str, lookup: bytes, locale: str) -> Identity:
    """Two workers may see one person first at the same moment: the unique look-up lets one of them win."""
    donor_id = new_id("dnr")
    now = clock.now()
    wrapped, data_key = keyring.new_data_key(donor_id)
    session.execute(insert(Donor).values(id=donor_id, created_at=now))
    session.execute(
        insert(Identity)
        .values(
            donor_id=donor_id,
            email_lookup=lookup,
            wrapped_key=wrapped,
            email_sealed=seal_with(data_key, email.strip(), _place("email", donor_id)),
            provider_group=provider_group(email),
            locale=locale,
            updated_at=now,
        )
        .on_conflict_do_nothing(index_elements=["email_lookup"])
    )
    winner = session.scalars(select(Identity).where(Identity.email_lookup == lookup)).one()
    if winner.donor_id != donor_id:
        session.delete(session.get_one(Donor, donor_id))
    return winner


def _place(column: str, donor_id: str) -> str:
    return f"identities.{column} of {donor_id}"
