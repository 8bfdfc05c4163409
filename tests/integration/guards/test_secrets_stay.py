"""One whole night with marked secrets: none of them may stand anywhere but where it belongs."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from influence.graph import Graph
from influence.project import Project
from influence.server import LocalServer
from influence.settings import Settings

pytestmark = [pytest.mark.integration, pytest.mark.reference_line]

KEY = bytes(range(200, 232)).hex()
MARK = "zq7mark"
MAIL = f"{MARK}.{{0}}@example.com"
PHONE = "+49151773{0:05}"
STREET = f"{MARK} street {{0}}"
PEOPLE = 12
SHOP = {
    "friendships": [
        ["customer_id", "friend_id"],
        *(sorted((f"C{n:02}", f"C{(n + step) % PEOPLE:02}")) for n in range(PEOPLE) for step in (1, 2)),
    ],
    "products": [["product_id", "name"], ["P0", "Tea"], ["P1", "Cup"]],
    "topics": [["topic_id", "name"], ["T0", "Drinks"]],
    "product_topics": [["product_id", "topic_id"], ["P0", "T0"], ["P1", "T0"]],
    "purchases": [
        ["line_id", "customer_id", "product_id", "at", "quantity", "revenue", "margin", "currency"],
        *(
            [f"L{round}-{n}", f"C{n:02}", f"P{round}", f"2026-0{1 + round}-{1 + n:02}", "1", "900", "300", "EUR"]
            for round in range(2)
            for n in range(PEOPLE)
        ),
    ],
}
PLAN = """
name = "nightly"
time_limit = "10m"
[[load]]
folder = "extract"
bad_rows = "reject"
max_rejects = "50%"
rejects_dir = "rejects"
[compute]
[check]
[reports]
folder = "reports"
names = ["communities", "brokers"]
formats = ["csv", "json"]
[[segment]]
name = "persuaders-by-follow-on"
out = "segments/persuaders.csv"
[[audience]]
segment = "persuaders-by-follow-on"
to = "google"
contacts = "extract/customers.csv"
consent_column = "consent"
min_size = 1
out = "ads"
"""


@dataclass
class Night:
    """What a night of commands has left.

    Attributes:
        folder: Working folder: sources, exports, pages, summaries.
        said: Standard output and error of every command.
        lines: Command lines of all processes of the machine that were seen meanwhile, and environments of ours.
    """

    folder: Path
    said: dict[str, str] = field(default_factory=dict)
    lines: set[bytes] = field(default_factory=set)

    def run(self, *arguments: str, expected: tuple[int, ...] = (0,)) -> None:
        """Run one command as a user does, with everything logged."""
        command = [
            sys.executable,
            "-m",
            "influence.cli.main",
            "--log-level",
            "debug",
            "--log-format",
            "json",
            *arguments,
        ]
        environment = os.environ | {"INFLUENCE_PSEUDONYM_KEY_FILE": str(self.folder / "the.key")}
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )  # fmt: skip
        self.said[" ".join(arguments)] = done.stdout + done.stderr
        assert done.returncode in expected, done.stderr[-3000:]

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Look at all processes all the time."""
        over = threading.Event()

        def look() -> None:
            while not over.wait(0.4):
                for place in Path("/proc").glob("[0-9]*/cmdline"):
                    with suppress(OSError):
                        line = place.read_bytes()
                        self.lines.add(line)
                        if b"influence" in line:
                            self.lines.add(place.with_name("environ").read_bytes())

        watcher = threading.Thread(target=look)
        watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join()


def write_shop(folder: Path) -> None:
    """Write twelve customers with marked contact values, one of them broken, and what they bought."""
    folder.mkdir()
    people = [["customer_id", "email", "phone", "address", "consent"]]
    for number in range(PEOPLE):
        mail = MAIL.format(number) if number != 5 else f"{MARK} is no address"
        people.append([f"C{number:02}", mail, PHONE.format(number), STREET.format(number), "true"])
    people.append(["C99", f"{MARK} neither", PHONE.format(99), STREET.format(99), "true"])
    for name, rows in {"customers": people, **SHOP}.items():
        with (folder / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file).writerows(rows)


@pytest.fixture(scope="module")
def night(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> Night:
    """Load, compute, check, report, segment, audience, pages, erase, and commands that fail, all under observation."""
    night = Night(tmp_path_factory.mktemp("night"))
    write_shop(night.folder / "extract")
    (night.folder / "plan.toml").write_text(PLAN)
    key = night.folder / "the.key"
    key.write_text(KEY + "\n")
    key.chmod(0o600)
    with night.watched():
        night.run("load", "run", "extract", expected=(5,))  # refuses the bad rows, and says where they are
        night.run("job", "run", "plan.toml", expected=(0, 1))
        night.run("report", "run", "brokers", "--out", "brokers.html")
        night.run("report", "build", "--out", "pages", "--customers", "1")
        night.run("report", "run", "customer-profile", "-p", "customer=nobody", expected=(0, 2))
        # C05 is only in the rejected rows, so the files that were handed out stay to be looked into
        night.run("erase", "C05", "--in", "rejects", "--proof", "proof.json", "--yes")
    return night


def contacts() -> set[bytes]:
    """Return every contact value and its plain digest, which anybody could look up."""
    values = [form.format(number) for form in (MAIL, PHONE) for number in range(PEOPLE)]
    return {MARK.encode()} | {
        text.encode() for one in values for text in (one, hashlib.sha256(one.encode()).hexdigest())
    }


def secrets(settings: Settings) -> set[bytes]:
    """Return what nobody may see, in the forms in which it could slip out."""
    password = LocalServer(settings).home.password.read_text().strip()
    return {password.encode(), KEY.encode(), bytes.fromhex(KEY)}


def found_in(content: bytes, marks: set[bytes]) -> list[bytes]:
    return [mark for mark in marks if mark in content]


def test_outputs_logs_and_process_list_when_everything_ran_then_no_secret_and_no_contact(
    night: Night, settings: Settings
) -> None:
    marks = secrets(settings) | contacts()
    assert {name for name, text in night.said.items() if found_in(text.encode(), marks)} == set()
    assert [line for line in night.lines if found_in(line, marks)] == []
    assert any(b"influence.cli.main" in line for line in night.lines)  # somebody looked while they ran


def test_home_when_everything_ran_then_no_secret_but_in_its_own_file(night: Night, settings: Settings) -> None:
    own = {LocalServer(settings).home.password}
    places = {
        str(path)
        for path in settings.home.rglob("*")
        if path.is_file() and not path.is_symlink() and path not in own
        if found_in(path.read_bytes(), secrets(settings) | {one for one in contacts() if one != PHONE.encode()})
    }
    assert places == set()


def test_files_when_everything_ran_then_contacts_only_where_asked_for(night: Night, settings: Settings) -> None:
    hidden, shown = secrets(settings), contacts()
    for path in night.folder.rglob("*"):
        if not path.is_file() or path.name == "the.key" or "extract" in path.parts[len(night.folder.parts) :]:
            continue
        content = path.read_bytes()
        assert not found_in(content, hidden), path
        if path.name.endswith(".rejects.csv"):  # the rows as they stand in the source
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
        elif "ads" not in path.parts:  # files for the platform hold the digests that it asks for
            assert not found_in(content, shown), path
        else:
            assert MARK.encode() not in content, path


def test_database_when_everything_ran_then_only_keyed_hashes(
    night: Night, project: Project, settings: Settings
) -> None:
    graph = project.graph()
    rows = graph.read(
        "MATCH (n) RETURN properties(n) AS p UNION ALL MATCH ()-[r]->() RETURN properties(r) AS p", name="all"
    )
    content = json.dumps([row[0] for row in rows.rows], default=str).encode()
    assert b"email_key" in content
    assert found_in(content, secrets(settings) | contacts()) == []


def test_modes_when_everything_ran_then_nobody_else_can_read_what_is_personal(night: Night, settings: Settings) -> None:
    """Whoever is not this user cannot enter the home; files with people are closed even where it was left open."""
    server = LocalServer(settings).home
    assert stat.S_IMODE(settings.home.stat().st_mode) == 0o700
    assert stat.S_IMODE(server.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(server.password.stat().st_mode) == 0o600
    open_files = [
        str(path.relative_to(settings.home))
        for path in settings.home.iterdir()
        if path.is_file() and stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    assert open_files == []
    personal = [
        night.folder / "proof.json",
        *(night.folder / "segments").glob("*.csv"),
        *(night.folder / "ads").rglob("*"),
    ]
    assert len(personal) > 3
    for path in personal:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
