"""The folder of pages: whole or not at all, one failing question does not lose the rest, the manifest tells the truth."""

from __future__ import annotations

import hashlib
import json
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from influence.errors import QueryFailed, UsageProblem
from influence.graph import Graph
from influence.measures import MEASURES
from influence.pages.bundle import BundleOptions, build_bundle, file_name
from influence.progress import Silent, SilentTask
from influence.queries import Library, library

pytestmark = pytest.mark.reference_line

SHOP = Path(__file__).parent.parent / "report"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FEW = ("communities", "community-members", "super-connectors")
NOBODY = BundleOptions(customers=0, values=2)


@pytest.fixture(scope="module")
def shop(graph: Graph) -> Graph:
    """The hand-worked shop of the report tests."""
    graph.execute((SHOP / "shop.cypher").read_text(encoding="utf-8"), name="shop")
    measures = sorted(one.name for one in MEASURES)
    graph.execute((SHOP / "scores.cypher").read_text(encoding="utf-8"), {"measures": measures}, name="scores")
    return graph


@pytest.fixture
def few(tmp_path: Path) -> Library:
    """A library of three reports in a folder that a test may change."""
    ours, own = library().roots[-1], tmp_path / "cypher"
    shutil.copytree(ours / "internal", own / "internal")
    (own / "reports").mkdir()
    for name in FEW:
        shutil.copy(ours / "reports" / f"{name}.cypher", own / "reports")
    return Library((own,))


def changed(few: Library, name: str, before: str, after: str) -> Library:
    """Change a saved file and return the library read anew."""
    path = few.roots[0] / "reports" / f"{name}.cypher"
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")
    return Library(few.roots)


def files(folder: Path) -> dict[str, str]:
    """Return the digest of every file but the manifest."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }


def test_bundle_when_built_then_the_manifest_names_every_file_and_only_the_owner_reads_it(
    shop: Graph, few: Library, tmp_path: Path
) -> None:
    out = tmp_path / "deep" / "pages"
    bundle = build_bundle(shop, out, now=NOW, progress=Silent(), catalogue=few, options=NOBODY)
    manifest = json.loads((out / "manifest.json").read_text())
    assert {one["path"]: one["sha256"] for one in manifest["files"]} == files(out)
    assert bundle.files == len(files(out)) + 1
    assert bundle.pages == len(list(out.rglob("*.html")))
    assert bundle.failed == bundle.missing == ()
    assert manifest["run"] in (out / "index.html").read_text()
    assert stat.S_IMODE(out.stat().st_mode) == 0o700
    assert stat.S_IMODE((out / "reports" / "super-connectors.html").stat().st_mode) == 0o600
    assert [path.name for path in out.parent.iterdir()] == ["pages"]


def test_bundle_when_a_report_needs_a_value_then_a_page_for_each_important_one(
    shop: Graph, few: Library, tmp_path: Path
) -> None:
    out = tmp_path / "pages"
    build_bundle(shop, out, now=NOW, progress=Silent(), catalogue=few, options=NOBODY)
    pages = sorted(path.name for path in (out / "reports").glob("community-members--*.html"))
    assert pages
    assert pages[0] in (out / "reports" / "communities.html").read_text()


def test_bundle_when_a_report_fails_then_the_others_are_written_and_it_is_named(
    shop: Graph, few: Library, tmp_path: Path
) -> None:
    broken = changed(few, "super-connectors", "ORDER BY", "ORDER BY 1/0,")
    out = tmp_path / "pages"
    bundle = build_bundle(shop, out, now=NOW, progress=Silent(), catalogue=broken, options=NOBODY)
    assert [one.name for one in bundle.failed] == ["super-connectors"]
    assert (out / "reports" / "communities.html").is_file()
    assert "Failed: super-connectors" in (out / "index.html").read_text()
    assert json.loads((out / "manifest.json").read_text())["failed"][0]["name"] == "super-connectors"


def test_bundle_when_the_run_lacks_a_measure_then_the_question_is_listed_with_the_reason(
    shop: Graph, few: Library, tmp_path: Path
) -> None:
    lacking = changed(few, "super-connectors", '"super_connector"', '"not_computed"')
    out = tmp_path / "pages"
    bundle = build_bundle(shop, out, now=NOW, progress=Silent(), catalogue=lacking, options=NOBODY)
    assert [one.note for one in bundle.missing] == ["the run does not hold not_computed"]
    assert "the run does not hold not_computed" in (out / "index.html").read_text()
    assert not (out / "reports" / "super-connectors.html").exists()


def test_bundle_when_built_again_then_it_takes_the_place_of_the_earlier(
    shop: Graph, few: Library, tmp_path: Path
) -> None:
    out = tmp_path / "pages"
    build_bundle(shop, out, now=NOW, progress=Silent(), catalogue=few, options=NOBODY)
    manifest = json.loads((out / "manifest.json").read_text())
    manifest["files"].append({"path": "reports/stale.html"})
    (out / "manifest.json").write_text(json.dumps(manifest))
    (out / "reports" / "stale.html").write_text("a page of the build before")
    build_bundle(shop, out, now=NOW, progress=Silent(), catalogue=few, options=NOBODY)
    assert not (out / "reports" / "stale.html").exists()
    assert {path.name for path in tmp_path.iterdir()} == {"pages", "cypher"}


class Interrupting(Silent):
    """Presses Ctrl-C in the middle of the writing."""

    @contextmanager
    def task(self, label: str, total: int | None = None, unit: str = "rows") -> Iterator[SilentTask]:
        """Interrupt when the first page has been written."""

        class Pressed(SilentTask):
            def advance(self, amount: int = 1) -> None:
                if label == "writing pages":
                    raise KeyboardInterrupt

        yield Pressed()


def test_bundle_when_interrupted_then_the_earlier_one_stays_and_nothing_is_left_behind(
    shop: Graph, few: Library, tmp_path: Path
) -> None:
    out = tmp_path / "pages"
    build_bundle(shop, out, now=NOW, progress=Silent(), catalogue=few, options=NOBODY)
    before = files(out)
    with pytest.raises(KeyboardInterrupt):
        build_bundle(shop, out, now=NOW, progress=Interrupting(), catalogue=few, options=NOBODY)
    assert files(out) == before
    assert {path.name for path in tmp_path.iterdir()} == {"pages", "cypher"}


def test_bundle_when_nothing_can_be_answered_then_the_earlier_one_stays(
    shop: Graph, few: Library, tmp_path: Path
) -> None:
    out = tmp_path / "pages"
    build_bundle(shop, out, now=NOW, progress=Silent(), catalogue=few, options=NOBODY)
    before = files(out)
    for name in FEW:
        few = changed(few, name, "ORDER BY", "ORDER BY 1/0,")
    with pytest.raises(QueryFailed) as caught:
        build_bundle(shop, out, now=NOW, progress=Silent(), catalogue=few, options=NOBODY)
    assert caught.value.code == "bundle-empty"
    assert files(out) == before


def test_bundle_when_the_folder_holds_something_else_then_it_is_not_touched(
    shop: Graph, few: Library, tmp_path: Path
) -> None:
    out = tmp_path / "pages"
    out.mkdir()
    (out / "thesis.txt").write_text("years of work")
    with pytest.raises(UsageProblem) as caught:
        build_bundle(shop, out, now=NOW, progress=Silent(), catalogue=few, options=NOBODY)
    assert caught.value.code == "output-not-a-bundle"
    assert (out / "thesis.txt").read_text() == "years of work"


def test_bundle_when_a_file_is_put_beside_the_pages_while_new_ones_are_built_then_all_of_it_stays(
    shop: Graph, few: Library, tmp_path: Path
) -> None:
    out = tmp_path / "pages"
    build_bundle(shop, out, now=NOW, progress=Silent(), catalogue=few, options=NOBODY)
    build_bundle(shop, out, now=NOW, progress=Silent(), catalogue=few, options=NOBODY)  # its own files are replaced
    before = files(out)
    with pytest.raises(UsageProblem, match="besides its pages"):
        build_bundle(
            shop,
            out,
            now=NOW,
            progress=Silent(),
            catalogue=few,
            options=NOBODY,
            before_writing=lambda: (out / "thesis.txt").write_text("years of work"),
        )
    assert (out / "thesis.txt").read_text() == "years of work"
    (out / "thesis.txt").unlink()
    assert files(out) == before


@pytest.mark.parametrize("value", ["../../etc/passwd", "a/b", "A1", "", ".hidden", "x" * 500, "naïve", "c1\0", "CON"])
def test_file_name_when_the_id_is_strange_then_it_stays_within_the_folder(value: str) -> None:
    name = file_name(value)
    assert name.replace("-", "").isalnum()
    assert name.isascii() and name.islower() and len(name) < 80
    assert file_name(value + "!") != name


def test_file_name_when_ids_differ_in_case_then_the_files_differ_everywhere() -> None:
    assert len({file_name(value) for value in ("a1", "A1", "\uff411")}) == 3
    assert file_name("user-0001") == "user-0001"
