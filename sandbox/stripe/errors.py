"""Stripe's refusals, word for word where we know them."""

from typing import Any

Json = dict[str, Any]


class Refusal(Exception):
    """An answer that is not 200; its effects are undone unless Stripe would have kept them."""

    def __init__(
        self,
        status: int,
        kind: str,
        message: str,
        *,
        effects_stay: bool = False,
        **details: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.effects_stay = effects_stay
        self.error: Json = {"message": message, "type": kind}
        self.error.update({name: value for name, value in details.items() if value is not None})

    def body(self, request_id: str, at: int) -> Json:
        error = dict(self.error)
        if "code" in error:
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{dashed(error['code'])}"
        error["request_log_url"] = f"https://dashboard.stripe.com/test/logs/{request_id}?t={at}"
        return {"error": dict(sorted(error.items()))}


def dashed(code: str) -> str:
    return code.replace("_", "-")


def invalid(message: str, param: str | None = None, code: str | None = None) -> Refusal:
    return Refusal(400, "invalid_request_error", message, param=param, code=code)


def unknown_parameter(name: str) -> Refusal:
    return invalid(f"Received unknown parameter: {name}", name, "parameter_unknown")


def missing_parameter(name: str) -> Refusal:
    return invalid(f"Missing required param: {name}.", name, "parameter_missing")


def no_such(noun: str, object_id: str, param: str = "id", status: int = 404) -> Refusal:
    """What Stripe says of an id it does not know: 404 in the address, 400 in a parameter."""
    return Refusal(
        status,
        "invalid_request_error",
        f"No such {noun}: '{object_id}'",
        param=param,
        code="resource_missing",
    )


def unknown_url(method: str, path: str) -> Refusal:
    return Refusal(
        404,
        "invalid_request_error",
        f"Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs or we "
        "can help at https://support.stripe.com/.",
    )


def no_key() -> Refusal:
    return Refusal(
        401,
        "invalid_request_error",
        "You did not provide an API key. You need to provide your API key in the Authorization "
        "header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See "
        "https://stripe.com/docs/api#authentication for details, or we can help at "
        "https://support.stripe.com/.",
    )


def wrong_key(key: str) -> Refusal:
    return Refusal(401, "invalid_request_error", f"Invalid API Key provided: {key[:8]}{'*' * 12}{key[-4:]}")


def wrong_version(version: str) -> Refusal:
    return invalid(f"Invalid Stripe API version: {version}")


def other_parameters(key: str) -> Refusal:
    return Refusal(
        400,
        "idempotency_error",
        "Keys for idempotent requests can only be used with the same parameters they were first "
        f"used with. Try using a key other than '{key}' if you meant to execute a different "
        "request.",
    )


def other_endpoint(key: str, path: str) -> Refusal:
    return Refusal(
        400,
        "idempotency_error",
        "Keys for idempotent requests can only be used for the same endpoint they were first "
        f"used for ('{path}'). Try using a key other than '{key}' if you meant to execute a "
        "different request.",
    )


def key_in_use(key: str) -> Refusal:
    return Refusal(
        409,
        "idempotency_error",
        "There is currently another in-progress request using this Idempotent Key (that probably "
        "means you submitted twice, and the other request is still going through): "
        f"{key}. Please try again later.",
        code="idempotency_key_in_use",
    )


def locked() -> Refusal:
    return Refusal(
        409,
        "invalid_request_error",
        "This object cannot be accessed right now because another API request or Stripe process "
        "is currently accessing it. If you see this error intermittently, retry the request.",
        code="lock_timeout",
    )


def too_many() -> Refusal:
    return Refusal(
        429,
        "invalid_request_error",
        "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.",
        code="rate_limit",
    )


def broken() -> Refusal:
    return Refusal(
        500,
        "api_error",
        "Sorry! There was an error while talking to Stripe. We have already been notified of the "
        "problem, but please contact support@stripe.com with any questions you may have.",
    )
