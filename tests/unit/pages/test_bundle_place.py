"""The place of a folder of pages: taken in one step, and tidy after a build was killed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from influence.errors import UsageProblem
from influence.pages.bundle import MANIFEST, replacing, require_replaceable


def test_place_when_a_killed_build_left_a_half_then_it_goes_and_that_of_a_living_one_stays(tmp_path: Path) -> None:
    out = tmp_path / "pages"
    (tmp_path / ".pages.0123abcd.part").mkdir()
    with replacing(out) as first:
        (first / "index.html").write_text("first")
        with replacing(out) as second:
            (second / "index.html").write_text("second")
        assert (first / "index.html").exists(), "the second build did not take the first one's folder away"
    assert (out / "index.html").read_text() == "first"
    assert [entry.name for entry in tmp_path.iterdir()] == ["pages"]


def test_place_when_killed_between_the_two_steps_then_the_next_build_begins_with_the_earlier_folder(
    tmp_path: Path,
) -> None:
    out = tmp_path / "pages"
    for ending, text in (("old", "earlier"), ("part", "half")):
        (tmp_path / f".pages.0123abcd.{ending}").mkdir()
        (tmp_path / f".pages.0123abcd.{ending}" / "index.html").write_text(text)
    try:
        with replacing(out):
            raise RuntimeError("this build fails, too")
    except RuntimeError:
        pass
    assert (out / "index.html").read_text() == "earlier"
    assert [entry.name for entry in tmp_path.iterdir()] == ["pages"]


def test_place_when_the_pages_have_files_of_others_beside_them_then_refused_with_their_names(tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "brokers.html").write_text("page")
    listed = [{"path": "reports/brokers.html", "bytes": 4, "sha256": ""}]
    (tmp_path / MANIFEST).write_text(json.dumps({"kind": "report-bundle", "files": listed}))
    require_replaceable(tmp_path)
    (tmp_path / "reports" / "notes.txt").write_text("mine")
    (tmp_path / "nowhere").symlink_to("gone")
    with pytest.raises(UsageProblem, match=r"2 files besides its pages, .*: `nowhere`, `reports/notes.txt`") as caught:
        require_replaceable(tmp_path)
    assert (
        caught.value.code == "output-not-a-bundle"
        and caught.value.hint == "move them elsewhere, or give another folder"
    )
    for number in range(5):
        (tmp_path / f"{number}.csv").write_text("")
    with pytest.raises(UsageProblem, match=r"7 files .*`4.csv` and 2 more"):
        require_replaceable(tmp_path)


@pytest.mark.parametrize("manifest", ["{", "[]", '{"kind": "audience"}', '{"kind": "report-bundle", "files": [1]}'])
def test_place_when_the_manifest_is_none_of_pages_then_refused(tmp_path: Path, manifest: str) -> None:
    (tmp_path / MANIFEST).write_text(manifest)
    with pytest.raises(UsageProblem, match="something else than report pages"):
        require_replaceable(tmp_path)


@pytest.mark.parametrize("left", [".DS_Store", "Thumbs.db", "desktop.ini"])
def test_place_when_somebody_looked_at_the_pages_then_they_are_replaced_all_the_same(tmp_path: Path, left: str) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / left).write_bytes(b"\0")
    (tmp_path / MANIFEST).write_text(json.dumps({"kind": "report-bundle", "files": []}))
    require_replaceable(tmp_path)
    (tmp_path / ".htaccess").write_text("mine")
    with pytest.raises(UsageProblem, match=r"1 file besides its pages, .*: `.htaccess`"):
        require_replaceable(tmp_path)
