"""The lock file is complete, unambiguous and names no repository."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from influence.errors import ConfigError
from influence.server.lock import Artefact, server_line


def test_lock_holds_both_lines() -> None:
    assert (server_line("5.26").neo4j, server_line("5.26").gds) == ("5.26.30", "2.13.9")
    assert (server_line("2026.01").neo4j, server_line("2026.01").gds) == ("2026.01.4", "2.26.0")
    assert server_line("5.26").main_class != server_line("2026.01").main_class


def test_unknown_line_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"`4\.4`.*`5\.26`, `2026\.01`") as caught:
        server_line("4.4")
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("name", ["5.26", "2026.01"])
def test_every_artefact_is_pinned_once_and_by_content(name: str) -> None:
    line = server_line(name)
    assert len({artefact.file_name for artefact in line.artefacts}) == len(line.artefacts)
    assert len({(a.group, a.artefact, a.classifier) for a in line.artefacts}) == len(line.artefacts)
    for artefact in line.artefacts:
        assert re.fullmatch(r"[0-9a-f]{64}", artefact.sha256)
        assert artefact.size > 0
        assert artefact.role in ("server", "plugin")


@pytest.mark.parametrize("name", ["5.26", "2026.01"])
def test_jars_that_only_share_a_file_name_are_kept(name: str) -> None:
    # Leaving out GDS jars by file name instead of group and artefact drops `annotations`, which GDS needs.
    plugins = {(a.group, a.artefact) for a in server_line(name).artefacts if a.role == "plugin"}
    assert ("org.neo4j.gds", "annotations") in plugins
    assert ("org.neo4j.gds", "proc") in plugins


def test_lock_names_no_host() -> None:
    text = files("influence.server").joinpath("artefacts.lock").read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"\b(repo|repository|mirror|maven)\.[a-z]+\.(org|com|io)\b", text)


def test_repository_path_follows_the_layout_of_maven() -> None:
    artefact = Artefact("io.netty", "netty-epoll", "4.1", "linux-x86_64", "server", 1, "0" * 64)
    assert artefact.repository_path == "io/netty/netty-epoll/4.1/netty-epoll-4.1-linux-x86_64.jar"
    assert artefact.file_name == "io.netty.netty-epoll-4.1-linux-x86_64.jar"
