"""What every lever under /_sandbox needs: its orders read, and a refusal that says why."""

from collections.abc import Callable
from typing import Any

from flask import request

from sandbox.stripe.errors import Json
from sandbox.stripe.world import World

FARTHEST = 100 * 366 * 86_400
Pull = Callable[[World, Json], Json]
# Levers that stand with the objects they move: each is one transaction.
LEVERS: dict[str, Pull] = {}


class Amiss(ValueError):
    """A request to a lever that cannot be done; the message says why."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def lever(name: str, *fields: str) -> Callable[[Pull], Pull]:
    """`POST /_sandbox/{name}`; orders not named here are refused."""

    def enter(pull: Pull) -> Pull:
        def checked(world: World, given: Json) -> Json:
            unknown = set(given) - set(fields)
            if unknown:
                raise Amiss(f"unknown: {', '.join(sorted(unknown))}")
            return pull(world, given)

        LEVERS[name] = checked
        return pull

    return enter


def body() -> Json:
    """JSON, or a form."""
    given: Any = request.form.to_dict()
    if not given and request.get_data():
        given = request.get_json(force=True, silent=True)
    if not isinstance(given, dict):
        raise Amiss("the body is not a JSON object")
    return given


def whole_number(given: Json, name: str, usual: int | None = None) -> int:
    number = signed(given, name, usual)
    if not 0 <= number <= FARTHEST:
        raise Amiss(f"{name} is between 0 and {FARTHEST}")
    return number


def signed(given: Json, name: str, usual: int | None = None) -> int:
    """An amount of smallest units, or a count; it may be below nothing."""
    value = given.get(name, usual)
    try:
        return int(str(value))
    except ValueError:
        raise Amiss(f"{name} is a whole number") from None


def one_of(given: Json, name: str, options: tuple[str, ...], usual: str | None = None) -> str:
    value = given.get(name, usual)
    if value not in options:
        raise Amiss(f"{name} is one of {', '.join(options)}")
    return str(value)


def the(world: World, given: Json, name: str, kind: str) -> Json:
    """The object that an order names."""
    found = world.store.get(str(given.get(name)))
    if found is None or found["object"] != kind:
        noun = kind.rpartition(".")[2].replace("_", " ")
        raise Amiss(f"no such {noun}: {given.get(name)}", 404)
    return found
