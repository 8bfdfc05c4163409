"""Cypher through every parameter of every report and segment, through ids in the data and through the commands."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import pytest

from influence.answers import run_saved
from influence.errors import InfluenceError, QueryFailed, ServerUnsuitable, UsageProblem
from influence.graph import Graph
from influence.measures import MEASURES
from influence.queries import SavedQuery, library
from influence.queries.header import Parameter

pytestmark = pytest.mark.integration

SHOP = Path(__file__).parent.parent / "report"
HOSTILE = [
    "' OR 1=1 //",
    '" OR true //',
    "`) DETACH DELETE n //",
    "x'}) MATCH (n) DETACH DELETE n //",
    r"\u0027 OR true //",
    "$customer",
    "' RETURN 1 AS a UNION MATCH (c:Customer) RETURN c.id AS a //",
    ".*",
    "%",
    "*",
    "ann\nOR true",
]
UNKNOWN = "nobody-of-this-name"
CLEAN = (UsageProblem, ServerUnsuitable)
SHAPED = {"int": "1", "float": "0.5", "bool": "true", "date": "2026-01-01", "datetime": "2026-01-01", "duration": "28d"}


@pytest.fixture(scope="module")
def shop(graph: Graph) -> Graph:
    """The hand-worked shop of the report tests."""
    graph.execute((SHOP / "shop.cypher").read_text(encoding="utf-8"), name="shop")
    measures = sorted(one.name for one in MEASURES)
    graph.execute((SHOP / "scores.cypher").read_text(encoding="utf-8"), {"measures": measures}, name="scores")
    return graph


@functools.cache
def questions() -> list[SavedQuery]:
    """Every report and segment that takes a text, or anything at all."""
    catalogue = library()
    return [one for kind in ("report", "segment") for one in catalogue.all(kind) if one.header.params]


def outcome(graph: Graph, query: SavedQuery, given: dict[str, str]) -> Any:
    """Return the rows, or the code of the clean refusal; anything else is what the attacker wants."""
    try:
        return run_saved(graph, query, given).rows
    except CLEAN as error:
        return error.code


def filled(parameter: Parameter) -> str:
    """Return a harmless value for a required parameter."""
    if parameter.choices:
        return str(parameter.choices[0])
    return SHAPED.get(parameter.type.removeprefix("list[").removesuffix("]"), UNKNOWN)


def state(graph: Graph) -> list[Any]:
    text = "MATCH (n) OPTIONAL MATCH (n)-[r]->() RETURN count(DISTINCT n), count(r), sum(size(keys(n)))"
    return graph.read(text, name="state").rows


def test_every_parameter_when_hostile_then_answers_like_an_unknown_value(shop: Graph) -> None:
    """The answer to an attack is that to a value which nobody has: same rows, or the same clean refusal."""
    before, found, tried = state(shop), [], 0
    for query in questions():
        harmless = {name: filled(one) for name, one in query.header.params.items() if one.required}
        for name, parameter in query.header.params.items():
            text = parameter.type in ("str", "list[str]")
            expected = outcome(shop, query, harmless | {name: UNKNOWN})
            # one attack per parameter and all through the list of parameters: every attack meets every kind of place
            for attack in HOSTILE if not text else [HOSTILE[(tried + step) % len(HOSTILE)] for step in (0, 4)]:
                tried += 1
                answer = outcome(shop, query, harmless | {name: attack})
                if answer != expected and not (parameter.type == "list[str]" and "," in attack):
                    found.append((query.name, name, attack, expected, answer))
    assert found == []
    assert tried > 200
    assert state(shop) == before


@pytest.mark.parametrize("attack", HOSTILE)
def test_name_of_a_question_when_hostile_then_unknown(attack: str) -> None:
    for kind in ("report", "segment", "internal"):
        with pytest.raises(UsageProblem):
            library().get(kind, attack)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["../internal/erase-customer", "../../etc/passwd", "/etc/passwd", "runs\0", ""])
def test_name_of_a_question_when_a_path_then_unknown(name: str) -> None:
    for kind in ("report", "segment"):
        with pytest.raises(UsageProblem):
            library().get(kind, name)  # type: ignore[arg-type]


@pytest.mark.parametrize("attack", HOSTILE)
def test_run_id_when_hostile_then_no_such_run(shop: Graph, attack: str) -> None:
    with pytest.raises(UsageProblem):
        run_saved(shop, library().get("report", "reach-summary"), run_id=attack)


ENDLESS = {
    "expansion": "MATCH p = (c:Customer)-[:FRIEND*1..60]-(d:Customer) WHERE length(p) > 0 RETURN count(p) AS a LIMIT 1",
    "memory": "UNWIND range(1, 2000000000) AS i WITH collect(toString(i)) AS l RETURN size(l) AS a LIMIT 1",
    "product": "MATCH (a), (b), (c), (d), (e), (f), (g), (h) RETURN count(*) AS a LIMIT 1",
}
CLIQUE = """
UNWIND range(1, 14) AS i CREATE (:Customer {id: 'clique-' + i}) WITH count(*) AS made
MATCH (a:Customer), (b:Customer) WHERE a.id STARTS WITH 'clique-' AND b.id STARTS WITH 'clique-' AND a.id < b.id
CREATE (a)-[:FRIEND]->(b)
"""
HEAD = (
    '// /// report\n// title = "T"\n// summary = "T"\n// question = "T?"\n// category = "test"\n// key = ["a"]\n'
    '// timeout = "1s"\n// [columns]\n// a = { type = "int", title = "A", help = "A" }\n// ///\n'
)


@pytest.mark.parametrize("name", ENDLESS)
def test_own_question_when_it_never_ends_then_ended_and_the_server_lives(
    shop: Graph, tmp_path: Path, name: str
) -> None:
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / f"{name}.cypher").write_text(f"{HEAD}{ENDLESS[name]}\n")
    shop.execute(CLIQUE, name="clique")
    try:
        with pytest.raises(QueryFailed):
            run_saved(shop, library(tmp_path).get("report", name))
    finally:
        shop.execute("MATCH (c:Customer) WHERE c.id STARTS WITH 'clique-' DETACH DELETE c", name="clique")
    assert shop.read("RETURN 1 AS one", name="alive").rows == [(1,)]


def test_id_in_the_data_when_cypher_then_only_ever_data(shop: Graph) -> None:
    """An id that is Cypher, HTML and a formula at once is looked up like any other."""
    evil = "=1+1' OR 1=1 // `) DETACH DELETE n //<script>alert(1)</script>"
    shop.execute("CREATE (:Customer {id: $id, name: $id})", {"id": evil}, name="evil")
    try:
        rows = run_saved(shop, library().get("report", "customer-profile"), {"customer": evil}).dicts()
        assert len(rows) == 1
    except InfluenceError as error:  # not scored: refused like anybody without scores
        assert isinstance(error, CLEAN)
    finally:
        shop.execute("MATCH (c:Customer {id: $id}) DETACH DELETE c", {"id": evil}, name="evil")
