"""Stripe's own CLI as a stranger: its scripts run against the sandbox, and the events they promise come."""

import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.asking import everything
from tests.conformance.stripe_spec import Spec, place
from tests.programs import ROOT, ask, stripe_sandbox

KEY = "sk_test_" + "0" * 24
INSTALLED = ROOT / ".local" / "stripe-cli" / "node_modules" / "@stripe" / "cli-linux-x64" / "bin" / "stripe"
TRIGGERS = tomllib.loads((Path(__file__).parent / "triggers.toml").read_text())
OURS: dict[str, str] = {script: event or script for script, event in TRIGGERS["ours"].items()}


@dataclass
class Run:
    """One script: how it ended, what it said."""

    status: int
    output: str


@dataclass
class Cli:
    """The program, kept on this machine: its proxy is a dead end, and only loopback needs none."""

    program: Path
    home: Path
    url: str

    def run(self, *command: str) -> Run:
        environment = {
            "HOME": str(self.home),
            "HTTPS_PROXY": "http://127.0.0.1:1",
            "HTTP_PROXY": "http://127.0.0.1:1",
            "NO_PROXY": "127.0.0.1",
            "STRIPE_CLI_TELEMETRY_OPTOUT": "1",
        }
        done = subprocess.run(
            [str(self.program), *command],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return Run(done.returncode, done.stdout + done.stderr)

    def trigger(self, script: str) -> Run:
        return self.run("trigger", script, "--api-base", self.url, "--api-key", KEY)


def program() -> Path:
    """Where the CLI is; in CI it must be there, elsewhere the suite says that it is not."""
    found = Path(os.environ.get("STRIPE_CLI") or INSTALLED)
    if not found.is_file():
        if os.environ.get("CI") == "true":
            pytest.fail(f"Stripe's CLI is not at {found}: run .ci/stripe-cli")
        pytest.skip(f"not present: {found} (.ci/stripe-cli brings it)")
    return found


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    where = program()
    folder = tmp_path_factory.mktemp("cli")
    with stripe_sandbox(folder, "--settle-delay-ms", "0", "--orderly") as url:
        yield Cli(where, folder, url)


@pytest.fixture(scope="module")
def runs(cli: Cli) -> dict[str, Run]:
    """Every script that concerns us, a few at a time, against one sandbox."""
    with ThreadPoolExecutor(4) as pool:
        return dict(zip(OURS, pool.map(cli.trigger, OURS), strict=True))


@pytest.fixture(scope="module")
def events(cli: Cli, runs: dict[str, Run]) -> list[dict[str, Any]]:
    """What is told afterwards; some of it comes half a second or some days later."""
    ask(f"{cli.url}/_sandbox/advance", {"seconds": 30 * 86_400})
    return everything(cli.url, "events")


@pytest.mark.parametrize("script", OURS)
def test_a_script_of_stripes(script: str, runs: dict[str, Run], events: list[dict[str, Any]]) -> None:
    assert runs[script].status == 0, runs[script].output
    told = [event for event in events if event["type"] == OURS[script]]
    promised = sum(event == OURS[script] for event in OURS.values())
    assert len(told) >= promised


def test_what_strangers_leave_behind_has_its_shape(events: list[dict[str, Any]]) -> None:
    if not place().is_file():
        pytest.skip(f"not present: {place()}")
    spec = Spec(place())
    assert [fault for event in events for fault in spec.faults(event)] == []


def test_every_script_is_named(cli: Cli) -> None:
    """A new version of the CLI that can do more must be looked at."""
    offered = re.findall(
        r"^  ([a-z0-9_]+(?:\.[a-z0-9_]+)+)$", cli.run("trigger", "--help").output, re.MULTILINE
    )
    assert sorted(offered) == sorted([*OURS, *TRIGGERS["others"]])
