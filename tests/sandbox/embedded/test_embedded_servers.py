"""Both servers are what the service expects of them, and come back after a fault."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from sandbox.embedded import Embedded, start


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("servers")


@pytest.fixture(scope="module")
def embedded(folder: Path) -> Iterator[Embedded]:
    with start(folder, durable=False) as running:
        yield running


def broker(embedded: Embedded) -> redis.Redis:
    path = embedded.redis_url.removeprefix("redis+socket://").partition("?")[0]
    return redis.Redis(unix_socket_path=path, retry=Retry(NoBackoff(), 0))


def setting(connection: psycopg.Connection[tuple[str]], name: str) -> str:
    found = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
    assert found
    return found[0]


def test_the_owner_makes_tables_and_the_application_does_not(embedded: Embedded) -> None:
    with psycopg.connect(embedded.owner_url) as owner:
        owner.execute("CREATE TABLE gift (amount int)")
        owner.execute("GRANT SELECT ON gift TO sustainer_app")
    with psycopg.connect(embedded.database_url) as application:
        assert application.execute("SELECT count(*) FROM gift").fetchone() == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            application.execute("CREATE TABLE other (amount int)")


def test_neither_role_is_more_than_it_need_be(embedded: Embedded) -> None:
    with psycopg.connect(embedded.owner_url) as owner:
        roles = owner.execute(
            "SELECT rolname, rolcanlogin, rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls"
            " FROM pg_roles WHERE rolname LIKE 'sustainer%%' ORDER BY rolname"
        ).fetchall()
    assert roles == [
        ("sustainer_app", False, False),
        ("sustainer_owner", True, False),
        ("sustainer_web", True, False),
    ]


def test_another_database_is_empty_and_owned(embedded: Embedded) -> None:
    owner_url, application_url = embedded.create_database("another")
    with psycopg.connect(owner_url) as owner:
        owner.execute("CREATE TABLE gift (amount int)")
    with psycopg.connect(application_url) as application:
        assert application.info.dbname == "another"


def test_nothing_of_a_statement_reaches_the_log(embedded: Embedded, folder: Path) -> None:
    with psycopg.connect(embedded.owner_url) as owner:
        owner.execute("CREATE TABLE reader (email text UNIQUE)")
        owner.execute("INSERT INTO reader VALUES ('ada@example.org')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            owner.execute("INSERT INTO reader VALUES (%s)", ["ada@example.org"])
    log = (folder / "postgres.log").read_text()
    assert "violates unique constraint" in log
    assert "ada@" not in log
    assert "INSERT" not in log


def test_the_programs_take_the_same_addresses(embedded: Embedded) -> None:
    asked = [str(embedded.bin / "psql"), embedded.database_url, "-Atc", "SELECT current_user"]
    assert subprocess.check_output(asked, text=True) == "sustainer_web\n"
    dumped = subprocess.check_output([str(embedded.bin / "pg_dump"), embedded.owner_url], text=True)
    assert "PostgreSQL database dump" in dumped
    assert (embedded.bin / "pgbench").exists()


def test_celery_takes_the_address_of_the_broker(embedded: Embedded) -> None:
    kombu = pytest.importorskip("kombu")
    with kombu.Connection(embedded.redis_url) as connection:
        queue = connection.SimpleQueue("letters")
        queue.put({"number": 1})
        assert queue.get(timeout=5).payload == {"number": 1}
        queue.close()


def test_it_listens_on_no_port(embedded: Embedded) -> None:
    with psycopg.connect(embedded.owner_url) as owner:
        assert setting(owner, "listen_addresses") == ""
    assert broker(embedded).config_get("port") == {"port": "0"}


def test_postgres_comes_back_after_a_crash(embedded: Embedded) -> None:
    with psycopg.connect(embedded.owner_url) as owner:
        owner.execute("CREATE TABLE kept AS SELECT 1 AS one")
    embedded.stop_postgres("kill")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(embedded.owner_url)
    embedded.start_postgres()
    with psycopg.connect(embedded.owner_url) as owner:
        assert owner.execute("SELECT one FROM kept").fetchone() == (1,)


def test_postgres_stops_under_an_open_connection(embedded: Embedded) -> None:
    with psycopg.connect(embedded.owner_url, autocommit=True) as owner:
        embedded.stop_postgres()
        with pytest.raises(psycopg.OperationalError):
            owner.execute("SELECT 1")
    embedded.start_postgres()


def test_the_broker_keeps_its_messages_over_a_restart(embedded: Embedded) -> None:
    with broker(embedded) as client:
        client.rpush("queue", "message")
    embedded.stop_valkey(kill=False)
    with pytest.raises(redis.ConnectionError):
        broker(embedded).ping()
    embedded.start_valkey()
    with broker(embedded) as client:
        assert client.lrange("queue", 0, -1) == [b"message"]
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_the_broker_comes_back_after_a_crash(embedded: Embedded) -> None:
    embedded.stop_valkey(kill=True)
    embedded.start_valkey()
    with broker(embedded) as client:
        assert client.ping()
