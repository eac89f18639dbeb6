"""The command line: bad input is one line and exit code 2, a part that is away one line and exit code 1."""

import os
import subprocess
from pathlib import Path

import pytest

from service.cli import main
from service.parts import Parts
from tests.running import SUSTAINER

AWAY = {
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none",
    "REDIS_URL": "redis://127.0.0.1:9",
    "STRIPE_SECRET_KEY": "sk_test_" + "0" * 24,
    "STRIPE_API_BASE": "http://127.0.0.1:9",
    "SMTP_URL": "smtp://127.0.0.1:9",
}


def run(*arguments: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SUSTAINER, *arguments],
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")} | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["export"], "Missing argument 'REPORT'."),
        (["export", "gifts", "--from", "2026-01-01", "--to", "2026-01-31"], "'gifts' is no report"),
        (["export", "donations", "--from", "1.1.2026", "--to", "2026-01-31"], "--from: '1.1.2026' is no day"),
        (["export", "donations", "--from", "2026-02-01", "--to", "2026-01-01"], "lies after"),
        (["export", "donations", "--from", "2026-01-01", "--to", "2026-01-31", "--currency", "xts"], "xts"),
        (["export", "donations", "--from", "2026-01-01", "--to", "2026-01-31", "--format", "pdf"], "pdf"),
        (["export", "donations", "--from", "2026-01-01", "--to", "2026-01-31", "--as-of", "then"], "then"),
        (["replay"], "say either event ids, or --parked, or --since"),
        (["replay", "--since", "yesterday"], "'yesterday' is no day"),
        (["serve", "--port", "0"], "0 is not in the range"),
        (["worker", "--queue", "fast"], "'fast' is not one of"),
        (["reconcile", "--since", "x"], "'x' is no day"),
        (["adopt", "--from", "2026-13-01"], "'2026-13-01' is no day"),
        (["rebuild"], "Missing option '--check'."),
        (["close", "2026-10"], "Missing option '--by'."),
        (["nonsense"], "No such command 'nonsense'."),
    ],
)
def test_bad_input_is_one_line_and_two(
    arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In this process: starting a program for each slip of the hand would take a minute."""
    for name, value in AWAY.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    said = capsys.readouterr()
    assert ended.value.code == 2, said.err
    assert reason in said.err
    assert said.err.startswith("sustainer: ")
    assert said.err.count("\n") == 1
    assert said.out == ""


def test_the_program_itself_says_the_same() -> None:
    done = run("nonsense", environment=AWAY)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "sustainer: No such command 'nonsense'.\n"


def test_every_wrong_setting_is_named() -> None:
    done = run("serve", environment={})
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"sustainer: {name}: is not set" for name in ("DATABASE_URL", "REDIS_URL", "STRIPE_SECRET_KEY")
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ["migrate"],
        ["export", "donations", "--from", "2026-01-01", "--to", "2026-01-31"],
        ["replay", "--parked"],
        ["reconcile"],
        ["rebuild", "--check"],
    ],
)
def test_a_database_that_is_away_is_one_line_and_one(arguments: list[str]) -> None:
    done = run(*arguments, environment=AWAY)
    assert done.returncode == 1, done.stderr
    assert done.stderr.startswith("sustainer: the database cannot be ")
    assert done.stderr.count("\n") == 1


def test_the_doctor_names_everything_that_is_away() -> None:
    done = run("doctor", environment=AWAY)
    assert done.returncode == 1
    bad = {line.split(":")[0] for line in done.stdout.splitlines() if line.startswith("BAD")}
    assert bad == {"BAD  database", "BAD  broker", "BAD  mail relay", "BAD  stripe"}


def test_the_doctor_finds_what_does_not_fit(environment: dict[str, str]) -> None:
    """A service that runs as the owner of the books could change them: that is said."""
    as_owner = environment | {"DATABASE_URL": environment["DATABASE_OWNER_URL"]}
    assert "BAD  database role: owns the books" in run("doctor", environment=as_owner).stdout
    assert "ok   database role: may add to the books" in run("doctor", environment=environment).stdout


def test_an_unknown_event_is_named(environment: dict[str, str], parts: Parts) -> None:
    done = run("replay", "evt_none", environment=environment)
    assert (done.returncode, done.stderr) == (2, "sustainer: nothing to settle is known under evt_none\n")


def test_an_empty_export_is_its_header(environment: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "empty.csv"
    days = ("--from", "2026-01-01", "--to", "2026-12-31")
    done = run("export", "trial-balance", *days, "-o", str(file), environment=environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert file.read_text() == "account,currency,debit,credit,balance,balance_minor\n"
    refused = run("export", "trial-balance", *days, "-o", "/none/x.csv", environment=environment)
    assert refused.returncode == 2
    assert "cannot be written" in refused.stderr


def test_a_month_that_is_not_over_stays_open(environment: dict[str, str]) -> None:
    done = run("close", "2999-01", "--by", "anna", environment=environment)
    assert (done.returncode, done.stderr) == (2, "sustainer: 2999-01 is not over\n")
