"""What every lever under /_sandbox needs: its orders read, and a refusal that says why."""

from typing import Any

from flask import request

from sandbox.stripe.errors import Json

FARTHEST = 100 * 366 * 86_400


class Amiss(ValueError):
    """A request to a lever that cannot be done; the message says why."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def body() -> Json:
    """JSON, or a form."""
    given: Any = request.form.to_dict()
    if not given and request.get_data():
        given = request.get_json(force=True, silent=True)
    if not isinstance(given, dict):
        raise Amiss("the body is not a JSON object")
    return given


def whole_number(given: Json, name: str, usual: int | None = None) -> int:
    value = given.get(name, usual)
    try:
        number = int(str(value))
    except ValueError:
        raise Amiss(f"{name} is a whole number") from None
    if not 0 <= number <= FARTHEST:
        raise Amiss(f"{name} is between 0 and {FARTHEST}")
    return number
