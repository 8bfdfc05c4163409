"""Assembling the server: atomic, repairable, and with the plain layout to fall back on."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from local_servers import Notes, connect, record_of

from influence.errors import ServerUnsuitable
from influence.progress import Progress, Silent
from influence.server import Installation, LocalServer
from influence.server.archive import refusal
from influence.server.install import install
from influence.server.installation import Places
from influence.server.lock import server_line as line_of

pytestmark = pytest.mark.integration

MakeServer = Callable[..., LocalServer]


def broken(installation: Installation, target: Path, progress: Progress) -> None:
    raise RuntimeError("no archive today")


class Garbage:
    """Makes an archive that no Java accepts, and counts how often it was asked."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, installation: Installation, target: Path, progress: Progress) -> None:
        self.calls += 1
        target.write_bytes(b"not an archive" * 1000)


def test_installing_again_changes_nothing(running: LocalServer) -> None:
    before = running.install()
    stamp = before.record.stat().st_mtime_ns
    assert running.install() == before
    assert before.record.stat().st_mtime_ns == stamp


def test_broken_archive_step_falls_back_to_the_plain_layout_which_serves_the_same(
    make_server: MakeServer, own_cache: Path, running: LocalServer
) -> None:
    server = make_server(cache=own_cache, progress=(notes := Notes()))
    installation = install(server.line, own_cache, notes, builder=broken)
    assert installation.layout == "plain"
    assert installation.archive is None
    assert installation.reason == "RuntimeError: no archive today"
    assert any("plain layout" in text for text in notes.texts)

    server.start()
    status = server.status()
    assert (status.layout, status.layout_reason, status.archive_used) == ("plain", installation.reason, False)
    found = {finding.check: finding for finding in server.doctor()}
    assert not found["installation"].ok
    assert found["installation"].fix == "influence server install"

    def procedures(of: LocalServer) -> list[tuple[object, ...]]:
        with connect(of) as graph:
            return [
                row
                for kind in ("PROCEDURES", "FUNCTIONS")
                for row in graph.read(
                    f"SHOW {kind} YIELD name, signature RETURN name, signature ORDER BY name", name="probe"
                ).rows
            ]

    assert procedures(server) == procedures(running)


def test_broken_index_step_falls_back_to_the_plain_layout(
    own_cache: Path, server_line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_index(plugins: object, target: Path) -> int:
        raise ValueError("no class with a procedure among the plugin jars")

    monkeypatch.setattr("influence.server.install.write_plugin_index", no_index)
    installation = install(line_of(server_line), own_cache, Silent(), builder=Garbage())
    assert installation.layout == "plain"
    assert len(list(installation.plugins.glob("*.jar"))) == sum(
        artefact.role == "plugin" for artefact in installation.line.artefacts
    )


def test_install_repairs_the_plain_layout_and_a_refused_archive(own_cache: Path, server_line: str) -> None:
    line, builder = line_of(server_line), Garbage()
    assert install(line, own_cache, Silent(), builder=broken).layout == "plain"
    repaired = install(line, own_cache, Silent(), builder=builder)
    assert (repaired.layout, builder.calls) == ("fast", 1)
    assert refusal(repaired, repaired.archive or Path()) != ""
    install(line, own_cache, Silent(), builder=builder)
    assert builder.calls == 2


def test_server_starts_with_a_refused_archive_and_says_that_it_is_slow(
    make_server: MakeServer, own_cache: Path
) -> None:
    server = make_server(cache=own_cache, progress=(notes := Notes()))
    install(server.line, own_cache, Silent(), builder=Garbage())
    server.start()
    assert server.status().archive_used is False
    assert any("influence server install" in text for text in notes.texts)
    assert [finding.check for finding in server.doctor() if not finding.ok] == ["installation", "class-data archive"]


def test_archive_is_refused_when_the_class_path_is_another(running: LocalServer) -> None:
    installation = running.install()
    assert installation.archive is not None
    assert refusal(installation, installation.archive) == ""
    other = replace(installation, class_path=tuple(reversed(installation.class_path)))
    assert refusal(other, installation.archive) != ""


def test_corrupted_jar_stops_the_installation_with_exit_4(make_server: MakeServer, own_cache: Path) -> None:
    server = make_server(cache=own_cache)
    jar = server.places.jars / server.line.artefacts[7].file_name
    content = jar.read_bytes()
    jar.unlink()  # it is a link into the user's cache
    jar.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(ServerUnsuitable, match=jar.name) as caught:
        server.ensure_running()
    assert caught.value.exit_code == 4
    assert not server.status().installed
    assert [finding.check for finding in server.doctor() if not finding.ok] == ["artefacts", "installation"]


def test_jar_that_vanished_is_fetched_again(make_server: MakeServer, own_cache: Path, tmp_path: Path) -> None:
    server = make_server(cache=own_cache)
    install(server.line, own_cache, Silent(), builder=Garbage())
    (server.places.jars / server.line.artefacts[0].file_name).unlink()
    assert not server.status().installed  # a start would install again
    assert server.doctor()[0].detail.startswith("1 of")


def test_unfinished_installation_does_not_count(own_cache: Path, server_line: str) -> None:
    line = line_of(server_line)

    def killed(installation: Installation, target: Path, progress: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        install(line, own_cache, Silent(), builder=killed)
    assert Places.of(line, own_cache).find() is None


def test_two_installs_at_once_share_the_work(tmp_path: Path, running: LocalServer) -> None:
    line = running.line
    repository, cache = tmp_path / "repository", tmp_path / "cache"
    for artefact in line.artefacts:
        path = repository / artefact.repository_path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(running.places.jars / artefact.file_name)
    code = (
        "import sys, time; from pathlib import Path\n"
        "from influence.progress import Silent; from influence.server.fetch import Sources\n"
        "from influence.server.install import install; from influence.server.lock import server_line\n"
        "def builder(installation, target, progress): print('built'); raise RuntimeError('not here')\n"
        "made = install(server_line(sys.argv[1]), Path(sys.argv[2]), Silent(), builder=builder,\n"
        "               sources=Sources((), Path(sys.argv[3])))\n"
        "print(made.layout, made.folder)"
    )
    command = [sys.executable, "-c", code, line.name, str(cache), str(repository)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    answers = [process.communicate(timeout=120)[0].splitlines()[-1] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert answers[0] == answers[1]
    jars = sorted(path.name for path in Places.of(line, cache).jars.iterdir())
    assert jars == sorted(artefact.file_name for artefact in line.artefacts)
    folder = Places.of(line, cache).folder
    assert not [
        path for path in folder.iterdir() if path.name not in ("index", "plugins", "unsigned", "installation.json")
    ]
    shutil.rmtree(cache)


def test_running_server_names_its_archive(running: LocalServer) -> None:
    assert record_of(running).archive == str(running.install().archive)
