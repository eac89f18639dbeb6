"""A loud newsroom names nobody in its logs; those of every other test are read when the run ends."""

from pathlib import Path

import pytest

from sandbox.embedded import Embedded
from tests.conftest import newsroom_environment, own_broker
from tests.log_scan import DONOR, NAME, forbidden_in
from tests.programs import LOGS, ask, pay, until
from tests.running import running


@pytest.mark.timeout(180)
def test_nobody_is_named_in_any_log(embedded: Embedded, template: str, tmp_path: Path) -> None:
    owner_url, url = embedded.create_database("logs_of_the_run", template=template)
    loud = newsroom_environment(owner_url, url, own_broker(embedded)) | {"LOG_LEVEL": "DEBUG"}
    with running(loud, tmp_path) as newsroom:
        wish = {"frequency": "monthly", "amount": 777, "currency": "eur", "email": DONOR}
        opened = ask(f"{newsroom.web}/api/checkouts", wish)
        ask(f"{newsroom.web}/api/checkouts", wish | {"email": "not an address@x.example"})
        ask(f"{newsroom.web}/webhooks/stripe", {"email": DONOR})
        pay(newsroom.stripe, opened["url"].rpartition("/")[2], email=DONOR, name=NAME)
        until(lambda: newsroom.messages_to(DONOR), "the receipt")
    logs = [path for path in LOGS if path.is_relative_to(tmp_path)]
    assert {"web.log", "worker.log", "clock.log"} <= {path.name for path in logs}
    assert sum(path.stat().st_size for path in logs) > 1000
    assert forbidden_in([*logs, *embedded.logs.rglob("*.log")]) == []


@pytest.mark.parametrize(
    "line",
    [
        "ada@reader.example gave",
        "sk_test_12345678",
        "from 203.0.113.9",
        "card 4242424242424242",
        f"hello {NAME}",
    ],
)
def test_a_line_that_names_somebody_is_found(tmp_path: Path, line: str) -> None:
    (tmp_path / "loud.log").write_text(f"all is well\n{line}\n")
    (found,) = forbidden_in([tmp_path / "loud.log"])
    assert found.startswith("loud.log:2: ")
