"""The catalogue: where files are found, what hides what, and names from outside."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from saved_files import REPORT, put

from influence.errors import ConfigError, LibraryError, UsageProblem
from influence.queries import Library, library, saved_text
from influence.queries.catalogue import packaged_folder
from influence.queries.lint import lint

METRIC = "// /// metric\n// title = 'x'\n// ///\nRETURN 1\n"


def test_get_when_own_folder_has_the_name_then_it_hides_ours(tmp_path: Path) -> None:
    ours = library().names("check")[0]
    put(tmp_path, "reports/mine.cypher", REPORT)
    put(tmp_path, f"checks/{ours}.cypher", "// /// check\n// oops\n// ///\nRETURN 1\n")
    mixed = library(tmp_path)
    assert "mine" in mixed.names("report")
    assert set(library().names("report")) < set(mixed.names("report"))
    with pytest.raises(LibraryError):
        mixed.get("check", ours)
    assert library().get("check", ours).name == ours


def test_saved_text_when_own_folder_has_the_name_then_still_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "internal/lease-take.cypher", "// /// internal\n// title = 'x'\n// ///\nMATCH (n) DETACH DELETE n\n")
    monkeypatch.setenv("INFLUENCE_CYPHER_DIR", str(tmp_path))
    assert "DETACH" not in saved_text("internal", "lease-take")


def test_library_when_folder_is_missing_then_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such folder"):
        library(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "name",
    [
        "../checks/id-missing",
        "../../pyproject",
        "/etc/passwd",
        "reports/friends",
        "friends.cypher",
        "friends\x00",
        "",
        ".",
        "*",
        "FRIENDS",
        "friends/",
        "x" * 100_000,
        "\x1b[2Jfriends",
        "friends`",
    ],
)
def test_get_when_name_is_no_name_then_refused_and_shown_safely(tmp_path: Path, name: str) -> None:
    put(tmp_path, "reports/friends.cypher", REPORT)
    with pytest.raises(UsageProblem) as caught:
        Library((tmp_path,)).get("report", name)
    assert caught.value.code == "report-not-found"
    assert len(caught.value.message) < 100 and caught.value.message.isprintable()


def test_get_when_name_is_nearly_right_then_closest_and_command(tmp_path: Path) -> None:
    put(tmp_path, "reports/top-persuaders.cypher", REPORT)
    with pytest.raises(UsageProblem) as caught:
        Library((tmp_path,)).get("report", "top-persuader")
    assert str(caught.value) == "no report named `top-persuader`"
    assert caught.value.hint == "did you mean `top-persuaders`? Run `influence report list` to see all 1"


def test_names_when_headers_are_broken_then_listed_all_the_same(tmp_path: Path) -> None:
    put(tmp_path, "reports/broken.cypher", "not a header")
    assert Library((tmp_path,)).names("report") == ["broken"]


def test_all_when_several_files_are_broken_then_every_finding(tmp_path: Path) -> None:
    put(tmp_path, "reports/a.cypher", "x")
    put(tmp_path, "reports/b.cypher", "y")
    with pytest.raises(LibraryError, match="2 problems in 2 saved files") as caught:
        Library((tmp_path,)).all("report")
    assert [finding.file for finding in caught.value.details["findings"]] == ["reports/a.cypher", "reports/b.cypher"]


def test_names_when_folder_is_a_subject_then_told_apart_by_the_first_line(tmp_path: Path) -> None:
    put(tmp_path, "reach/friend-count.cypher", METRIC)
    put(tmp_path, "reach/read-scores.cypher", METRIC.replace("metric", "internal"))
    put(tmp_path, "internal/lock.cypher", METRIC.replace("metric", "internal"))
    found = Library((tmp_path,))
    assert found.names("metric") == ["friend-count"]
    assert found.names("internal") == ["lock", "read-scores"]
    assert found.names("report") == []


def test_library_when_a_name_is_a_pipe_or_a_folder_then_told_and_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "reach" / "folder.cypher").mkdir(parents=True)
    os.mkfifo(tmp_path / "reach" / "pipe.cypher")
    (tmp_path / "reach" / "loop.cypher").symlink_to(tmp_path / "reach" / "loop.cypher")
    found = Library((tmp_path,))
    assert found.names("metric") == []
    assert sorted(str(finding) for finding in lint(found)) == [
        f"reach/{name}.cypher:1  IC001  is no file" for name in ("folder", "loop", "pipe")
    ]


def test_packaged_folder_when_the_package_holds_a_copy_then_the_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "influence"
    monkeypatch.setattr("influence.queries.catalogue.resources.files", lambda _: package)
    with pytest.raises(LibraryError, match="missing"):
        packaged_folder()
    (tmp_path / "cypher").mkdir(parents=True)
    assert packaged_folder() == tmp_path / "cypher"
    (package / "cypher").mkdir(parents=True)
    assert packaged_folder() == package / "cypher"


def test_names_when_asked_in_a_new_process_then_neither_driver_nor_arrays_are_imported() -> None:
    code = (
        "import sys; from influence.queries import library; library().names('report'); "
        "print([m for m in ('neo4j', 'numpy', 'pandas', 'graphdatascience') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
