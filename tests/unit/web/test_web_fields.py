"""Forms from headers, addresses from values, names and addresses a site may have."""

from __future__ import annotations

import socket
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from influence.errors import ConfigError, UsageProblem
from influence.queries import Library, SavedQuery, library
from influence.queries.values import parse
from influence.web import require_web
from influence.web.fields import Field, fields, read
from influence.web.guard import host_name
from influence.web.links import SiteLinks, written
from influence.web.problems import problem_of
from influence.web.serving import allowed_hosts, is_loopback, listen

ALL = """// /// report
// title = "All types"
// question = "Which input has each type?"
// summary = "One parameter of each"
// category = "data"
// key = ["n"]
// [params]
// text     = { type = "str", default = "" }
// whole    = { type = "int", default = 3, min = 1, max = 9 }
// real     = { type = "float", default = 0.5 }
// yes      = { type = "bool", default = true }
// maybe    = { type = "bool", optional = true }
// day      = { type = "date", optional = true }
// instant  = { type = "datetime", default = "2026-01-02T03:04:05Z" }
// window   = { type = "duration", default = "28d" }
// names    = { type = "list[str]", default = ["a", "b"] }
// by       = { type = "str", default = "reach", choices = ["reach", "value"] }
// picked   = { type = "str" }
// [columns]
// n = { type = "int", title = "N" }
// ///
MATCH (c:Customer)
WHERE c.id IN $names
RETURN count(c) AS n
ORDER BY n
LIMIT 1
"""


@pytest.fixture
def query(tmp_path: Path) -> SavedQuery:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "all-types.cypher").write_text(ALL, encoding="utf-8")
    return Library((tmp_path,)).get("report", "all-types")


def form(query: SavedQuery, sent: dict[str, str], **choices: list[Any]) -> dict[str, Field]:
    return {one.name: one for one in fields(query, read(query, sent), choices)}


def test_fields_when_made_then_each_type_has_its_input_and_default(query: SavedQuery) -> None:
    made = form(query, {}, by=["reach", "value"], picked=["x"])
    assert {name: one.input for name, one in made.items()} == {
        "text": "text",
        "whole": "number",
        "real": "number",
        "yes": "select",
        "maybe": "select",
        "day": "date",
        "instant": "datetime-local",
        "window": "text",
        "names": "text",
        "by": "select",
        "picked": "select",
    }
    assert (made["whole"].value, made["whole"].least, made["whole"].most, made["whole"].step) == ("3", "1", "9", "1")
    assert made["instant"].value == "2026-01-02T03:04:05"
    assert made["window"].value == "28d" and made["names"].value == "a,b"
    assert [one for one, _ in made["yes"].options] == ["true", "false"]
    assert [one for one, _ in made["maybe"].options] == ["", "true", "false"]
    assert [one for one, _ in made["by"].options] == ["reach", "value"]
    assert made["picked"].options[0] == ("", "choose one") and made["picked"].required


def test_defaults_when_sent_back_by_the_form_then_bind_to_the_same(query: SavedQuery) -> None:
    sent = {name: one.value for name, one in form(query, {}).items() if name != "picked"}
    given = read(query, sent)
    assert given.problems == {}
    bound = query.bind({**given.values, "picked": "x"})
    assert bound == query.bind({"picked": "x"})


def test_values_when_wrong_then_kept_with_their_problem(query: SavedQuery) -> None:
    made = form(query, {"whole": "99", "day": "tomorrow", "picked": "x", "window": "28"}, picked=["x"])
    assert (made["whole"].value, made["whole"].problem, made["whole"].input) == ("99", "must be at most 9", "text")
    assert made["day"].value == "tomorrow" and "is not a date" in made["day"].problem
    assert "is not a length of time" in made["window"].problem


def test_needed_value_when_nothing_was_sent_then_no_problem_yet(query: SavedQuery) -> None:
    assert form(query, {})["picked"].problem == ""
    assert form(query, {"whole": "2"})["picked"].problem == "is needed"
    assert read(query, {"picked": "  "}).missing == ["picked"]


def test_choices_when_many_then_suggested_and_not_listed(query: SavedQuery) -> None:
    made = form(query, {}, picked=[f"t{number}" for number in range(500)])["picked"]
    assert (made.input, made.options, len(made.suggestions)) == ("text", [], 500)


def test_name_when_unknown_then_told_safely(query: SavedQuery) -> None:
    problems = read(query, {"whol\r\ne`": "1"}).problems
    assert list(problems) == ["whol??e?"]


# ── addresses ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("str", "a&b=c/../é?"),
        ("int", -3),
        ("float", 0.25),
        ("float", 2.0),
        ("float", 1e300),
        ("bool", True),
        ("date", date(2026, 2, 28)),
        ("datetime", datetime(2026, 2, 28, 1, 2, 3, tzinfo=UTC)),
        ("duration", timedelta(days=28)),
        ("duration", timedelta(hours=5)),
        ("list[str]", ["a", "b"]),
        ("list[str]", ["a,b", "[c"]),
        ("list[int]", [1, 2]),
    ],
)
def test_value_when_written_into_an_address_then_read_back_as_it_was(kind: Any, value: Any) -> None:
    assert parse(kind, written(value)) == value


def test_links_when_nothing_is_there_then_plain_text() -> None:
    links = SiteLinks(library())
    assert links.report("report", "no-such", {}) is None
    assert links.report("report", "top-by-topic", {"nope": 1}) is None
    assert links.report("report", "top-by-topic", {"topic": "a&b"}) == "/reports/top-by-topic?topic=a%26b"
    assert links.customer("../?#") == "/customer?id=..%2F%3F%23"


# ── names ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("localhost", "localhost"),
        ("LOCALHOST:8765", "localhost"),
        ("127.0.0.1:1", "127.0.0.1"),
        ("[::1]:8765", "[::1]"),
        ("[::1]", "[::1]"),
        ("evil.example:80", "evil.example"),
        ("localhost:80@evil.example", "localhost:80@evil.example"),
        ("localhost:", "localhost:"),
    ],
)
def test_host_when_read_then_without_its_port_and_never_cut_to_a_known_one(header: str, name: str) -> None:
    assert host_name(header) == name


def test_hosts_when_not_told_then_only_what_is_listened_on() -> None:
    assert allowed_hosts("127.0.0.1", []) == {"localhost", "127.0.0.1", "[::1]"}
    assert allowed_hosts("127.0.0.1", ["Shop.Example"]) == {"localhost", "127.0.0.1", "[::1]", "shop.example"}
    assert allowed_hosts("192.0.2.7", []) == {"192.0.2.7"}
    assert allowed_hosts("2001:db8::1", []) == {"[2001:db8::1]"}
    with pytest.raises(UsageProblem, match="by which name"):
        allowed_hosts("0.0.0.0", [])
    for wrong in ("https://shop.example", "*", "shop.example:80", "shop.example/x", ""):
        with pytest.raises(UsageProblem, match="allowed-host"):
            allowed_hosts("127.0.0.1", [wrong])


@pytest.mark.parametrize(
    ("host", "local"),
    [("127.0.0.1", True), ("127.8.9.1", True), ("::1", True), ("[::1]", True), ("localhost", True), ("0.0.0.0", False),
     ("::", False), ("192.168.1.5", False), ("localhost.evil.example", False), ("", False)],
)  # fmt: skip
def test_address_when_told_then_loopback_is_known(host: str, local: bool) -> None:
    assert is_loopback(host) is local


def test_port_when_taken_then_said_with_a_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        with pytest.raises(UsageProblem, match="cannot listen") as caught:
            listen("127.0.0.1", taken.getsockname()[1])
    assert "--port" in (caught.value.hint or "")


def test_extra_when_missing_then_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("influence.web.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="starlette") as caught:
        require_web()
    assert caught.value.hint == 'install it with `pip install "influence[web]"`'
    assert (caught.value.code, caught.value.exit_code) == ("extra-missing", 2)


def test_error_when_nobody_expected_it_then_its_text_stays_inside() -> None:
    problem = problem_of(RuntimeError("Ann Archer, secret"))
    assert problem.status == 500 and "Ann" not in problem.words + problem.heading + problem.hint
