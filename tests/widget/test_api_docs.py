"""The API's own description, as a page without a script."""

import re

from flask.testing import FlaskClient

from service.api_docs import grouped


def test_every_operation_is_described(browser: FlaskClient) -> None:
    spec = browser.get("/api/openapi.json").get_json()
    page = browser.get("/api/docs")
    assert page.status_code == 200
    for path, item in spec["paths"].items():
        for method in set(item) & {"get", "post", "put", "patch", "delete"}:
            assert f"<code>{method.upper()} {path}</code>" in page.text
    for field in ("frequency", "attribution.utm_term", "checkout_id", "expires_at"):
        assert f"<code>{field}</code>" in page.text


def test_it_needs_nothing_from_elsewhere(browser: FlaskClient) -> None:
    page = browser.get("/api/docs").text
    assert not re.search(r"<script|<style|\sstyle=|://", page)
    assert 'href="/api/openapi.json"' in page


def test_errors_are_described_as_they_are(browser: FlaskClient) -> None:
    spec = browser.get("/api/openapi.json").get_json()
    described = spec["components"]["responses"]["UNPROCESSABLE_ENTITY"]["content"]
    assert list(described) == ["application/problem+json"]
    sent = browser.post("/api/checkouts", json={"amount": 1})
    assert sent.content_type == "application/problem+json"
    assert set(sent.get_json()) <= set(spec["components"]["schemas"]["Problem"]["properties"])
    opened = spec["paths"]["/api/checkouts"]["post"]["responses"]["201"]["content"]
    assert list(opened) == ["application/json"]


def test_answers_alike_are_told_once(browser: FlaskClient) -> None:
    groups = grouped(browser.get("/api/openapi.json").get_json())
    (_, operations) = groups["donations"]
    (opening,) = [each for each in operations if each.method == "POST"]
    (answer,) = opening.answers
    assert [status for status, _ in answer.statuses] == ["200", "201"]
    assert [field.name for field in answer.fields] == ["id", "url", "expires_at"]
    assert {field.name for field in opening.body if field.required} == {"frequency", "amount", "currency"}
