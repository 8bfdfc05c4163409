"""Full extracts: what vanished is closed or deleted, only when asked, and never much of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from influence.errors import DataRejected, UsageProblem
from influence.graph import Graph
from influence.load import LoadReport, data_version

pytestmark = pytest.mark.integration

Loader = Callable[..., LoadReport]
Put = Callable[..., None]
Ask = Callable[..., list[tuple[Any, ...]]]

MAY, JUNE, JULY, AUGUST = (datetime(2026, month, 1, tzinfo=UTC) for month in (5, 6, 7, 8))
ALL = {"sweep": True, "sweep_max": 1.0}


def friends(*pairs: str, header: str = "customer_id,friend_id") -> str:
    return header + "\n" + "".join(f"{pair}\n" for pair in pairs)


def ties(ask: Ask, kind: str = "FRIEND") -> list[tuple[Any, ...]]:
    text = {
        "FRIEND": "MATCH (a)-[f:FRIEND]->(b) RETURN a.id + b.id AS pair, toString(date(f.since)) AS since, toString(date(f.until)) AS until ORDER BY pair, since",
        "FOLLOWS": "MATCH (a)-[f:FOLLOWS]->(b) RETURN a.id + b.id AS pair, toString(date(f.since)) AS since, toString(date(f.until)) AS until ORDER BY pair, since",
    }
    return ask(text[kind])


def test_without_sweep_nothing_vanishes(load: Loader, put: Put, ask: Ask) -> None:
    put(friendships=friends("a,b", "a,c"))
    load(as_of=MAY)
    put(friendships=friends("a,b"))
    report = load(as_of=JUNE)
    assert report.sweeps == []
    assert ties(ask) == [("ab", None, None), ("ac", None, None)]


@pytest.mark.parametrize(
    ("dataset", "header", "kind"),
    [("friendships", "customer_id,friend_id", "FRIEND"), ("follows", "follower_id,followed_id", "FOLLOWS")],
)
def test_vanished_ties_end_at_the_extract_and_new_ones_begin_there(
    load: Loader, put: Put, ask: Ask, dataset: str, header: str, kind: str
) -> None:
    put(**{dataset: friends("a,b", "a,c", header=header)})
    load(as_of=MAY, **ALL)
    put(**{dataset: friends("a,b", "b,c", header=header)})
    report = load(as_of=JUNE, **ALL)
    assert [(swept.dataset, swept.total, swept.vanished) for swept in report.sweeps] == [(dataset, 3, 1)]
    assert ties(ask, kind) == [("ab", None, None), ("ac", None, "2026-06-01"), ("bc", "2026-06-01", None)]
    assert load(as_of=JUNE, **ALL).sweeps[0].vanished == 0, "a second sweep finds nothing"


def test_a_tie_that_comes_back_is_a_second_period(load: Loader, put: Put, ask: Ask) -> None:
    header = "customer_id,friend_id,since"
    put(friendships=friends("a,b,2020-01-01", "a,c,2020-01-01", header=header))
    load(as_of=MAY, **ALL)
    put(friendships=friends("a,c,2020-01-01", header=header))
    load(as_of=JUNE, **ALL)
    put(friendships=friends("b,a,2020-01-01", "a,c,2020-01-01", header=header))
    report = load(as_of=JULY, **ALL)
    both = [("ab", "2020-01-01", "2026-06-01"), ("ab", "2026-07-01", None), ("ac", "2020-01-01", None)]
    assert ties(ask) == both
    assert (report.files[0].created, report.files[0].updated) == (1, 1)
    put(friendships=friends("b,a,2020-01-01", "a,c,2020-01-01", "c,d,2020-01-01", header=header))
    load(as_of=AUGUST, **ALL)
    assert ties(ask)[:3] == both, "the second period stays open and keeps its begin"
    put(friendships=friends("a,c,2020-01-01", header=header))
    load(as_of=datetime(2026, 9, 1, tzinfo=UTC), **ALL)
    assert ties(ask)[:2] == [both[0], ("ab", "2026-07-01", "2026-09-01")]


def test_a_tie_that_says_when_it_came_back_is_believed(load: Loader, put: Put, ask: Ask) -> None:
    header = "customer_id,friend_id,since"
    put(friendships=friends("a,b,2020-01-01", "a,c,", header=header))
    load(as_of=MAY, **ALL)
    put(friendships=friends("a,c,", header=header))
    load(as_of=JUNE, **ALL)
    put(friendships=friends("a,b,2026-06-15", "a,c,", header=header))
    load(as_of=JULY, **ALL)
    assert ties(ask)[:2] == [("ab", "2020-01-01", "2026-06-01"), ("ab", "2026-06-15", None)]


def test_ties_that_ended_by_themselves_are_left_alone(load: Loader, put: Put, ask: Ask) -> None:
    header = "customer_id,friend_id,since,until"
    put(friendships=friends("a,b,,2025-01-01", "a,c,,", header=header))
    load(as_of=MAY, **ALL)
    put(friendships=friends("a,c,,", header=header))
    assert load(as_of=JUNE, **ALL).sweeps[0].vanished == 0
    assert ties(ask)[0] == ("ab", None, "2025-01-01")


def test_first_snapshot_knows_no_begin(load: Loader, put: Put, ask: Ask) -> None:
    put(friendships=friends("a,b"))
    load(as_of=MAY)
    assert ties(ask) == [("ab", None, None)]


def test_the_guard_refuses_and_says_what_would_go(load: Loader, put: Put, ask: Ask, empty_graph: Graph) -> None:
    pairs = [f"a,{n}" for n in range(100)]
    put(friendships=friends(*pairs))
    load(as_of=MAY, sweep=True)
    put(friendships=friends(*pairs[:90], "x,y"))
    with pytest.raises(DataRejected) as caught:
        load(as_of=JUNE, sweep=True)
    assert caught.value.code == "sweep-guard"
    assert caught.value.details["datasets"] == {"friendships": [10, 101]}
    assert "--sweep-max 10.0%" in (caught.value.hint or "")
    assert ask("MATCH ()-[f:FRIEND]->() WHERE f.until IS NOT NULL RETURN f") == []
    assert ask("MATCH (:Customer {id: 'x'})-[:FRIEND]->() RETURN 1") == [(1,)], "the new rows are in"
    before = data_version(empty_graph)
    report = load(as_of=JUNE, sweep=True, sweep_max=0.1)
    assert report.written == 0
    assert report.sweeps[0].vanished == 10
    assert report.data_version != before, "a sweep alone changes the data, too"
    assert ask("MATCH ()-[f:FRIEND]->() WHERE f.until IS NOT NULL RETURN count(f)") == [(10,)]


def test_when_the_guard_refuses_then_the_new_rows_are_marked_and_in_the_history(
    load: Loader, put: Put, ask: Ask
) -> None:
    header = "line_id,customer_id,product_id,at\n"
    put(
        customers="customer_id\n" + "".join(f"{number}\n" for number in range(20)),
        purchases=header + "x,1,A,2025-01-02\n",
    )
    load("run-1", sweep=True)
    put(customers="customer_id\n1\n2\n", purchases=header + "w,1,A,2025-01-01\ny,2,A,2025-01-05\n")
    with pytest.raises(DataRejected, match="none was swept"):
        load("run-2", sweep=True)
    lines = "MATCH ()-[b:BOUGHT]->() RETURN b.line_id, b.first ORDER BY b.line_id"
    assert ask(lines) == [("w", True), ("x", None), ("y", True)]
    assert ask("MATCH (f:_InfluenceFile) WHERE f.status <> 'done' RETURN f.name") == []
    events = "MATCH (h:_InfluenceHistory) RETURN h.id, h.record CONTAINS '\"sweep_max\":0.0,' ORDER BY h.number"
    assert ask(events) == [("run-1", False), ("run-2", True)], "done again, nothing is swept again"
    report = load("run-3", **ALL)
    assert (report.written, [swept.vanished for swept in report.sweeps]) == (0, [18, 1])
    assert ask(lines) == [("w", True), ("y", True)]
    assert [event for event, _ in ask(events)] == ["run-1", "run-2", "run-3"]


def test_up_to_five_per_cent_are_swept_unasked(load: Loader, put: Put) -> None:
    pairs = [f"a,{n}" for n in range(100)]
    put(friendships=friends(*pairs))
    load(sweep=True)
    put(friendships=friends(*pairs[5:]))
    assert load(sweep=True).sweeps[0].vanished == 5


def test_other_sources_and_datasets_are_out_of_reach(load: Loader, put: Put, ask: Ask) -> None:
    put(friendships=friends("a,b"), follows=friends("a,b", header="follower_id,followed_id"))
    load(source="shop")
    put(friendships=friends("c,d"), follows=None)
    report = load(source="forum", **ALL)
    assert [(swept.dataset, swept.vanished) for swept in report.sweeps] == [("friendships", 0)]
    assert ties(ask) == [("ab", None, None), ("cd", None, None)]
    assert ties(ask, "FOLLOWS") == [("ab", None, None)]


def test_sweeping_a_resumed_or_unchanged_file_touches_nothing(load: Loader, put: Put) -> None:
    put(friendships=friends("a,b", "a,c", "a,d"), customers="customer_id\na\nb\nc\nd\n")
    load("run-1", batch_size=1)
    assert all(swept.vanished == 0 for swept in load("run-2", **ALL).sweeps)


def test_deleted_purchases_pass_the_mark_of_the_first_on(load: Loader, put: Put, ask: Ask) -> None:
    header = "line_id,customer_id,product_id,at\n"
    put(purchases=header + "y,1,A,2025-02-01\n")
    load(source="till")
    put(purchases=header + "x,1,A,2025-01-01\nz,2,A,2025-01-05\n")
    load(source="shop")
    first = "MATCH ()-[b:BOUGHT]->() RETURN b.line_id, b.first ORDER BY b.line_id"
    assert ask(first) == [("x", True), ("y", None), ("z", True)]
    put(purchases=header + "z,2,A,2025-01-05\n")
    report = load(source="shop", **ALL)
    assert report.sweeps[0].vanished == 1
    assert ask(first) == [("y", True), ("z", True)], "also for a customer who is in no file of this load"


def test_deleted_customers_take_along_what_is_theirs_alone(
    load: Loader, put: Put, ask: Ask, empty_graph: Graph
) -> None:
    put(
        customers="customer_id\n1\n2\n",
        products="product_id\nA\n",
        purchases="line_id,customer_id,product_id,at\nx,1,A,2025-01-01\ny,2,A,2025-01-01\n",
        friendships=friends("1,2"),
        responses="customer_id,kind,score,at\n2,nps,9,2025-01-01\n",
        profiles="customer_id,network,followers\n2,blog,5\n",
    )
    load()
    empty_graph.execute(
        "MATCH (c:Customer) CREATE (c)-[:SCORED]->(s:Score {run: 'r', customer: c.id})"
        "-[:IN_TOPIC]->(:TopicScore {run: 'r', customer: c.id, topic: 't'})",
        name="test-scores",
    )
    put(
        customers="customer_id\n1\n",
        purchases="line_id,customer_id,product_id,at\nx,1,A,2025-01-01\n",
        friendships=None, responses=None, profiles=None,
    )  # fmt: skip
    load(**ALL)
    assert ask("MATCH (c:Customer) RETURN c.id") == [("1",)]
    assert ask("MATCH (s) WHERE s:Score OR s:TopicScore RETURN DISTINCT s.customer") == [("1",)]
    assert ask("MATCH (n) WHERE n:Response OR n:Profile RETURN n") == []
    assert ask("MATCH ()-[r:FRIEND|BOUGHT]->() RETURN type(r)") == [("BOUGHT",)]


def test_purchases_of_a_customer_who_comes_back_are_loaded_again(load: Loader, put: Put, ask: Ask) -> None:
    purchases = "line_id,customer_id,product_id,at\nx,1,A,2025-01-01\ny,2,A,2025-01-02\n"
    put(customers="customer_id\n1\n2\n", purchases=purchases)
    load()
    put(customers="customer_id\n1\n")
    load(only=("customers",), **ALL)
    assert ask("MATCH ()-[b:BOUGHT]->() RETURN b.line_id") == [("x",)]
    put(customers="customer_id\n1\n2\n")
    load()
    assert ask("MATCH (c)-[b:BOUGHT {first: true}]->() RETURN c.id ORDER BY c.id") == [("1",), ("2",)]
    assert load().written == 0


def test_a_full_extract_knows_nobody_it_does_not_hold(load: Loader, put: Put) -> None:
    put(customers="customer_id\n1\n2\n")
    load()
    put(customers="customer_id\n1\n", friendships=friends("1,2"))
    assert load(dry_run=True).refusal is None
    refusal = load(dry_run=True, **ALL).refusal
    assert refusal is not None
    assert "`friend_id` is not in `customers`" in refusal.message


def test_an_extract_is_not_from_the_future(load: Loader, put: Put) -> None:
    put(friendships=friends("1,2"))
    with pytest.raises(UsageProblem, match="future"):
        load(as_of=datetime(2027, 1, 1, tzinfo=UTC))


def test_inferred_nodes_are_not_swept(load: Loader, put: Put, ask: Ask, tmp_path: Any) -> None:
    put(customers="customer_id\n1\n", friendships=friends("1,2"))
    mapping = tmp_path / "m.toml"
    mapping.write_text("[customers]\ncomplete = false\n")
    load(mapping=mapping)
    put(customers="customer_id,name\n1,Ann\n")
    load(mapping=mapping, **ALL)
    assert ask("MATCH (c:Customer) RETURN c.id ORDER BY c.id") == [("1",), ("2",)]


def test_dry_run_sweeps_nothing(load: Loader, put: Put, ask: Ask) -> None:
    put(friendships=friends("a,b", "a,c"))
    load()
    put(friendships=friends("a,b"))
    load(dry_run=True, **ALL)
    assert ties(ask) == [("ab", None, None), ("ac", None, None)]
