"""Jars are taken from a real HTTP server in this process that fails in the ways repositories fail."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from influence.errors import ServerUnavailable, ServerUnsuitable
from influence.progress import Silent
from influence.server.fetch import Sources, fetch
from influence.server.lock import Artefact

CONTENTS = {f"part-{i}": bytes((i + j) % 251 for j in range(300_000 + i)) for i in range(6)}


def artefact(name: str, content: bytes) -> Artefact:
    return Artefact("org.example", name, "1.0", None, "server", len(content), hashlib.sha256(content).hexdigest())


ARTEFACTS = [artefact(name, content) for name, content in CONTENTS.items()]


class Repository:
    """A Maven repository on loopback; tests replace `answer` to make it fail."""

    def __init__(self) -> None:
        self.files = {one.repository_path: CONTENTS[one.artefact] for one in ARTEFACTS}
        self.requests: list[tuple[str, str | None]] = []
        self.honours_ranges = True
        self.cut_after: dict[str, int] = {}  # path → bytes to send before the connection is cut, once
        self.status: dict[str, list[int]] = {}  # path → answers to give before the real one
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path, wanted = self.path.lstrip("/"), self.headers.get("Range")
                outer.requests.append((path, wanted))
                if outer.status.get(path):
                    self.send_error(outer.status[path].pop(0))
                    return
                if path not in outer.files:
                    self.send_error(404)
                    return
                body, first = outer.files[path], 0
                if wanted and outer.honours_ranges:
                    first = int(wanted.removeprefix("bytes=").removesuffix("-"))
                self.send_response(206 if first else 200)
                self.send_header("Content-Length", str(len(body) - first))
                self.end_headers()
                cut = outer.cut_after.pop(path, None)
                self.wfile.write(body[first:] if cut is None else body[first : first + cut])
                if cut is not None:
                    self.close_connection = True

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def asked(self, one: Artefact) -> list[str | None]:
        return [wanted for path, wanted in self.requests if path == one.repository_path]


@pytest.fixture
def repository() -> Iterator[Repository]:
    made = Repository()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


@pytest.fixture
def take(repository: Repository, tmp_path: Path) -> Callable[[], None]:
    return lambda: fetch(ARTEFACTS, tmp_path, Silent(), Sources((repository.url,), pause=0.01))


def complete(folder: Path) -> None:
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        one.file_name: CONTENTS[one.artefact] for one in ARTEFACTS
    }


def test_all_jars_arrive_and_a_second_call_downloads_nothing(
    repository: Repository, take: Callable[[], None], tmp_path: Path
) -> None:
    take()
    complete(tmp_path)
    before = len(repository.requests)
    take()
    assert before == len(ARTEFACTS)
    assert len(repository.requests) == before


def test_partial_file_is_continued_where_it_ended(
    repository: Repository, take: Callable[[], None], tmp_path: Path
) -> None:
    one = ARTEFACTS[2]
    (tmp_path / (one.file_name + ".part")).write_bytes(CONTENTS[one.artefact][:123_456])
    take()
    complete(tmp_path)
    assert repository.asked(one) == ["bytes=123456-"]


def test_cut_connection_is_continued_within_the_same_call(
    repository: Repository, take: Callable[[], None], tmp_path: Path
) -> None:
    one = ARTEFACTS[0]
    repository.cut_after[one.repository_path] = 100_000
    take()
    complete(tmp_path)
    assert repository.asked(one) == [None, "bytes=100000-"]


def test_repository_that_ignores_ranges_gets_the_file_from_the_start(
    repository: Repository, take: Callable[[], None], tmp_path: Path
) -> None:
    one = ARTEFACTS[1]
    repository.honours_ranges = False
    (tmp_path / (one.file_name + ".part")).write_bytes(CONTENTS[one.artefact][:5000])
    take()
    complete(tmp_path)


def test_damaged_partial_file_is_taken_again_before_the_repository_is_blamed(
    repository: Repository, take: Callable[[], None], tmp_path: Path
) -> None:
    one = ARTEFACTS[3]
    (tmp_path / (one.file_name + ".part")).write_bytes(b"\xff" * 5000)
    take()
    complete(tmp_path)
    assert repository.asked(one) == ["bytes=5000-", None]


def test_passing_failure_is_tried_again(repository: Repository, take: Callable[[], None], tmp_path: Path) -> None:
    repository.status[ARTEFACTS[4].repository_path] = [503, 500]
    take()
    complete(tmp_path)


def test_second_repository_has_what_the_first_lacks(repository: Repository, tmp_path: Path) -> None:
    gone = f"{repository.url}/elsewhere"
    fetch(ARTEFACTS, tmp_path, Silent(), Sources((gone, repository.url), pause=0.01))
    complete(tmp_path)


def test_missing_file_fails_with_exit_3_without_being_asked_for_again(
    repository: Repository, take: Callable[[], None], tmp_path: Path
) -> None:
    one = ARTEFACTS[5]
    del repository.files[one.repository_path]
    with pytest.raises(ServerUnavailable, match=r"part-5.*404 not found") as caught:
        take()
    assert caught.value.exit_code == 3
    assert caught.value.retryable
    assert len(repository.asked(one)) == 1
    repository.files[one.repository_path] = CONTENTS[one.artefact]
    take()
    complete(tmp_path)


def test_changed_download_is_exit_4_and_never_gets_its_final_name(
    repository: Repository, take: Callable[[], None], tmp_path: Path
) -> None:
    one = ARTEFACTS[0]
    repository.files[one.repository_path] = b"x" * one.size
    with pytest.raises(ServerUnsuitable, match="part-0") as caught:
        take()
    assert caught.value.exit_code == 4
    assert caught.value.code == "artefact-differs"
    assert not list(tmp_path.glob(f"{one.file_name}*"))


def test_changed_file_in_the_cache_is_exit_4_and_names_every_one(take: Callable[[], None], tmp_path: Path) -> None:
    take()
    for one in ARTEFACTS[:2]:
        path = tmp_path / one.file_name
        path.write_bytes(path.read_bytes()[:-1] + b"?")  # same size, other content
    with pytest.raises(ServerUnsuitable) as caught:
        take()
    assert caught.value.exit_code == 4
    assert caught.value.details["artefacts"] == [one.file_name for one in ARTEFACTS[:2]]
    assert all(one.file_name in (caught.value.hint or "") for one in ARTEFACTS[:2])


def test_local_repository_is_used_for_jars_with_the_right_content_only(repository: Repository, tmp_path: Path) -> None:
    local, cache = tmp_path / "m2", tmp_path / "jars"
    cache.mkdir()
    for one in ARTEFACTS:
        path = local / one.repository_path
        path.parent.mkdir(parents=True)
        path.write_bytes(CONTENTS[one.artefact] if one is not ARTEFACTS[1] else b"x" * one.size)
    fetch(ARTEFACTS, cache, Silent(), Sources((repository.url,), local))
    complete(cache)
    assert [path for path, _ in repository.requests] == [ARTEFACTS[1].repository_path]


class Counting(Silent):
    """A progress that adds up what it is told."""

    def __init__(self) -> None:
        self.totals: Counter[str] = Counter()
        self.lock = threading.Lock()

    @contextmanager
    def task(self, label: str, total: int | None = None, unit: str = "rows") -> Iterator[Counting]:  # type: ignore[override]
        self.totals["expected"] += total or 0
        yield self

    def advance(self, amount: int = 1) -> None:
        with self.lock:
            self.totals["done"] += amount


def test_progress_ends_at_its_total_whatever_went_wrong_on_the_way(repository: Repository, tmp_path: Path) -> None:
    repository.cut_after[ARTEFACTS[0].repository_path] = 100_000
    (tmp_path / (ARTEFACTS[3].file_name + ".part")).write_bytes(b"\xff" * 5000)
    progress = Counting()
    fetch(ARTEFACTS, tmp_path, progress, Sources((repository.url,), pause=0.01))
    assert progress.totals["done"] == progress.totals["expected"] == sum(one.size for one in ARTEFACTS)


def test_last_default_source_is_a_public_repository_over_tls() -> None:
    assert Sources.default().remotes[-1].startswith("https://")
