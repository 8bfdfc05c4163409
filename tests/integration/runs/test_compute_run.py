"""A run from the snapshot to the pointer that readers follow, on a circle worked by hand."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from influence.compute import ComputeOptions, Work, compute_run
from influence.errors import AlreadyRunning, ComputeFailed, LeaseLost, UsageProblem
from influence.graph import Graph, Transaction
from influence.lease import Lease, hold_lease
from influence.reach.ties import active_ties
from influence.reach.topics import topic_scores
from influence.runs import RunRecord, compare_runs, current_run, find_run, list_runs, prune_runs, rollback
from influence.runs.writing import read_scores
from influence.scores import Pairs, ScoreFrames, TopicRows

pytestmark = pytest.mark.integration

CIRCLE = (Path(__file__).parent / "circle.cypher").read_text(encoding="utf-8")
NOW = datetime(2026, 5, 4, 3, 2, tzinfo=UTC)


@pytest.fixture
def circle(empty_graph: Graph) -> Graph:
    """Seven customers, one of them opted out."""
    empty_graph.execute(CIRCLE, name="circle")
    return empty_graph


@pytest.fixture(scope="module")
def computed(graph: Graph) -> tuple[Graph, RunRecord]:
    """The circle, computed once for the tests that only read."""
    graph.execute(CIRCLE, name="circle")
    return graph, compute_run(graph, now=NOW, run_id="first")


def friends_only(work: Work) -> ScoreFrames:
    """A stage without GDS that writes every kind of result, for tests of the runs themselves."""
    ties = active_ties(work.snapshot)
    pairs = topic_scores(work.snapshot, ties)
    return ScoreFrames(
        customers={"friend_count": ties.friend_count, "page_rank": np.where(ties.friend_count > 0, 1.0, np.nan)},
        topics=TopicRows(pairs.customer, pairs.topic, {"topic_affinity": pairs.affinity}),
        communities={"id": np.array([1, 2]), "size": np.array([5, 2])},
        pairs=Pairs(np.array([0, 3]), np.array([1, 6]), {"purchases": np.array([2, 1]), "margin": np.array([1.5, 0])}),
    )


QUICK = [("friends", friends_only)]


def column(graph: Graph, run: RunRecord, name: str) -> dict[str, object]:
    """Return a measure by customer."""
    ids, columns = read_scores(graph, run.id, [name])
    return dict(zip(ids.tolist(), columns[name].tolist(), strict=True))


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        ("friend_count", {"a": 3, "b": 2, "c": 3, "d": 2, "e": 1, "f": 0}),
        ("friends_in", {"a": 3, "b": 2, "c": 3, "d": 2, "e": 0, "f": 0}),
        ("friends_out", {"a": 2, "b": 2, "c": 3, "d": 2, "e": 1, "f": 0}),
        ("friends_mutual", {"a": 2, "b": 2, "c": 3, "d": 2, "e": 0, "f": 0}),
        ("two_hop_reach", {"a": 4, "b": 4, "c": 5, "d": 4, "e": 0, "f": 0}),
        ("component_size", {"a": 6, "b": 6, "c": 6, "d": 6, "e": 6, "f": 1}),
        ("super_connector", dict.fromkeys("abcdef")),
        ("friends_over_100", dict.fromkeys("abcdef", False)),
        ("external_reach", dict.fromkeys("abcdef")),
        # a leads b and c (both on the 10th) and e on the 28th day; d leads c and not x, who bought after 35 days;
        # b and c bought at the same instant and count for neither
        ("follow_on_count", {"a": 3, "b": 0, "c": 0, "d": 1, "e": 0, "f": 0}),
    ],
)
def test_scores_when_worked_by_hand_then_equal(
    computed: tuple[Graph, RunRecord], measure: str, expected: dict[str, object]
) -> None:
    graph, run = computed
    assert column(graph, run, measure) == expected


def test_rankings_when_someone_has_no_contacts_then_they_have_no_place(computed: tuple[Graph, RunRecord]) -> None:
    graph, run = computed
    assert column(graph, run, "access")["e"] is None and column(graph, run, "access")["f"] is None
    assert column(graph, run, "broker_score")["f"] is None
    assert column(graph, run, "page_rank")["f"] == pytest.approx(0.15)
    brokers = column(graph, run, "broker_score")
    assert max((value, key) for key, value in brokers.items() if value is not None)[1] == "c"


def test_communities_when_alone_then_none(computed: tuple[Graph, RunRecord]) -> None:
    graph, run = computed
    community = column(graph, run, "community")
    assert community["a"] == community["b"] == community["c"] is not None
    assert community["e"] is None and community["f"] is None, "following is no mutual tie"
    assert column(graph, run, "community_role")["f"] == "none"
    text = "MATCH (g:Community {run: 'first'}) RETURN sum(g.size), sum(g.modularity_share)"
    size, modularity = graph.read(text, name="communities").rows[0]
    assert size == 5, "the opted-out member belongs to the community that others see"
    assert modularity == pytest.approx(run.properties["modularity"])


def test_topics_when_worked_by_hand_then_affinity_and_counts_are_right(computed: tuple[Graph, RunRecord]) -> None:
    graph, _ = computed
    text = (
        "MATCH (c:Customer)-[:SCORED]->(:Score {run: 'first'})-[:IN_TOPIC]->(ts:TopicScore)-[:OF]->(t:Topic) "
        "RETURN c.id, t.id, ts.topic_affinity, ts.topic_reach, ts.follow_on_count ORDER BY c.id, t.id"
    )
    rows = graph.read(text, name="topics").rows
    # c: 1 for p1 (tea) and half each for p2
    assert [row[:3] for row in rows if row[0] == "c"] == [
        ("c", "cups", pytest.approx((0.5 + 0.2) / (2 + 0.4))),
        ("c", "tea", pytest.approx((1.5 + 0.2) / (2 + 0.4))),
    ]
    assert [(row[0], row[1], row[4]) for row in rows] == [
        ("a", "tea", 3), ("b", "tea", 0), ("c", "cups", 0), ("c", "tea", 0), ("d", "tea", 1), ("e", "tea", 0),
    ]  # fmt: skip
    assert {row[3] for row in rows} == {None}, "fewer than 30 interested customers: no topic reach"


def test_run_when_published_then_says_what_it_was_made_of(computed: tuple[Graph, RunRecord]) -> None:
    graph, run = computed
    assert current_run(graph) == run and run.current and run.status == "published"
    assert run.as_of == datetime(2024, 4, 9, tzinfo=UTC), "the last purchase"
    assert run.started_at == NOW and run.published_at is not None
    assert run.customers == 6, "x opted out"
    facts = run.properties
    assert (facts["window_days"], facts["seed"], facts["follow_ons"]) == (28.0, 42, 4)
    assert facts["same_instant_pairs_dropped"] == 1, "b and c are one pair of friends"
    assert facts["gds_version"] and facts["server_version"] and facts["data_version"]
    assert {"friend_count", "topic_reach", "follow_on_count"} <= set(run.measures)
    left = graph.read("CALL gds.graph.list() YIELD graphName RETURN graphName", name="projections").rows
    assert left == []


def test_run_when_computed_again_then_the_same_values(circle: Graph) -> None:
    one, other = compute_run(circle, run_id="one"), compute_run(circle, run_id="two")
    assert one.properties["checksums"] == other.properties["checksums"]


def test_run_when_as_of_is_earlier_then_later_data_are_unknown(circle: Graph) -> None:
    run = compute_run(circle, ComputeOptions(as_of=datetime(2024, 3, 10, tzinfo=UTC)))
    assert column(circle, run, "follow_on_count") == {"a": 2, "b": 0, "c": 0, "d": 1, "e": 0, "f": 0}


def test_run_when_a_stage_brings_pairs_then_they_are_written_under_the_run(circle: Graph) -> None:
    compute_run(circle, run_id="r", stages=QUICK)
    text = "MATCH (a)-[p:PERSUADED]->(b) RETURN a.id, b.id, p.run, p.purchases, p.margin"
    assert circle.read(text, name="pairs").rows == [("a", "b", "r", 2, 1.5)], "x opted out and is in no pair"


# ── what goes wrong ───────────────────────────────────────────────────────


def broken(work: Work) -> ScoreFrames:
    raise RuntimeError("a stage broke")


def test_run_when_a_stage_fails_then_the_earlier_run_stays_current(circle: Graph) -> None:
    first = compute_run(circle, run_id="first", stages=QUICK)
    with pytest.raises(RuntimeError):
        compute_run(circle, run_id="second", stages=[*QUICK, ("broken", broken)])
    assert current_run(circle) == first
    assert find_run(circle, "second").status == "failed"


def test_run_when_stopped_from_outside_then_interrupted_and_the_lock_is_free(circle: Graph) -> None:
    def stopped(work: Work) -> ScoreFrames:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compute_run(circle, run_id="stopped", stages=[*QUICK, ("stopped", stopped)])
    assert find_run(circle, "stopped").status == "interrupted"
    assert compute_run(circle, run_id="next", stages=QUICK).current, "nobody waits for a lease to run out"


@pytest.mark.parametrize(
    ("point", "status"),
    [("score-write", "failed"), ("verify_scores", "failed"), ("run-publish", "failed")],
)
def test_run_when_it_dies_between_write_and_publish_then_nothing_changes_and_the_next_run_sweeps(
    circle: Graph, monkeypatch: pytest.MonkeyPatch, point: str, status: str
) -> None:
    """The process is gone without a word: no status is set, the lease runs out by itself."""
    first = compute_run(circle, run_id="first", stages=QUICK)
    dead = _killed_at(point, monkeypatch)
    with pytest.raises(SystemExit):
        compute_run(circle, run_id="second", lease_seconds=1, stages=QUICK)
    dead()
    assert current_run(circle) == first
    text = "MATCH (s:Score {run: 'second'}) RETURN count(s) > 0"
    assert circle.read(text, name="left").rows == [(point != "score-write",)]
    circle.execute("MATCH (l:_InfluenceLock) SET l.expires_at = datetime({epochMillis: 0})", name="expire")
    third = compute_run(circle, run_id="third", stages=QUICK)
    assert current_run(circle) == third
    assert find_run(circle, "second").status == status
    assert circle.read("MATCH (s) WHERE s.run = 'second' RETURN count(s)", name="swept").rows == [(0,)]


def _killed_at(point: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Stop the process at a point: nothing is said, released or cleaned up any more."""
    import influence.compute.run as run_module
    from influence.lease import Lease

    patch = pytest.MonkeyPatch()
    patch.setattr(run_module, "give_up", lambda *_: None)
    patch.setattr(Lease, "_release", lambda lease: lease._done.set())
    if point == "verify_scores":

        def die(*_: object) -> None:
            raise SystemExit

        patch.setattr(run_module, "verify_scores", die)
    else:
        original = Graph.write

        def write(self: Graph, work: Callable[[Transaction], object], *, name: str, **more: object) -> object:
            if name == point:
                raise SystemExit
            return original(self, work, name=name, **more)  # type: ignore[arg-type]

        patch.setattr(Graph, "write", write)
    return patch.undo


def test_run_when_something_written_gets_lost_then_it_is_not_published(
    circle: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    import influence.compute.run as run_module

    verify = run_module.verify_scores
    for number, damage in enumerate(
        (
            "MATCH (s:Score {customer: 'c'}) DETACH DELETE s",
            "MATCH (s:Score {customer: 'c'}) SET s.page_rank = s.page_rank + 1e-9",
            "MATCH (s:Score {customer: 'f'}) SET s.page_rank = 0.0",
            "MATCH (t:TopicScore {customer: 'c', topic: 'cups'}) DETACH DELETE t",
            "MATCH (a:Customer {id: 'a'}), (b:Customer {id: 'b'})-[r:SCORED]->(s) DELETE r CREATE (a)-[:SCORED]->(s)",
            "MATCH (g:Community {id: 1}) SET g.size = 99",
            "MATCH ()-[p:PERSUADED]->() DELETE p",
            "MATCH (a:Customer {id: 'a'})-[p:PERSUADED]->() CREATE (a)-[q:PERSUADED]->(:Customer {id: 'z'}) "
            "SET q = properties(p) DELETE p",
        )
    ):

        def damaged(graph: Graph, run_id: str, written: object, damage: str = damage) -> None:
            graph.execute(damage, name="damage")
            verify(graph, run_id, written)  # type: ignore[arg-type]

        monkeypatch.setattr(run_module, "verify_scores", damaged)
        with pytest.raises(ComputeFailed) as caught:
            compute_run(circle, run_id=f"damaged-{number}", stages=QUICK)
        assert caught.value.code == "verify-failed", damage
        assert current_run(circle) is None


def test_publish_when_the_run_is_not_verified_then_refused(circle: Graph) -> None:
    from influence.compute.run import publish

    seen: list[str] = []

    def eager(work: Work) -> ScoreFrames:
        with pytest.raises(ComputeFailed) as caught:
            publish(circle, holding[0])
        seen.append(caught.value.code)
        return ScoreFrames()

    holding: list[Lease] = []
    renew = Lease.renew_in
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Lease, "renew_in", lambda lease, tx: (holding.append(lease), renew(lease, tx))[1])
        compute_run(circle, run_id="eager", stages=[("eager", eager), *QUICK])
    assert seen == ["run-unverified"] and find_run(circle, "eager").current


def test_run_when_the_lease_is_taken_over_while_writing_then_it_stops_and_publishes_nothing(circle: Graph) -> None:
    def slow(work: Work) -> ScoreFrames:
        circle.execute("MATCH (l:_InfluenceLock) SET l.token = l.token + 1, l.run_id = 'thief'", name="steal")
        return ScoreFrames()

    with pytest.raises(LeaseLost):
        compute_run(circle, run_id="slow", stages=[*QUICK, ("slow", slow)])
    assert current_run(circle) is None
    assert circle.read("MATCH (s:Score) RETURN count(s)", name="scores").rows == [(0,)]


def test_runs_when_two_are_started_then_the_second_is_refused(circle: Graph) -> None:
    inside, done = threading.Event(), threading.Event()

    def waiting(work: Work) -> ScoreFrames:
        inside.set()
        done.wait(60)
        return ScoreFrames()

    found: list[RunRecord] = []
    first = threading.Thread(
        target=lambda: found.append(compute_run(circle, run_id="first", stages=[*QUICK, ("wait", waiting)]))
    )
    first.start()
    assert inside.wait(120)
    with pytest.raises(AlreadyRunning):
        compute_run(circle, run_id="second", stages=QUICK)
    done.set()
    first.join()
    assert current_run(circle) == found[0]
    assert [run.id for run in list_runs(circle)] == ["first"]


def test_readers_when_runs_are_published_meanwhile_then_see_one_whole_run(circle: Graph) -> None:
    """A reader takes the current run's id and reads its scores; every measure must be of that one run."""
    marks = iter(range(1, 100))

    def mark(work: Work) -> ScoreFrames:
        value = next(marks)
        n = work.snapshot.customers
        return ScoreFrames(customers={"left": np.full(n, value), "right": np.full(n, value)}, totals={"mark": value})

    compute_run(circle, stages=[("mark", mark)])
    stop = threading.Event()
    seen: list[tuple[int, int, int, int]] = []
    text = (
        "MATCH (state:_InfluenceState {id: 'current'}) WITH state.run AS run MATCH (r:Run {id: run}) "
        "MATCH (s:Score {run: run}) RETURN r.mark, count(s), min(s.left + s.right), max(s.left + s.right)"
    )

    def read() -> None:
        while not stop.is_set():
            seen.append(circle.read(text, name="reader").rows[0])  # type: ignore[arg-type]

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for _ in range(4):
        compute_run(circle, stages=[("mark", mark)])
    stop.set()
    for reader in readers:
        reader.join()
    assert {row[0] for row in seen} >= {1, 4}
    assert all(count == 6 and low == high == 2 * value for value, count, low, high in seen)


def test_run_when_there_is_nobody_or_nothing_then_says_so(empty_graph: Graph) -> None:
    with pytest.raises(ComputeFailed) as caught:
        compute_run(empty_graph)
    assert caught.value.code == "as-of-unknown"
    with pytest.raises(ComputeFailed) as caught:
        compute_run(empty_graph, ComputeOptions(as_of=NOW))
    assert caught.value.code == "nothing-to-score"
    empty_graph.execute("CREATE (:Customer {id: 'lonely'})", name="lonely")
    run = compute_run(empty_graph, ComputeOptions(as_of=NOW))
    assert column(empty_graph, run, "friend_count") == {"lonely": 0}
    assert column(empty_graph, run, "page_rank") == {"lonely": None}


# ── earlier runs ──────────────────────────────────────────────────────────


def test_rollback_when_an_earlier_run_is_shown_then_readers_see_it_and_nothing_else_changes(circle: Graph) -> None:
    first, second = (
        compute_run(circle, run_id="first", stages=QUICK),
        compute_run(circle, run_id="second", stages=QUICK),
    )
    with hold_lease(circle, "keeper") as lease:
        shown = rollback(circle, lease, "first")
        assert shown.current and shown.published_at == first.published_at, "its age is told as it is"
        for run_id in ("first", "nobody"):
            with pytest.raises(UsageProblem):
                rollback(circle, lease, run_id)
    assert [(run.id, run.current) for run in list_runs(circle)] == [("second", False), ("first", True)]
    assert find_run(circle, "second").published_at == second.published_at


def test_rollback_when_the_run_was_never_published_then_refused(circle: Graph) -> None:
    compute_run(circle, run_id="first", stages=QUICK)
    with pytest.raises(RuntimeError):
        compute_run(circle, run_id="bad", stages=[("broken", broken)])
    with hold_lease(circle, "keeper") as lease, pytest.raises(UsageProblem) as caught:
        rollback(circle, lease, "bad")
    assert caught.value.code == "run-unpublished"


def test_prune_when_many_runs_then_keeps_the_newest_and_the_current_one(circle: Graph) -> None:
    for run_id in ("r1", "r2", "r3", "r4"):
        compute_run(circle, run_id=run_id, stages=QUICK)
    with pytest.raises(RuntimeError):
        compute_run(circle, run_id="r5", stages=[("broken", broken)])
    with hold_lease(circle, "keeper") as lease:
        rollback(circle, lease, "r1")
        assert prune_runs(circle, lease, 2) == ["r2", "r3", "r5"]
    assert [run.id for run in list_runs(circle)] == ["r4", "r1"]
    text = "MATCH (s:Score) RETURN DISTINCT s.run ORDER BY s.run"
    assert circle.read(text, name="runs").rows == [("r1",), ("r4",)]
    orphans = "MATCH (n:TopicScore|Community) WHERE NOT n.run IN ['r1', 'r4'] RETURN count(n)"
    assert circle.read(orphans, name="orphans").rows == [(0,)]


def test_compare_when_friends_are_won_and_lost_then_risers_and_fallers(circle: Graph) -> None:
    before = compute_run(circle, run_id="before", stages=QUICK)
    circle.execute(
        "MATCH (f:Customer {id: 'f'}), (c:Customer {id: 'c'})-[tie:FRIEND]->(d:Customer {id: 'd'}) "
        "SET tie.until = datetime('2024-04-01T00:00:00Z') CREATE (:Customer {id: 'new'}) "
        "WITH f MATCH (o:Customer) WHERE o.id IN ['a', 'b', 'e'] CREATE (f)-[:FRIEND]->(o)",
        name="change",
    )
    after = compute_run(circle, run_id="after", stages=QUICK)
    (found,) = compare_runs(circle, before, after, ["friend_count"], threshold=1)
    assert [(one.customer, one.change) for one in found.risers] == [("f", 3), ("a", 1), ("b", 1), ("e", 1)]
    assert [(one.customer, one.before, one.after) for one in found.fallers] == [("c", 3, 2), ("d", 2, 1)]
    assert (found.risen, found.fallen, found.steady, found.new, found.gone) == (4, 2, 0, 1, 0)
    assert found.mean_before == pytest.approx(11 / 6) and found.mean_after == pytest.approx(15 / 6)
    (every,) = compare_runs(circle, before, after, ["page_rank"], threshold=0)
    assert (every.risen, every.fallen, every.steady) == (0, 0, 5), "no change is neither a rise nor a fall"
    with pytest.raises(UsageProblem):
        compare_runs(circle, before, after, ["community_role"])


def test_run_when_somebody_opted_out_since_the_arrays_were_kept_then_not_scored(circle: Graph, tmp_path: Path) -> None:
    first = compute_run(circle, home=tmp_path, run_id="first", stages=QUICK)
    assert set(column(circle, first, "friend_count")) == set("abcdef")
    circle.execute(
        "MATCH (a:Customer {id: 'a'}), (x:Customer {id: 'x'}) SET a.opted_out = true, x.opted_out = false", name="swap"
    )
    second = compute_run(circle, home=tmp_path, run_id="second", stages=QUICK)
    assert set(column(circle, second, "friend_count")) == set("bcdefx")
    assert second.properties["data_version"] != first.properties["data_version"]
