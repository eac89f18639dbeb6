"""What the demo keeps in `.local/`: secrets, addresses, logs; all of it may be thrown away."""

import json
import os
import secrets
import shlex
import shutil
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# What holds the folder while we wipe it.
LOCKS = {"owner.lock", "watchdog.lock"}


@dataclass(frozen=True)
class Folder:
    path: Path

    @property
    def data(self) -> Path:
        return self.path / "data"

    @property
    def addresses(self) -> Path:
        return self.path / "demo.json"

    @property
    def settings(self) -> Path:
        return self.path / "demo.env"

    def wipe(self) -> None:
        """Forget everything but the databases, which go where they are kept."""
        for path in self.path.iterdir():
            if path.name in LOCKS or path == self.data:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()

    def log(self, name: str) -> Path:
        """Where a process writes; what it wrote last time is kept beside it."""
        log = self.path / "logs" / f"{name}.log"
        log.parent.mkdir(exist_ok=True)
        if log.exists():
            log.replace(log.with_suffix(".log.1"))
        return log

    def secrets(self) -> dict[str, str]:
        """The demo's own keys: made once, because what they sealed stays."""
        kept = self.path / "keys.json"
        if not kept.exists():
            self._write(kept, json.dumps(_new_secrets(), indent=2) + "\n")
        found: dict[str, str] = json.loads(kept.read_text())
        return found

    def announce(self, addresses: Mapping[str, str], settings: Mapping[str, str]) -> None:
        """Tell other programs where everything is, and with which settings it runs."""
        lines = [f"{name}={shlex.quote(value)}\n" for name, value in settings.items()]
        self._write(self.settings, "".join(lines))
        self._write(self.addresses, json.dumps(addresses, indent=2) + "\n")

    def retract(self) -> None:
        """Nothing is anywhere any more."""
        self.addresses.unlink(missing_ok=True)

    def _write(self, path: Path, text: str) -> None:
        """For our eyes only, and never half."""
        unfinished = path.with_suffix(".unfinished")
        unfinished.unlink(missing_ok=True)
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        unfinished.rename(path)


def _new_secrets() -> dict[str, str]:
    def key() -> str:
        return "k1:" + urlsafe_b64encode(secrets.token_bytes(32)).decode()

    return {
        "SECRET_KEY": secrets.token_urlsafe(32),
        "PII_KEYS": key(),
        "LOOKUP_KEYS": key(),
        "STRIPE_SECRET_KEY": "sk_test_" + secrets.token_hex(24),
        "STRIPE_WEBHOOK_SECRETS": "whsec_" + secrets.token_hex(24),
    }
