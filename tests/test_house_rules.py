"""The rules of the house, read from the repository itself: they fail when a promise breaks."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from service import create_app
from service.settings import Settings

ROOT = Path(__file__).parent.parent
OURS = ("service", "workers", "sandbox", "bench", "tests", "migrations")
DRAWERS = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "misc",
    "manager",
    "managers",
    "service",
    "base",
    "core",
}

# A file fits in the head. These are longer for a reason: one list read from top to bottom.
LONGER_FILES: dict[str, str] = {
    "service/settings.py": "every setting with its reason stands in one list",
}

# The only places that open a transaction: views, tasks, commands, and the loops that must open several
# because they talk to Stripe or to the relay in between.
ENTRANCES = {
    "service/commands/books.py",
    "service/commands/upkeep.py",
    "service/donations/opening.py",
    "service/donations/views.py",
    "service/donations/pages.py",
    "service/mail/delivery.py",
    "service/settling/adopting.py",
    "service/settling/polling.py",
    "service/settling/reconcile.py",
    "service/settling/rounds.py",
    "workers/tasks.py",
}

# Who may call a route; everything that is served stands here.
ACCESS = {
    "GET /api/checkouts/<checkout_id>": "anyone who holds the id: 128 random bits",
    "GET /api/docs": "anyone",
    "GET /api/openapi.json": "anyone",
    "GET /api/options": "anyone",
    "POST /api/checkouts": "anyone",
    "GET /donate": "anyone",
    "POST /donate": "anyone",
    "GET /thanks": "anyone who holds the id of the checkout",
    "GET /widget.js": "anyone",
    "GET /healthz": "anyone",
    "GET /readyz": "anyone",
    "GET /static/<path:filename>": "anyone",
}


def sources(*folders: str) -> Iterator[tuple[str, Path]]:
    for folder in folders or OURS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield str(path.relative_to(ROOT)), path


def calls(path: Path) -> Iterator[tuple[str, int]]:
    """Every call as dotted text, with its line."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node.lineno


@pytest.fixture(scope="module")
def app() -> Flask:
    environment = {
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none",
        "REDIS_URL": "redis://127.0.0.1:9",
        "STRIPE_SECRET_KEY": "sk_test_" + "0" * 24,
    }
    return create_app(Settings.from_environment(environment))


def test_no_drawer_names() -> None:
    found = [name for name, path in sources() if path.stem in DRAWERS and path.parent.name != ""]
    assert found == []


def test_a_file_fits_in_the_head() -> None:
    lengths = {
        name: len(path.read_text().splitlines()) for name, path in sources("service", "workers", "sandbox")
    }
    too_long = {name: length for name, length in lengths.items() if length > 200 and name not in LONGER_FILES}
    assert too_long == {}
    assert all(lengths[name] <= 400 for name in LONGER_FILES)


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        name
        for name, path in sources()
        if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []


def test_only_the_clock_reads_the_time() -> None:
    readers = re.compile(r"(datetime|date)\.(now|today|utcnow)|time\.(time|monotonic|perf_counter|time_ns)")
    found = [
        f"{name}:{line} {call}"
        for name, path in sources("service", "workers")
        if name != "service/clock.py"
        for call, line in calls(path)
        if readers.fullmatch(call)
    ]
    assert found == []


def test_business_time_is_never_taken_from_the_database() -> None:
    asked = re.compile(
        r"\b(SELECT|INSERT|UPDATE|DELETE)\b.*\b(now\(\)|current_timestamp|current_date|clock_timestamp\(\))",
        re.IGNORECASE | re.DOTALL,
    )
    found = [
        f"{name}:{node.lineno}"
        for name, path in sources("service", "workers")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and asked.search(node.value)
    ]
    assert found == []


def test_no_float_touches_anything() -> None:
    found = [
        f"{name}:{line}"
        for name, path in sources("service/donations", "service/ledger", "service/reports", "service/gateway")
        for call, line in calls(path)
        if call in ("float", "round")
    ]
    assert found == []


def test_transactions_are_opened_in_entrances_only() -> None:
    openers = ("sessions.begin", "engine.begin", "session.commit", "session.begin_nested")
    found = {
        name
        for name, path in sources("service", "workers")
        for call, _ in calls(path)
        if call.endswith(openers)
    }
    assert found <= ENTRANCES, found - ENTRANCES


def test_every_tick_names_a_task(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none",
        "REDIS_URL": "redis://127.0.0.1:9",
        "STRIPE_SECRET_KEY": "sk_test_" + "0" * 24,
    }.items():
        monkeypatch.setenv(name, value)
    from workers.app import app as celery
    from workers.timetable import TIMETABLE

    celery.loader.import_default_modules()
    ours = {name for name in celery.tasks if not name.startswith("celery.")}
    assert {entry["task"] for entry in TIMETABLE.values()} == ours
    assert {entry["options"]["queue"] for entry in TIMETABLE.values()} <= {"ticks", "mail"}


def test_every_route_has_an_access_decision(app: Flask) -> None:
    served = {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert served == set(ACCESS)


def test_every_route_is_documented() -> None:
    reference = (ROOT / "docs" / "reference.md").read_text()
    missing = [
        route
        for route in (*ACCESS, "POST /webhooks/stripe")
        if re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route) not in reference
    ]
    assert missing == []


def test_every_command_is_documented() -> None:
    from service.cli import sustainer

    reference = (ROOT / "docs" / "reference.md").read_text()
    assert [name for name in sustainer.commands if f"sustainer {name}" not in reference] == []


def test_nothing_names_a_registry_or_this_machine() -> None:
    tracked = [path for path in ROOT.glob("*") if path.is_file()] + list((ROOT / "docs").rglob("*.md"))
    found = [
        path.name
        for path in tracked
        if re.search(r"index[-]url|registry[.]npmjs|pypi[.]org/simple|/(?:root|work)/", path.read_text())
    ]
    assert found == []
