"""The lint: each rule finds what it is for and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from saved_files import LOAD, REPORT, SCHEMA, found_in, put, saved, told

from influence.queries import Finding, Library, SavedQuery, library
from influence.queries.lint import lint, refusals
from influence.queries.rules import schema_keys
from influence.queries.shape import Statement
from influence.queries.tokens import statements, tokenize

METRIC = """\
// /// metric
// title     = "Friends"
// summary   = "Distinct friends"
// measure   = "friend_count"
// unit      = "people"
// tolerance = 0
// key       = ["customer_id"]
// [columns]
// customer_id  = { type = "str", title = "Customer" }
// friend_count = { type = "int", title = "Friends" }
// ///
MATCH (c:Customer)
RETURN c.id AS customer_id, COUNT { (c)-[:FRIEND]-() } AS friend_count
"""


def packaged_paths() -> list[Path]:
    return library().files()


@pytest.fixture(scope="module")
def packaged_findings() -> list[Finding]:
    return lint(library())


@pytest.mark.parametrize("path", packaged_paths(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_packaged_file_when_linted_then_nothing_is_found(path: Path, packaged_findings: list[Finding]) -> None:
    file = f"{path.parent.name}/{path.name}"
    assert [str(finding) for finding in packaged_findings if finding.file == file] == []
    assert isinstance(library().read(path), SavedQuery)


@pytest.mark.parametrize(
    ("file", "content"),
    [("reports/friends.cypher", REPORT), ("loads/customers.cypher", LOAD), ("reach/friend-count.cypher", METRIC)],
)
def test_file_when_good_then_nothing_is_found(tmp_path: Path, file: str, content: str) -> None:
    assert told(found_in(tmp_path, content, file)) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        # IC001: names
        (
            "// key ",
            '// needs = ["friend_cuont"]\n// key ',
            "IC001 `needs` names `friend_cuont`, which is no measure; did",
        ),
        ('default = "",', 'default = "", choices_query = "lands",', "IC001 `choices_query` of `country` names `lands`"),
        ("// key ", '// population = "all-people"\n// key ', "IC001 `population` names `all-people`"),
        ("// key ", '// maturity = "deprecated"\n// replaced_by = "gone"\n// key ', "IC001 `replaced_by` names `gone`"),
        # IC002: parameters
        ("$country = ''", "$contry = ''", "IC002 `$contry` is used but not declared; did you mean `$country`?"),
        (
            "$country = '' OR c.country = $country",
            "true",
            "IC002 `country` is in `[params]` but `$country` is never used",
        ),
        ("$country = ''", "/* $other */ '$x' <> '' OR $country = ''", "GOOD"),
        ("$country = ''", "$`country` = ''", "GOOD"),
        # IC003: reads only
        ("WHERE $country", "SET c.seen = 1 WITH * WHERE $country", "IC003 `SET` writes"),
        ("WHERE $country", "/**/dEtAcH/**/DELETE c WITH * WHERE $country", "IC003 `DETACH` writes"),
        ("WHERE $country", "WHERE c.create IS NULL AND c.`set` IS NULL AND $country", "GOOD"),
        ("MATCH (c:Cust", "SHOW SETTINGS YIELD name MATCH (c:Cust", "IC003 a report starts with one of"),
        # IC003: the answer
        ("AS friends", "AS friend", "IC003 `RETURN` gives `customer_id`, `friend`"),
        (
            "c.id AS customer_id, s.friend_count AS friends",
            "s.friend_count AS friends, c.id AS customer_id",
            "IC003 `RETURN`",
        ),
        ("s.friend_count AS friends", "s.friend_count", "IC003 `RETURN` gives `customer_id`, one without a name"),
        ("RETURN c.id", "RETURN DISTINCT c.id", "GOOD"),
        ("s.friend_count AS friends", "reduce(a = 0, x IN [1, 2] | a + x) AS friends", "GOOD"),
        ("s.friend_count AS friends", "[1, 2][0] AS friends", "GOOD"),
        ("s.friend_count AS friends", "collect(c.id) AS friends", "IC003 column `friends` is no scalar"),
        ("s.friend_count AS friends", "s AS friends", "IC003 column `friends` is no scalar"),
        ("s.friend_count AS friends", "[1, 2] AS friends", "IC003 column `friends` is no scalar"),
        ("s.friend_count AS friends", "{a: 1} AS friends", "IC003 column `friends` is no scalar"),
        (
            "ORDER BY friends DESC, customer_id",
            "ORDER BY customer_id, friends",
            "IC003 `ORDER BY` does not end in the key",
        ),
        ("ORDER BY friends DESC, customer_id\n", "", "IC003 `ORDER BY` does not end in the key"),
        ("customer_id\nLIMIT", "customer_id ASC\nSKIP 0\nLIMIT", "GOOD"),
        ("\nLIMIT $limit", "\nSKIP $limit", "IC003 no `LIMIT` at the end"),
        (
            "RETURN c.id",
            "RETURN c.id AS customer_id, 1 AS friends UNION ALL MATCH (c) RETURN c.id",
            "IC003 `UNION` at the",
        ),
        ("RETURN c.id", "WITH c.id AS id, s RETURN id", "GOOD"),
        # IC003: one run
        ("(s:Score {run: $run})", "(s:Score)", "IC003 `:Score` without its run mixes"),
        ("(s:Score {run: $run})", "(s)", "IC003 `:SCORED` without a run mixes"),
        ("(s:Score {run: $run})", "(s:Score {customer: c.id})", "IC003 `:Score` without its run mixes"),
        ("(s:Score {run: $run})\nWHERE", "(s:Score)\nWHERE s.run = $run AND", "GOOD"),
        ("(s:Score {run: $run})", "(s:Score {run: $run})-[:IN_TOPIC]->(t:TopicScore)", "GOOD"),
        ("(s:Score {run: $run})", "(s:Score {run: $run})\nMATCH (t:TopicScore)", "IC003 `:TopicScore` without its run"),
        (
            "(s:Score {run: $run})",
            "(s:Score {run: $run})\nMATCH (c)-[:PERSUADED]->(o)",
            "IC003 `:PERSUADED` without a run",
        ),
        ("(s:Score {run: $run})", "(s:Score {run: $run})\nMATCH (c)-[:PERSUADED {run: $run}]->(o)", "GOOD"),
        (
            "MATCH (c:Customer)",
            "MATCH (l:_InfluenceLock)\nMATCH (c:Customer)",
            "IC003 `_InfluenceLock` is book-keeping",
        ),
        # IC006
        ("c.id AS", "id(c) AS", "IC006 `id()` changes when the store does"),
        ("c.id AS", "`ID` (c) AS", "IC006 `id()` changes when the store does"),
        ("c.id AS", "apoc.text.clean(c.id) AS", "IC006 `apoc.text.clean` is APOC"),
        ("WHERE $country", "WHERE c:$($country) AND $country", "IC006 a label or type built from a value"),
        ("WHERE $country", "WHERE c:$any($country) AND $country", "IC006 a label or type built from a value"),
        ("MATCH (c:C", "LOAD CSV FROM 'file:///x' AS row MATCH (c:C", "IC006 `LOAD CSV` reads files"),
        (
            "WHERE $country",
            "CALL { WITH c RETURN 1 AS one } WITH * WHERE $country",
            "IC006 `CALL {` without the variables",
        ),
        ("WHERE $country", "CALL (c) { RETURN 1 AS one } WITH * WHERE $country", "GOOD"),
        (
            "WHERE $country",
            "CALL (c) { RETURN 1 AS o } IN 2 CONCURRENT TRANSACTIONS WITH * WHERE $country",
            "IC006 `CALL",
        ),
        (
            "s.friend_count AS",
            "gds.graph.project('x', c, s) AS",
            "IC006 the function `gds.graph.project` is not on the list",
        ),
        ("s.friend_count AS", "`gds`.`graph` . /* */ project('x', c, s) AS", "IC006 the function `gds.graph.project`"),
        ("s.friend_count AS", "date.truncate('day', date()).year AS", "GOOD"),
        ("MATCH (c:C", "USE other MATCH (c:C", "IC006 `USE`; the connection says which database"),
        ("LIMIT $limit\n", "LIMIT $limit; MATCH (n) RETURN n\n", "IC006 several statements"),
        ("LIMIT $limit\n", "LIMIT $limit;\n", "GOOD"),
        ("MATCH (c:C", "CYPHER 25 MATCH (c:C", "IC006 starts with `CYPHER`"),
        ("MATCH (c:C", "PROFILE MATCH (c:C", "IC006 starts with `PROFILE`"),
        ("$country = ''", "$country = '\\u0027'", "IC006 a `\\u` escape can hide a quote"),
        ("WHERE $country", "WHERE c.`a\\u0060` IS NULL AND $country", "IC006 a `\\u` escape can hide a quote"),
        ("$country = ''", "$country = '", "IC006 `'…` is never closed"),
        ("LIMIT $limit", "LIMIT $limit /* ", "IC006 `/*…` is never closed"),
        (
            "MATCH (c:C",
            "CALL gds.graph.list() YIELD graphName MATCH (c:C",
            "IC006 calls the procedure `gds.graph.list`",
        ),
        (
            "MATCH (c:C",
            "CALL `gds`.graph.`drop`('x') YIELD graphName MATCH (c:C",
            "IC006 calls the procedure `gds.graph.drop`",
        ),
        (
            "// key ",
            '// procedures = ["gds.graph.drop"]\n// key ',
            "IC006 the procedure `gds.graph.drop` is not on the list",
        ),
        # IC007
        ("MATCH (c:C", "match (c:C", "IC007 the keyword `match` is not upper-case"),
        ("friends DESC", "friends desc", "IC007 the keyword `desc` is not upper-case"),
        ("(c:Customer)-", "(c:customer)-", "IC007 the label `customer` is not PascalCase"),
        ("RETURN ", "WHERE NOT (c:Fresh OR c:_Kept AND c.age = $limit)\nRETURN ", "GOOD"),
        ("RETURN ", "WHERE (c:Fresh OR c:stale)\nRETURN ", "IC007 the label `stale` is not PascalCase"),
        ("RETURN ", "WHERE (c:Fresh|(gone&!Kept))\nRETURN ", "IC007 the label `gone` is not PascalCase"),
        ("[:SCORED]", "[:Scored]", "IC007 the relationship type `Scored` is not UPPER_SNAKE"),
        ("s.friend_count", "s.friendCount", "IC007 the property `friendCount` is not snake_case"),
        ("s.friend_count", "duration.inDays(date(), date()).days", "GOOD"),
        ("LIMIT $limit\n", "LIMIT $limit", "IC007 no newline at the end of the file"),
        ("LIMIT $limit\n", "LIMIT $limit\r\n", "IC007 line endings are not LF"),
    ],
)
def test_report_when_changed_then_the_lint_says_so(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert old in REPORT
    lines = told(found_in(tmp_path, REPORT.replace(old, new, 1)))
    if expected == "GOOD":
        assert lines == []
    else:
        assert any(line.startswith(expected) for line in lines), lines


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("UNWIND $rows AS row", "WITH 1 AS one UNWIND $rows AS row", "IC004 a load starts with `UNWIND $rows AS row`"),
        (
            "MERGE (c:Customer {id: row.id})",
            "CREATE (c:Customer {id: row.id})",
            "IC004 `CREATE` makes a second element",
        ),
        (
            "{id: row.id}",
            "{email: row.id}",
            "IC004 `MERGE` of `:Customer` on `email`, which has no uniqueness constraint",
        ),
        ("{id: row.id}", "{id: row.id, name: row.name}", "IC004 `MERGE` of `:Customer` on `id`, `name`"),
        ("(c:Customer {id: row.id})", "(c:Customer)", "IC004 `MERGE` of `:Customer` on no key"),
        (", c.source = $source", "", "IC004 does not stamp `source`"),
        ("c.run_id = $run_id, ", "", "IC004 does not stamp `run_id`"),
        ("SET c +=", "ON CREATE SET c.new = true\nSET c +=", "GOOD"),
        (
            "MERGE (c:Customer {id: row.id})",
            "MATCH (a:Customer {id: row.a})\nMATCH (p:Product {id: row.p})\n"
            "MERGE (a)-[c:BOUGHT {line_id: row.id}]->(p)",
            "GOOD",
        ),
        (
            "MERGE (c:Customer {id: row.id})",
            "MATCH (a:Customer {id: row.a})\nMATCH (b:Customer {id: row.b})\nMERGE (a)-[c:FRIEND]->(b)",
            "GOOD",
        ),
        (
            "MERGE (c:Customer {id: row.id})",
            "MATCH (a:Customer {id: row.a})\nMATCH (p:Product {id: row.p})\nMERGE (a)-[c:BOUGHT {at: row.at}]->(p)",
            "IC004 `MERGE` of `:BOUGHT` on `at`",
        ),
        (
            "MERGE (c:Customer {id: row.id})",
            "MERGE (c:Customer {id: row.a})-[:FRIEND]->(:Customer {id: row.b})",
            "IC004 `MERGE` of a path creates the node `c` again",
        ),
    ],
)
def test_load_when_changed_then_the_lint_says_so(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert old in LOAD
    lines = told(found_in(tmp_path, LOAD.replace(old, new, 1), "loads/customers.cypher"))
    assert lines == [] if expected == "GOOD" else any(line.startswith(expected) for line in lines), lines


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('"friend_count"', '"friend_cuont"', "IC005 `friend_cuont` is no measure; did you mean `friend_count`?"),
        ('"people"', '"friends"', "IC005 the unit of `friend_count` is not `friends`"),
        ("// friend_count =", "// friends =", "IC005 `[columns]` has no column `friend_count`"),
        ("// tolerance = 0\n", "", "IC001 a metric needs `tolerance`"),
    ],
)
def test_metric_when_changed_then_the_lint_says_so(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert old in METRIC
    lines = told(found_in(tmp_path, METRIC.replace(old, new, 1), "reach/friend-count.cypher"))
    assert any(line.startswith(expected) for line in lines), lines


def test_internal_file_when_implicit_then_may_use_transactions(tmp_path: Path) -> None:
    content = (
        "// /// internal\n// title = 'Prune'\n// ///\n"
        "MATCH (s:Score {run: $run})\nCALL (s) { DETACH DELETE s } IN TRANSACTIONS OF 10000 ROWS\n"
    )
    assert "IC006 `CALL … IN TRANSACTIONS`" in told(found_in(tmp_path, content, "internal/prune.cypher"))
    implicit = content.replace("// ///\nM", '// mode = "implicit"\n// ///\nM')
    assert told(found_in(tmp_path, implicit, "internal/prune.cypher")) == []


def test_label_when_built_from_a_value_then_only_in_internal_files(tmp_path: Path) -> None:
    content = (
        "// /// internal\n// title = 'x'\n// [params]\n// l = { type = 'str' }\n// ///\nMATCH (n:$($l)) RETURN n\n"
    )
    assert told(found_in(tmp_path, content, "internal/x.cypher")) == []
    load = LOAD.replace("SET c +=", "SET c:$(row.label)\nSET c +=")
    assert told(found_in(tmp_path, load, "loads/x.cypher")) == ["IC006 a label or type built from a value"]


def test_population_when_it_needs_other_parameters_then_told(tmp_path: Path) -> None:
    content = (
        "// /// internal\n// title = 'All'\n// [params]\n// country = { type = 'int' }\n// segment = { type = 'str' }\n"
        "// ///\nMATCH (c:Customer {country: $country, segment: $segment}) RETURN count(c) AS population\n"
    )
    put(tmp_path, "internal/everyone.cypher", content)
    lines = told(found_in(tmp_path, REPORT.replace("// key ", '// population = "everyone"\n// key ')))
    assert lines == [
        "IC001 `$country` is `str` here and `int` in `everyone` of `population`",
        "IC001 `population` needs `$segment`, which is not in `[params]`",
    ]


def test_names_when_two_subject_folders_share_one_then_told(tmp_path: Path) -> None:
    put(tmp_path, "persuasion/friend-count.cypher", METRIC)
    lines = told(found_in(tmp_path, METRIC, "reach/friend-count.cypher"))
    assert lines == ["IC001 `friend-count` is also in `persuasion/`; names of a kind are unique"]


def test_findings_when_there_are_hints_then_they_can_be_pasted(tmp_path: Path) -> None:
    found = found_in(tmp_path, REPORT.replace("$country = ''", "$since = ''").replace("\nLIMIT $limit", ""))
    hints = {finding.text.split("`")[1]: finding.hint for finding in found if finding.hint}
    assert hints["LIMIT"] == "LIMIT $limit"
    pasted = REPORT.replace("// [columns]", hints["$since"].replace("// [params]\n", "") + "\n// [columns]")
    assert saved(tmp_path / "pasted", pasted).header.params["since"].type == "str"


def test_refusals_when_dangerous_then_told_and_style_is_not(tmp_path: Path) -> None:
    assert (
        refusals(saved(tmp_path / "a", REPORT.replace("MATCH", "match").replace("LIMIT $limit", "LIMIT $limit"))) == []
    )
    assert refusals(saved(tmp_path / "b", REPORT.replace("WHERE", "DELETE c WITH * WHERE")))


def test_statements_when_semicolons_are_quoted_then_not_split() -> None:
    text = "CREATE (:A {u: 'https://x;y'}); // one; two\n/* ; */ CREATE (:`B;C`);\n;\n  // end;\n"
    assert statements(text) == ["CREATE (:A {u: 'https://x;y'})", "// one; two\n/* ; */ CREATE (:`B;C`)"]


def test_schema_keys_when_constraints_are_written_in_many_ways_then_read() -> None:
    text = SCHEMA.split("// ///\n")[-1] + ";\nCREATE INDEX x IF NOT EXISTS FOR (p:Product) ON (p.name)"
    assert schema_keys(text) == {
        ("Customer", frozenset({"id"})),
        ("BOUGHT", frozenset({"line_id"})),
        ("Score", frozenset({"run", "customer"})),
    }


@given(st.text(alphabet="'\"`\\/*$.:;(){}[]\n ,ab01éµ-><", max_size=120))
@settings(deadline=None, max_examples=500)
def test_tokens_when_given_any_text_then_nothing_is_lost(text: str) -> None:
    tokens = tokenize(text)
    assert "".join(token.text for token in tokens) == "".join(
        part for part in pieces(text, [(token.start, token.start + len(token.text)) for token in tokens])
    )
    assert all(text[token.start : token.start + len(token.text)] == token.text for token in tokens)
    covered = sum(len(token.text) for token in tokens)
    assert covered + sum(letter.isspace() for letter in outside(text, tokens)) == len(text)
    Statement(text).returns  # noqa: B018


def pieces(text: str, spans: list[tuple[int, int]]) -> list[str]:
    return [text[begin:end] for begin, end in spans]


def outside(text: str, tokens: list) -> str:
    inside = {place for token in tokens for place in range(token.start, token.start + len(token.text))}
    return "".join(letter for place, letter in enumerate(text) if place not in inside)


@given(st.lists(st.sampled_from(
    ["MATCH", "(", ")", "[", "]", "{", "}", "RETURN", "ORDER", "BY", "LIMIT", "AS", "x", ",", ":", "-", ">", "$run", "CALL",
     "MERGE", "Score", "SCORED", ".", "run", "'a'", "UNION", "WITH", "DISTINCT", "IN", "TRANSACTIONS", "*", ";", "id", "\n"]
), max_size=40))  # fmt: skip
@settings(deadline=None, max_examples=500)
def test_lint_when_given_any_words_then_no_crash(tmp_path_factory: pytest.TempPathFactory, words: list[str]) -> None:
    root = tmp_path_factory.mktemp("words")
    text = " ".join(words) + "\n"
    put(root, "reports/x.cypher", REPORT.split("MATCH")[0] + text)
    put(root, "loads/y.cypher", LOAD.split("UNWIND")[0] + text)
    put(root, "schema/V010__x.cypher", SCHEMA.split("CREATE")[0] + text)
    assert all(finding.line >= 1 for finding in lint(Library((root,))))


@pytest.mark.parametrize("letter", ["(", "[", "{", "'", "`", "/*", "(((:", "-[", "$", "a.", "\\'"])
def test_lint_when_a_file_is_one_sign_many_times_then_it_ends(tmp_path: Path, letter: str) -> None:
    put(tmp_path, "reports/x.cypher", REPORT.split("MATCH")[0] + letter * (60_000 // len(letter)))
    assert lint(Library((tmp_path,)))
