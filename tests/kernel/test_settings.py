"""Settings say everything that is wrong at once, and a live service refuses what is unsafe."""

from dataclasses import fields
from pathlib import Path

import pytest

from service.settings import Misconfigured, Settings

ROOT = Path(__file__).parent.parent.parent
LEAST = {
    "DATABASE_URL": "postgresql://x@/y",
    "REDIS_URL": "redis://127.0.0.1",
    "STRIPE_SECRET_KEY": "sk_test_" + "0" * 24,
}
OWN_KEY = "k1:" + "QUJD" * 10 + "QUI"
SAFE_LIVE = LEAST | {
    "STRIPE_SECRET_KEY": "sk_live_" + "0" * 24,
    "STRIPE_WEBHOOK_SECRETS": "whsec_x",
    "PUBLIC_URL": "https://give.lantern.news",
    "SECRET_KEY": "s" * 32,
    "PII_KEYS": OWN_KEY,
    "LOOKUP_KEYS": OWN_KEY,
    "MAIL_FROM": "support@lantern.news",
}


def problems(environment: dict[str, str]) -> list[str]:
    with pytest.raises(Misconfigured) as caught:
        Settings.from_environment(environment)
    return caught.value.problems


def test_every_missing_setting_is_named_at_once() -> None:
    assert problems({}) == [f"{name}: is not set" for name in LEAST]


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("PUBLIC_URL", "give.lantern.news", "http"),
        ("NEWSROOM_TIMEZONE", "Riga", "IANA"),
        ("DEFAULT_CURRENCY", "xts", "xts"),
        ("STRIPE_SECRET_KEY", "pk_test_1", "sk_test_"),
        ("SMTP_URL", "mail.example", "smtp"),
        ("WEB_PROCESSES", "two", "whole number"),
        ("PII_KEYS", "k1:abc", "32"),
        ("STATEMENT_SUFFIX", "longer than ten", "10"),
        ("LOG_LEVEL", "chatty", "DEBUG"),
        ("MAIL_FROM", "The Lantern <support@lantern.news>", "plain email address"),
        ("MAIL_FROM", "support", "plain email address"),
        ("LOCALES", "en, klingon!", "klingon"),
    ],
)
def test_a_value_that_does_not_fit_is_named_with_the_reason(name: str, value: str, reason: str) -> None:
    (problem,) = problems(LEAST | {name: value})
    assert problem.startswith(f"{name}: ")
    assert reason in problem


def test_locales_are_taken_however_they_are_written() -> None:
    assert Settings.from_environment(LEAST | {"LOCALES": "pt-BR, de"}).locales == ("pt_BR", "de")


def test_a_secret_may_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("sk_test_from_file\n")
    environment = LEAST | {"STRIPE_SECRET_KEY_FILE": str(tmp_path / "key")}
    assert Settings.from_environment(environment).stripe_secret_key == "sk_test_from_file"


def test_a_live_service_with_everything_of_its_own_starts() -> None:
    assert Settings.from_environment(SAFE_LIVE).live


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", ""),
        ("SECRET_KEY", "short"),
        ("STRIPE_WEBHOOK_SECRETS", ""),
        ("PUBLIC_URL", "http://give.lantern.news"),
        ("PII_KEYS", ""),
        ("LOOKUP_KEYS", ""),
        ("MAIL_FROM", ""),
        ("CLOCK_URL", "http://127.0.0.1/clock"),
    ],
)
def test_a_live_service_refuses_to_start_unsafe(name: str, value: str) -> None:
    assert [problem.split(":")[0] for problem in problems(SAFE_LIVE | {name: value})] == [name]


def test_no_secret_is_shown() -> None:
    assert "sk_test" not in repr(Settings.from_environment(LEAST))


def test_the_example_lists_every_setting_with_its_reason() -> None:
    example = (ROOT / ".env.example").read_text()
    expected = []
    for each in fields(Settings):
        expected.append((each.name.upper(), each.metadata["reason"]))
    listed = []
    reason: list[str] = []
    for line in example.splitlines():
        if line.startswith("# ") and not line.startswith("# ="):
            reason.append(line[2:])
        elif line and not line.startswith("#"):
            listed.append((line.partition("=")[0], " ".join(reason)))
            reason = []
        else:
            reason = []
    assert listed == expected
