"""Manners that every answer has: one shape of error, security headers, CORS by list, a request id."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from service import create_app
from service.settings import Settings

PAGES = ("/donate", "/thanks?checkout=none", "/no-such-page", "/api/docs", "/api/options", "/widget.js")


@pytest.fixture
def client(environment: dict[str, str]) -> Any:
    app = create_app(Settings.from_environment(environment))
    yield app.test_client()
    app.extensions["parts"].close()


@pytest.mark.parametrize("path", PAGES)
def test_the_content_policy_is_strict_everywhere(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert not any("unsafe" in value or "*" in value for value in policy.values())
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"]
    assert "Set-Cookie" not in headers


def test_forms_may_go_to_stripe_and_nowhere_else(environment: dict[str, str]) -> None:
    environment["STRIPE_API_BASE"] = "https://api.stripe.com"
    app = create_app(Settings.from_environment(environment))
    policy = app.test_client().get("/donate").headers["Content-Security-Policy"]
    assert "form-action 'self' https://checkout.stripe.com;" in policy
    app.extensions["parts"].close()


def test_transport_security_where_there_is_tls(environment: dict[str, str]) -> None:
    environment["PUBLIC_URL"] = "https://give.lantern.example"
    app = create_app(Settings.from_environment(environment))
    assert "max-age=" in app.test_client().get("/healthz").headers["Strict-Transport-Security"]
    app.extensions["parts"].close()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/nothing", 404),
        ("GET", "/api/checkouts/chk_none", 404),
        ("GET", "/api/checkouts/%00", 404),
        ("GET", "/api/checkouts/chk_" + "a" * 26, 404),
        ("PUT", "/api/checkouts", 405),
        ("POST", "/api/checkouts", 422),
    ],
)
def test_an_api_error_is_a_problem(client: FlaskClient, method: str, path: str, status: int) -> None:
    answer = client.open(path, method=method, json={} if method == "POST" else None)
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert {"type", "title", "status", "detail"} <= set(answer.get_json())
    assert answer.get_json()["status"] == status
    assert answer.get_json()["detail"]


def test_an_error_of_a_page_is_a_page(client: FlaskClient) -> None:
    answer = client.get("/no-such-page")
    assert (answer.status_code, answer.mimetype) == (404, "text/html")


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 422),
        (b'"text"', "application/json", 422),
        (b"\xff", "application/json", 400),
        (b"{}", "text/plain", 422),
        (b"x" * 70_000, "application/json", 413),
    ],
)
def test_a_body_that_is_none(client: FlaskClient, body: bytes, content_type: str, status: int) -> None:
    answer = client.post("/api/checkouts", data=body, content_type=content_type)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")


def test_only_listed_origins_may_ask(client: FlaskClient) -> None:
    listed = client.get("/api/options", headers={"Origin": "http://newsroom.example"})
    assert listed.headers["Access-Control-Allow-Origin"] == "http://newsroom.example"
    assert "Origin" in listed.headers["Vary"]
    for other in ("http://evil.example", "http://newsroom.example.evil.example", "null"):
        answer = client.get("/api/options", headers={"Origin": other})
        assert "Access-Control-Allow-Origin" not in answer.headers
    before = client.options(
        "/api/checkouts",
        headers={"Origin": "http://newsroom.example", "Access-Control-Request-Method": "POST"},
    )
    assert before.headers["Access-Control-Allow-Headers"] == "Content-Type"
    assert "Access-Control-Allow-Credentials" not in before.headers


def test_a_request_id_from_outside_is_taken_from_a_trusted_proxy_only(environment: dict[str, str]) -> None:
    for proxies, taken in (("0", False), ("1", True)):
        app = create_app(Settings.from_environment(environment | {"TRUSTED_PROXIES": proxies}))
        client = app.test_client()
        answer = client.get("/healthz", headers={"X-Request-Id": "given-by-proxy"})
        assert (answer.headers["X-Request-Id"] == "given-by-proxy") is taken
        odd = client.get("/healthz", headers={"X-Request-Id": "x" * 300})
        assert len(odd.headers["X-Request-Id"]) == 20
        app.extensions["parts"].close()


def test_a_mistake_of_ours_shows_nothing(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("a secret detail")

    monkeypatch.setattr("service.donations.views.suggested_currency", broken)
    client.application.config["PROPAGATE_EXCEPTIONS"] = False
    answer = client.get("/api/options")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.content_type == "application/problem+json"
