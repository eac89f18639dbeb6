"""Everything in its order: databases, the world outside, the service; and back again."""

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from sandbox.demo.addresses import Addresses
from sandbox.demo.crew import Crew, Member
from sandbox.demo.folder import Folder
from sandbox.demo.leftovers import end_leftovers
from sandbox.demo.settings import Databases, environment, given, settings
from sandbox.demo.welcome import screen
from sandbox.embedded import Embedded, start
from sandbox.embedded.claim import Watchdog, claim

SUSTAINER = str(Path(sys.executable).parent / "sustainer")


class AskedToGo(Exception):
    """A signal came while we were still starting."""


class Impossible(Exception):
    """What was asked for cannot be done; the message says why."""


@dataclass
class Supervisor:
    folder: Folder
    port: int
    fresh: bool
    asked_to_go: bool = False

    def run(self) -> None:
        """Start all of it, look after it until we are asked to go, end all of it."""
        began = time.monotonic()
        self._listen_for_signals()
        with ExitStack() as house:
            watchdog = house.enter_context(claim(self.folder.path))
            self.folder.retract()
            end_leftovers(self.folder.path)
            databases, embedded = self._databases(house)
            if self.fresh:
                self.folder.wipe()
            addresses = Addresses.choose(self.port)
            for name in filter(given, ("DATABASE_URL", "REDIS_URL")):
                tell(f"{name} is taken from your environment")
            if addresses.web_port != self.port:
                tell(f"port {self.port} is taken, the service is on {addresses.web_port}")
            ours = settings(databases, addresses, self.folder.secrets())
            crews = [self._world(house, watchdog, addresses, ours)]
            crews.append(self._service(house, watchdog, addresses, ours))
            for crew in crews:
                crew.await_ready(self._pause)
            self._announce(house, databases, addresses, ours)
            year = datetime.now(UTC).year
            tell(screen(self.folder, addresses, SUSTAINER, time.monotonic() - began, year))
            self._look_after(crews, embedded)
            tell("ending all of it …")

    def _databases(self, house: ExitStack) -> tuple[Databases, Embedded | None]:
        """Those of the environment; whatever it does not name is run here."""
        database_url, redis_url = given("DATABASE_URL"), given("REDIS_URL")
        owner_url = given("DATABASE_OWNER_URL") or database_url
        if database_url and self.fresh:
            raise Impossible("--fresh forgets what is in .local/, not the database of DATABASE_URL")
        if owner_url and database_url and redis_url:
            return Databases(owner_url, database_url, redis_url), None
        embedded = house.enter_context(start(self.folder.data, fresh=self.fresh))
        if not owner_url or not database_url:
            owner_url, database_url = embedded.owner_url, embedded.database_url
        return Databases(owner_url, database_url, redis_url or embedded.redis_url), embedded

    def _world(self, house: ExitStack, watchdog: Watchdog, at: Addresses, ours: dict[str, str]) -> Crew:
        """Stripe, the mailboxes of the world, and a site with articles."""
        crew = house.enter_context(self._crew(watchdog))
        around, here = environment(ours, self.folder.path), self.folder.path
        webhook = f"{at.web}/webhooks/stripe={ours['STRIPE_WEBHOOK_SECRETS']}"
        stripe = ["--port", str(at.stripe_port), "--state", str(here / "stripe.db")]
        stripe += ["--webhook", webhook, "--name", ours["NEWSROOM_NAME"]]
        mailbox = ["--smtp-port", str(at.smtp_port), "--http-port", str(at.mailbox_port)]
        mailbox += ["--store", str(here / "mailbox.db")]
        newsroom = ["--port", str(at.newsroom_port), "--sustainer", at.web]
        for name, options, ready in (
            ("stripe", stripe, f"{at.stripe}/_sandbox/clock"),
            ("mailbox", mailbox, f"{at.mailbox}/healthz"),
            ("newsroom", newsroom, f"{at.newsroom}/healthz"),
        ):
            command = [sys.executable, "-m", f"sandbox.{name}", *options]
            crew.start(Member(name, command, around, ready, patience=2.0))
        return crew

    def _service(self, house: ExitStack, watchdog: Watchdog, at: Addresses, ours: dict[str, str]) -> Crew:
        """The service's own processes, as they run in production."""
        crew = house.enter_context(self._crew(watchdog))
        around = environment(ours, self.folder.path)
        crew.run(Member("migrate", [SUSTAINER, "migrate"], around), self._pause)
        serve = [SUSTAINER, "serve", "--port", str(at.web_port)]
        crew.start(Member("web", serve, around, f"{at.web}/readyz"))
        crew.start(Member("worker", [SUSTAINER, "worker"], around))
        crew.start(Member("clock", [SUSTAINER, "clock"], around))
        return crew

    @contextmanager
    def _crew(self, watchdog: Watchdog) -> Iterator[Crew]:
        crew = Crew(watchdog, self.folder, tell)
        try:
            yield crew
        finally:
            crew.stop()

    def _announce(self, house: ExitStack, databases: Databases, at: Addresses, ours: dict[str, str]) -> None:
        places = {name: getattr(at, name) for name in ("web", "stripe", "mailbox", "smtp", "newsroom")}
        house.callback(self.folder.retract)
        self.folder.announce({**places, **asdict(databases)}, ours)

    def _look_after(self, crews: list[Crew], embedded: Embedded | None) -> None:
        while not self.asked_to_go:
            time.sleep(0.1)
            for crew in crews:
                crew.look_after()
            for name in embedded.revive() if embedded else []:
                tell(f"{name} had ended and was started again; its log is in {self.folder.data}")

    def _pause(self) -> None:
        if self.asked_to_go:
            raise AskedToGo
        time.sleep(0.03)

    def _listen_for_signals(self) -> None:
        def note(_number: int, _frame: FrameType | None) -> None:
            self.asked_to_go = True

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, note)


def tell(what: str) -> None:
    print(what, flush=True)
