"""Who was erased stays erased when a dump from before that is restored, and what cannot be known is said."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from influence.backup import connected, dump_database, restore_database
from influence.cli.main import app
from influence.errors import ConfigError, InfluenceError
from influence.graph import Graph
from influence.lease import hold_lease
from influence.load import LoadOptions, PseudonymKey, load_folder
from influence.load.history import HISTORY_NAME
from influence.privacy import erase_customers
from influence.progress import Silent
from influence.server import LocalServer
from influence.settings import load_settings

pytestmark = [pytest.mark.integration, pytest.mark.reference_line]

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
IDS = "MATCH (c:Customer) RETURN c.id ORDER BY c.id"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, server_line: str) -> Iterator[LocalServer]:
    """A server of its own, with four customers who know each other."""
    home = tmp_path_factory.mktemp("forgets") / "home"
    made = LocalServer(load_settings(home=home, server_profile="small", server_line=server_line))
    folder = tmp_path_factory.mktemp("shop")
    (folder / "customers.csv").write_text("customer_id,name\nann,Ann\nben,Ben\ncem,Cem\ndora,Dora\n", encoding="utf-8")
    (folder / "friendships.csv").write_text("customer_id,friend_id\nann,ben\nben,cem\ncem,dora\n", encoding="utf-8")
    with connected(made) as graph:
        load_folder(graph, folder, LoadOptions(home=home), key_of(made), Silent(), NOW)
        erase(graph, made, "dora")
    yield made
    made.stop()


@pytest.fixture(scope="module")
def dump(server: LocalServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dump in which `dora` is erased already; `ann` and `ben` follow afterwards."""
    path, _ = dump_database(server, tmp_path_factory.mktemp("dumps"), NOW, Silent())
    with connected(server) as graph:
        erase(graph, server, "ann", "ben", "never-here")
    return path


def key_of(server: LocalServer) -> PseudonymKey:
    return PseudonymKey(server.settings.pseudonym_key_path)


def erase(graph: Graph, server: LocalServer, *customers: str) -> None:
    with hold_lease(graph, f"erase-{customers[0]}", home=server.settings.home) as lease:
        erase_customers(graph, lease, customers, home=server.settings.home, key=key_of(server), now=NOW)


def rows(server: LocalServer, text: str) -> list[tuple[Any, ...]]:
    with connected(server) as graph:
        return graph.read(text, name="rows").rows


def command(server: LocalServer, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Result:
    """Give a command in the project of the server."""
    monkeypatch.setenv("INFLUENCE_HOME", str(server.settings.home))
    return CliRunner().invoke(app, ["server", *arguments, "--line", server.line.name])


def test_restore_when_customers_were_erased_since_the_dump_then_erased_before_anybody_sees_them(
    server: LocalServer, dump: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows(server, "MATCH (e:_InfluenceErased) RETURN e.key, e.erased_at ORDER BY e.key")
    done = command(server, monkeypatch, "restore", str(dump), "--yes")
    assert done.exit_code == 0, done.exception
    assert "4 are on record; 2 of them were in the dump and have been erased again" in done.stderr
    assert "records that `influence prune` deleted after the dump was made are back" in done.stderr
    assert rows(server, IDS) == [("cem",)]
    assert rows(server, "MATCH ()-[f:FRIEND]->() RETURN count(f)") == [(0,)]
    after = rows(server, "MATCH (e:_InfluenceErased) RETURN e.key, e.erased_at ORDER BY e.key")
    assert after == before, "who and when, so that no extract brings them back either"
    assert rows(server, "MATCH (l:_InfluenceLock) WHERE l.expires_at > datetime() RETURN count(l)") == [(0,)]


def test_restore_when_the_database_is_gone_then_its_history_knows_who_was_erased_and_without_it_nobody(
    server: LocalServer, dump: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = server.settings.home
    with connected(server) as graph:
        graph.execute("MATCH (n) DETACH DELETE n", name="gone")
    known = restore_database(server, dump, Silent(), replace=True)
    assert (known.informed, known.again.known, known.again.erased) == (True, 4, 2)
    assert rows(server, IDS) == [("cem",)]
    with connected(server) as graph:
        graph.execute("MATCH (n) DETACH DELETE n", name="gone")
    (home / HISTORY_NAME).unlink()
    done = command(server, monkeypatch, "restore", str(dump))
    assert done.exit_code == 0, done.exception
    assert "nobody knows who was erased after the dump was made: they are back" in done.stderr
    assert rows(server, IDS) == [("ann",), ("ben",), ("cem",)]


def test_restore_when_the_key_is_gone_then_refused_because_nobody_can_tell_who_was_erased(
    server: LocalServer, dump: Path
) -> None:
    key = key_of(server).path
    before = rows(server, IDS)
    hidden = key.rename(key.with_suffix(".elsewhere"))
    try:
        with pytest.raises(ConfigError, match="nobody can tell who"):
            restore_database(server, dump, Silent(), replace=True)
        assert not key.exists(), "no new key is made that knows nobody"
    finally:
        hidden.rename(key)
    assert rows(server, IDS) == before


def test_restore_when_somebody_is_erased_meanwhile_then_erased_in_the_copy_as_well(
    server: LocalServer, dump: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from influence.backup import restore

    exchange, late = restore.put_in_place, iter(["cem"])

    def slow(*given: Any) -> bool:
        for customer in late:
            with connected(server) as graph:
                erase(graph, server, customer)
        return exchange(*given)

    monkeypatch.setattr(restore, "put_in_place", slow)
    (before,) = rows(server, "MATCH (e:_InfluenceErased) RETURN count(e)")
    done = restore_database(server, dump, Silent(), replace=True)
    assert done.again.known == before[0] + 1
    left = rows(server, IDS)
    assert ("cem",) not in left
    assert done.again.erased == 3 - len(left), "of the three in the dump, those of the first and the second look"


# ── the commands ──────────────────────────────────────────────────────────


def failed(done: Result) -> InfluenceError:
    assert isinstance(done.exception, InfluenceError), done.output
    return done.exception


def test_dump_and_check_when_commanded_then_say_what_they_wrote_and_found(
    server: LocalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = command(server, monkeypatch, "dump", str(tmp_path / "my.dump"))
    assert made.exit_code == 0, made.exception
    told = dict(line.split(None, 1) for line in made.stdout.replace("data version", "data_version").splitlines())
    assert told["dump"] == str(tmp_path / "my.dump") and int(told["nodes"].replace(",", "")) > 0
    assert int(told["bytes"].replace(",", "")) == (tmp_path / "my.dump").stat().st_size
    again = failed(command(server, monkeypatch, "dump", str(tmp_path / "my.dump")))
    assert (again.code, again.exit_code) == ("output-exists", 2)
    proven = command(server, monkeypatch, "check", str(tmp_path / "my.dump"))
    assert proven.exit_code == 0 and f"consistent     {tmp_path / 'my.dump'}" in proven.stdout
    itself = command(server, monkeypatch, "check")
    assert (
        itself.exit_code == 0
        and str(server.home.folder) in itself.stdout
        and f"nodes          {told['nodes']}" in (itself.stdout)
    )


def test_restore_and_check_when_refused_then_each_says_why_and_the_database_stays(
    server: LocalServer, dump: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows(server, IDS)
    unsure = failed(command(server, monkeypatch, "restore", str(dump)))
    assert (unsure.code, unsure.exit_code) == ("confirmation-missing", 2) and unsure.hint == "add `--yes`"
    for verb in (["restore", "--yes"], ["check"]):
        missing = failed(command(server, monkeypatch, *verb, str(tmp_path / "nothing.dump")))
        assert (missing.code, missing.exit_code) == ("dump-missing", 2)
        alone = tmp_path / "alone.dump"
        alone.write_bytes(dump.read_bytes())
        bare = failed(command(server, monkeypatch, *verb, str(alone)))
        assert (bare.code, bare.exit_code) == ("manifest-missing", 2)
        manifest = dump.with_name(f"{dump.name}.manifest.json").read_text(encoding="utf-8")
        beside = tmp_path / "alone.dump.manifest.json"
        beside.write_text(manifest.replace(f'"line": "{server.line.name}"', '"line": "4.4"'), encoding="utf-8")
        other = failed(command(server, monkeypatch, *verb, str(alone)))
        assert (other.code, other.exit_code, other.hint) == ("dump-of-another-line", 2, "add `--line 4.4`")
        beside.write_text(manifest, encoding="utf-8")
        alone.write_bytes(dump.read_bytes()[:-100])
        damaged = failed(command(server, monkeypatch, *verb, str(alone)))
        assert (damaged.code, damaged.exit_code) == ("dump-damaged", 5)
        beside.unlink()
    assert rows(server, IDS) == before


def test_commands_when_a_database_of_ones_own_is_set_then_refused_without_touching_any(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INFLUENCE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NEO4J_URI", "bolt://127.0.0.1:1")
    monkeypatch.setenv("NEO4J_PASSWORD", "x")
    for words in (["dump", "x.dump"], ["restore", "x.dump", "--yes"], ["check"]):
        refused = failed(CliRunner().invoke(app, ["server", *words]))
        assert (refused.code, refused.exit_code) == ("server-remote", 2)
