"""One shape of error: `application/problem+json` (RFC 9457) for a machine, a page for a person.

A problem has `type, title, status, detail, errors{field: [reason]}`.
"""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, jsonify, render_template, request
from flask_smorest import Api
from marshmallow import Schema, fields
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from werkzeug.exceptions import HTTPException

from service.database import DatabaseAway

MACHINE_PATHS = ("/api/", "/healthz", "/readyz")

log = logging.getLogger(__name__)


class Problem(Exception):
    """Why a request cannot be granted, in words for the one who sent it."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: Mapping[str, Sequence[str]] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors or {}
        self.retry_after = retry_after

    def answer(self) -> Response:
        body: dict[str, Any] = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
        }
        if self.errors:
            body["errors"] = self.errors
        answer = jsonify(body)
        answer.status_code = self.status
        answer.content_type = "application/problem+json"
        if self.retry_after is not None:
            answer.headers["Retry-After"] = str(self.retry_after)
        return answer


class ProblemSchema(Schema):
    """An error: `detail` is a sentence for the one who asked, `errors` names each field at fault."""

    type = fields.String()
    title = fields.String()
    status = fields.Integer()
    detail = fields.String()
    errors = fields.Dict(keys=fields.String(), values=fields.List(fields.String()))


class ProblemApi(Api):  # type: ignore[misc]
    """flask-smorest, answering and describing errors in our one shape."""

    ERROR_SCHEMA = ProblemSchema

    def _register_responses(self) -> None:
        """Errors alone are described by these defaults, and have a content type of their own."""
        self.DEFAULT_RESPONSE_CONTENT_TYPE = "application/problem+json"
        super()._register_responses()
        del self.DEFAULT_RESPONSE_CONTENT_TYPE

    def handle_http_exception(self, error: HTTPException) -> Response:
        return answer_to(error)


def answer_to(error: HTTPException) -> Response:
    """A problem for a machine, a page for a person."""
    status = error.code or 500
    if not _for_a_machine():
        return _page(status, error.description or "")
    data = getattr(error, "data", None) or {}
    messages = data.get("messages") or {}
    errors = _by_field(messages)
    detail = "Some fields are not as they must be." if errors else (error.description or "")
    return Problem(status, detail, errors=errors).answer()


def _by_field(messages: Mapping[str, Any]) -> dict[str, list[str]]:
    """webargs nests by location and by field; we say `field: [reason]`, nested fields with a dot."""
    errors: dict[str, list[str]] = {}

    def walk(path: str, value: Any) -> None:
        if isinstance(value, Mapping):
            for name, inner in value.items():
                walk(f"{path}.{name}" if path else str(name), inner)
        else:
            errors[path or "body"] = (
                [str(reason) for reason in value] if isinstance(value, list) else [str(value)]
            )

    for by_field in messages.values():
        walk("", by_field)
    return errors


def answer_all(app: Flask) -> None:
    """Give every error of this app its answer; none shows what went wrong inside."""

    @app.errorhandler(Problem)
    def problem(error: Problem) -> Response:
        return error.answer() if _for_a_machine() else _page(error.status, error.detail)

    app.register_error_handler(HTTPException, answer_to)

    @app.errorhandler(DatabaseAway)
    @app.errorhandler(OperationalError)
    @app.errorhandler(NoConnection)
    def database_away(error: Exception) -> Response:
        log.error("the database cannot be reached", extra={"reason": type(error).__name__})
        away = Problem(503, "The service is not available just now; please try again.", retry_after=5)
        return away.answer() if _for_a_machine() else _page(away.status, away.detail)

    @app.errorhandler(Exception)
    def unforeseen(error: Exception) -> Response:
        log.exception("a request failed", exc_info=error)
        detail = "Something went wrong on our side. Nothing was lost; please try again."
        return Problem(500, detail).answer() if _for_a_machine() else _page(500, detail)


def _for_a_machine() -> bool:
    return request.path.startswith(MACHINE_PATHS)


def _page(status: int, detail: str) -> Response:
    body = render_template("error.html", title=HTTPStatus(status).phrase, detail=detail, status=status)
    return Response(body, status=status, content_type="text/html; charset=utf-8")
