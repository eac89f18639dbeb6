"""What a parameter may be: each maker gives a reader that turns form text into a value."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.stripe import money
from sandbox.stripe.errors import Json, invalid, missing_parameter, unknown_parameter

Reader = Callable[[Any, str], Any]


@dataclass(frozen=True)
class Needed:
    """A parameter without which Stripe refuses."""

    read: Reader


Fields = Mapping[str, Reader | Needed]


def read_all(given: Json, fields: Fields, prefix: str = "") -> Json:
    """The values by name; what was not given is not there, what was given empty is None."""
    for name in given:
        if name not in fields:
            raise unknown_parameter(inside(prefix, name))
    values: Json = {}
    for name, field in fields.items():
        where = inside(prefix, name)
        if name not in given:
            if isinstance(field, Needed):
                raise missing_parameter(where)
            continue
        reader = field.read if isinstance(field, Needed) else field
        if given[name] == "":
            if isinstance(field, Needed):
                raise missing_parameter(where)
            values[name] = {} if reader is metadata else None
        else:
            values[name] = reader(given[name], where)
    return values


def inside(prefix: str, name: str) -> str:
    return f"{prefix}[{name}]" if prefix else name


def anything(value: Any, where: str) -> Any:
    """Taken as it comes; only booleans are recognised, since they cannot be anything else."""
    if isinstance(value, dict):
        return {key: anything(inner, inside(where, key)) for key, inner in value.items()}
    if isinstance(value, list):
        return [anything(inner, inside(where, str(at))) for at, inner in enumerate(value)]
    return {"true": True, "false": False, "": None}.get(value, value)


def text(longest: int = 5000) -> Reader:
    def read(value: Any, where: str) -> str:
        if not isinstance(value, str):
            raise invalid(f"Invalid string: {value}", where, "parameter_invalid_string")
        if len(value) > longest:
            raise invalid(
                f"Invalid string: {value[:20]}...{value[-8:]}; must be at most {longest} characters",
                where,
                "parameter_invalid_string",
            )
        return value

    return read


def integer(value: Any, where: str) -> int:
    try:
        if not isinstance(value, str) or not value.removeprefix("-").isascii():
            raise ValueError
        return int(value)
    except ValueError:
        raise invalid(f"Invalid integer: {value}", where, "parameter_invalid_integer") from None


def at_least(smallest: int) -> Reader:
    def read(value: Any, where: str) -> int:
        number = integer(value, where)
        if number < smallest:
            message = f"This value must be greater than or equal to {smallest}."
            raise invalid(message, where, "parameter_invalid_integer")
        return number

    return read


amount = at_least(0)
count = at_least(1)


def boolean(value: Any, where: str) -> bool:
    if value in ("true", "1"):
        return True
    if value in ("false", "0"):
        return False
    raise invalid(f"Invalid boolean: {value}", where)


def currency(value: Any, where: str) -> str:
    return money.check_currency(str(value), where)


def email(value: Any, where: str) -> str:
    address = text(512)(value, where)
    name, at, domain = address.rpartition("@")
    if not (name and at and "." in domain) or " " in address:
        raise invalid(f"Invalid email address: {address}", where, "email_invalid")
    return str(address)


def url(value: Any, where: str) -> str:
    address = str(text(5000)(value, where))
    if not address.startswith(("http://", "https://")) or len(address) < 10:
        raise invalid("Not a valid URL", where, "url_invalid")
    return address


def choice(*options: str) -> Reader:
    def read(value: Any, where: str) -> str:
        if value not in options:
            *most, last = options
            named = f"{', '.join(most)}, or {last}" if most else last
            raise invalid(f"Invalid {where}: must be one of {named}", where)
        return str(value)

    return read


def record(**fields: Reader | Needed) -> Reader:
    def read(value: Any, where: str) -> Json:
        if not isinstance(value, dict):
            raise invalid("Invalid object", where)
        return read_all(value, fields, where)

    return read


def listing(reader: Reader) -> Reader:
    def read(value: Any, where: str) -> list[Any]:
        if not isinstance(value, list):
            raise invalid("Invalid array", where)
        return [reader(inner, inside(where, str(at))) for at, inner in enumerate(value)]

    return read


def metadata(value: Any, where: str) -> dict[str, str]:
    """Up to 50 keys of 40 characters with values of 500; an empty value removes the key."""
    if not isinstance(value, dict):
        raise invalid("Invalid object", where)
    if len(value) > 50:
        raise invalid(f"You can have up to 50 metadata keys, but passed {len(value)}.", where)
    for key, entry in value.items():
        if not isinstance(entry, str):
            raise invalid(f"Metadata values must be strings: {key}", inside(where, key))
        if len(key) > 40:
            raise invalid(
                "Metadata keys can have up to 40 characters, but you passed in a key that is "
                f"{len(key)} characters. Invalid key: {key}",
                where,
            )
        if len(entry) > 500:
            raise invalid(
                "Metadata values can have up to 500 characters, but you passed in a value that "
                f"is {len(entry)} characters. Invalid value: {entry}",
                inside(where, key),
            )
    return dict(value)


def span(value: Any, where: str) -> Json:
    """A moment, or a range of moments: `created=1` or `created[gte]=1`."""
    if not isinstance(value, dict):
        return {"exactly": integer(value, where)}
    return read_all(value, {"gt": integer, "gte": integer, "lt": integer, "lte": integer}, where)


def merged(known: Json, given: Json) -> Json:
    """Metadata after an update: keys given empty are gone."""
    return {key: entry for key, entry in {**known, **given}.items() if entry != ""}


def present(given: Json) -> Json:
    """New metadata without the keys given empty."""
    return merged({}, given)


address = record(city=text(), country=text(2), line1=text(), line2=text(), postal_code=text(), state=text())
billing_details = record(address=address, email=email, name=text(), phone=text(), tax_id=text())
shipping = record(address=address, carrier=text(), name=text(), phone=text(), tracking_number=text())
expand = listing(text())
