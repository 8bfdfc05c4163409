"""What a load leaves in the graph, and that loading again changes nothing it should not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from influence.errors import DataRejected
from influence.graph import Graph
from influence.lease import hold_lease
from influence.load import LoadOptions, LoadReport, PseudonymKey, data_version, load_folder, load_status
from influence.progress import Silent
from tests.integration.load.conftest import NOW

pytestmark = pytest.mark.integration

Loader = Callable[..., LoadReport]
Put = Callable[..., None]
Ask = Callable[..., list[tuple[Any, ...]]]
Content = Callable[..., dict[str, list[str]]]

SHOP = {
    "customers": "customer_id,name,email,country,joined_at,consent,opted_out\n"
    "1,Ann,Ann@Example.com,DE,2020-01-01,true,false\n2,Bob,bob@example.com,,,,\n3,Cem,ann@example.com ,TR,,no,yes\n",
    "products": "product_id,name,price,currency,margin_rate,launched_at\nA,Film A,999,EUR,0.3,2025-01-01\nB,Film B,,,,\n",
    "topics": "topic_id,name\nnoir,Film noir\n",
    "product_topics": "product_id,topic_id,weight\nA,noir,2\n",
    "friendships": "customer_id,friend_id,since\n2,1,2021-05-01\n1,3,\n",
    "purchases": "line_id,customer_id,product_id,at,quantity,revenue,margin,currency,refunded\n"
    "l1,1,A,2025-02-01T10:00:00Z,1,999,300,EUR,false\nl2,2,A,2025-02-05T10:00:00Z,1,999,300,EUR,\n"
    "l3,1,A,2025-03-01,1,999,300,EUR,\nl4,3,B,2025-03-02,1,500,,EUR,true\n",
}

EVERYTHING = SHOP | {
    "campaigns": "campaign_id,name,product_id,topic_id,starts_at,ends_at,cost,currency\n"
    "spring,Spring,A,,2025-01-01,2027-01-01,100000,EUR\n",
    "groups": "group_id,name\nclub,Film club\n",
    "interests": "customer_id,topic_id,source,weight,at\n1,noir,declared,1,2025-01-01\n1,noir,observed,0.5,\n",
    "follows": "follower_id,followed_id,since,until,kind,weight\n3,1,2022-01-01,2023-01-01,advice,2\n1,3,,,,\n",
    "referrals": "referrer_id,referred_id,at,lead_at,customer_at,programme,status,incentive,currency,email,same_household\n"
    "1,2,2020-02-01,2020-02-02,2020-02-03,friends,customer,500,EUR,BOB@example.com,no\n",
    "responses": "customer_id,kind,score,at,channel,wave,question\n1,nps,9,2025-05-01,mail,2025-Q2,\n1,ces,6,2025-05-01,mail,2025-Q2,\n",
    "advocacy": "customer_id,topic_id,product_id,kind,at\n1,noir,,talk,2025-06-01\n1,,A,review,2025-06-02\n",
    "memberships": "customer_id,group_id,joined_at,left_at,role\n1,club,2024-01-01,,moderator\n",
    "contacts": "customer_id,channel,at,topic_id,cost,saved,currency,solved_by,solved_at\n"
    "2,forum,2025-07-01,noir,0,800,EUR,1,2025-07-02\n",
    "profiles": "customer_id,network,handle,followers,at\n1,blog,ann,12000,2025-08-01\n1,video,,50,\n",
    "exposures": "customer_id,campaign_id,at,until\n1,spring,2025-01-15,2025-02-15\n1,spring,2025-03-01,\n",
}


def first_lines(ask: Ask) -> set[str]:
    return {line for (line,) in ask("MATCH ()-[b:BOUGHT {first: true}]->() RETURN b.line_id")}


def test_a_shop_becomes_the_graph_of_the_architecture(load: Loader, put: Put, ask: Ask) -> None:
    put(**SHOP)
    report = load("run-1")
    assert [(file.dataset, file.created) for file in report.files] == [
        ("customers", 3), ("products", 2), ("topics", 1), ("product_topics", 1), ("friendships", 2), ("purchases", 4),
    ]  # fmt: skip
    ((ann,),) = ask("MATCH (c:Customer {id: '1'}) RETURN properties(c)")
    assert ann["name"] == "Ann"
    assert ann["joined_at"].to_native() == datetime(2020, 1, 1, tzinfo=UTC)
    assert (ann["consent"], ann["opted_out"]) == (True, False)
    assert (ann["run_id"], ann["loaded_from"]) == ("run-1", "main")
    ((bob,),) = ask("MATCH (c:Customer {id: '2'}) RETURN keys(c)")
    assert not {"country", "joined_at", "consent", "opted_out", "email", "phone_key"} & set(bob), (
        "unknown has no property"
    )
    ((film,),) = ask("MATCH (p:Product {id: 'A'}) RETURN properties(p)")
    assert (film["price"], film["currency"], film["margin_rate"]) == (999, "EUR", 0.3)
    assert ask("MATCH (:Product {id: 'A'})-[a:ABOUT]->(:Topic {id: 'noir'}) RETURN a.weight") == [(2.0,)]
    assert ask("MATCH (a)-[f:FRIEND]->(b) RETURN a.id, b.id, toString(f.since) ORDER BY b.id") == [
        ("1", "2", "2021-05-01T00:00:00Z"),
        ("1", "3", None),
    ]
    assert ask("MATCH (c)-[b:BOUGHT {line_id: 'l4'}]->(p) RETURN c.id, p.id, b.revenue, b.margin, b.refunded") == [
        ("3", "B", 500, None, True)
    ]


def test_first_purchases_are_marked_once_and_never_on_refunds(load: Loader, put: Put, ask: Ask) -> None:
    put(**SHOP)
    assert load().first_marks == 2
    assert first_lines(ask) == {"l1", "l2"}
    put(
        purchases=SHOP["purchases"].replace(
            "l1,1,A,2025-02-01T10:00:00Z,1,999,300,EUR,false", "l1,1,A,2025-02-01T10:00:00Z,1,999,300,EUR,true"
        )
        + "b,2,B,2025-04-01,1,,,,\na,2,B,2025-04-01,1,,,,\nr,2,B,2025-03-01,-1,,,,\n"
    )
    load()
    assert first_lines(ask) == {"l3", "l2", "a"}, (
        "refunded l1 gives way to l3; of one instant the smaller line; no returns"
    )


def test_contact_values_are_pseudonyms_that_match(
    load: Loader, put: Put, ask: Ask, content: Content, empty_graph: Graph
) -> None:
    put(**EVERYTHING)
    load()
    keys = dict(ask("MATCH (c:Customer) RETURN c.id, c.email_key"))
    assert keys["1"] == keys["3"] != keys["2"]
    assert ask("MATCH (:Customer)-[r:REFERRED]->(c) RETURN r.email_key = c.email_key") == [(True,)]
    everything = repr(content(empty_graph))
    assert "@" not in everything
    assert "email_key" in everything


def test_all_seventeen_files_load(load: Loader, put: Put, ask: Ask) -> None:
    put(**EVERYTHING)
    report = load()
    assert len(report.files) == 17
    assert all(file.created == file.read for file in report.files), "every row is new"
    assert all(not file.inferred for file in report.files)
    assert ask("MATCH (:Customer {id: '1'})-[i:INTERESTED_IN]->(:Topic) RETURN i.source ORDER BY i.source") == [
        ("declared",),
        ("observed",),
    ]
    assert ask("MATCH (a)-[f:FOLLOWS]->(b) RETURN a.id, b.id, f.kind, toString(f.until) ORDER BY a.id") == [
        ("1", "3", None, None),
        ("3", "1", "advice", "2023-01-01T00:00:00Z"),
    ]
    assert ask("MATCH (a)-[r:REFERRED]->(b) RETURN a.id, b.id, r.status, r.incentive, r.same_household") == [
        ("1", "2", "customer", 500, False)
    ]
    assert ask("MATCH (:Customer)-[:ANSWERED]->(r:Response) RETURN r.kind, r.score, r.wave ORDER BY r.kind") == [
        ("ces", 6.0, "2025-Q2"),
        ("nps", 9.0, "2025-Q2"),
    ]
    assert ask("MATCH (:Customer)-[a:ADVOCATED]->(t) RETURN labels(t)[0], a.kind ORDER BY a.kind") == [
        ("Product", "review"),
        ("Topic", "talk"),
    ]
    assert ask("MATCH (:Customer)-[m:MEMBER_OF]->(g:Group) RETURN g.name, m.role") == [("Film club", "moderator")]
    assert ask("MATCH (c)-[k:CONTACTED]->(h:Channel) RETURN c.id, h.id, k.saved, k.solved_by, k.topic_id") == [
        ("2", "forum", 800, "1", "noir")
    ]
    assert ask("MATCH (:Customer)-[:HAS_PROFILE]->(p:Profile) RETURN p.network, p.followers ORDER BY p.network") == [
        ("blog", 12000),
        ("video", 50),
    ]
    assert ask("MATCH (:Customer)-[x:EXPOSED_TO]->(m) RETURN m.product_id, toString(x.until) ORDER BY x.at") == [
        ("A", "2025-02-15T00:00:00Z"),
        ("A", None),
    ]


def test_loading_twice_changes_nothing(load: Loader, put: Put, content: Content, empty_graph: Graph) -> None:
    put(**EVERYTHING)
    first = load("run-1")
    before = content(empty_graph, stamps=True)
    second = load("run-2")
    assert second.written == 0
    assert all(file.unchanged == file.loaded == file.read for file in second.files)
    assert second.data_version == first.data_version
    assert content(empty_graph, stamps=True) == before


def test_loading_again_after_restart_gives_the_same_graph(
    load: Loader, put: Put, content: Content, empty_graph: Graph
) -> None:
    put(**EVERYTHING)
    first = load("run-1")
    before = content(empty_graph)
    again = load("run-2", restart=True)
    assert all((file.created, file.updated) == (0, file.read) for file in again.files)
    assert content(empty_graph) == before
    assert again.data_version != first.data_version


def test_another_batch_size_does_not_load_a_finished_file_again(load: Loader, put: Put) -> None:
    put(**SHOP)
    load(batch_size=2)
    assert load(batch_size=3).written == 0


def test_the_last_load_wins_also_when_an_old_file_comes_back(load: Loader, put: Put, ask: Ask) -> None:
    north, south = "customer_id,region\n1,north\n", "customer_id,region\n1,south\n"
    for text in (north, south, north):
        put(customers=text)
        assert load().written == 1
    assert ask("MATCH (c:Customer) RETURN c.region") == [("north",)]
    assert load().written == 0


def test_a_changed_mapping_loads_the_same_file_again(load: Loader, put: Put, ask: Ask, tmp_path: Path) -> None:
    put(customers="customer_id,city\n1,Oxford\n")
    load()
    mapping = tmp_path / "m.toml"
    mapping.write_text('[customers.columns]\nregion = "city"\n')
    assert load(mapping=mapping).written == 1
    assert ask("MATCH (c:Customer) RETURN c.region") == [("Oxford",)]


def test_absent_columns_keep_what_is_known_and_empty_cells_erase_it(load: Loader, put: Put, ask: Ask) -> None:
    put(customers="customer_id,name,region\n1,Ann,north\n2,Bob,south\n")
    load()
    put(customers="customer_id,region\n1,\n2,west\n")
    load()
    assert ask("MATCH (c:Customer) RETURN c.id, c.name, c.region ORDER BY c.id") == [
        ("1", "Ann", None),
        ("2", "Bob", "west"),
    ]


def test_an_order_line_that_changed_hands_moves(load: Loader, put: Put, ask: Ask) -> None:
    put(**SHOP)
    load()
    put(purchases=SHOP["purchases"].replace("l1,1,A", "l1,3,A").replace("l2,2,A", "l2,2,B"))
    report = load()
    assert report.files[-1].loaded == 4
    assert ask("MATCH (c)-[b:BOUGHT]->(p) RETURN b.line_id, c.id, p.id ORDER BY b.line_id") == [
        ("l1", "3", "A"), ("l2", "2", "B"), ("l3", "1", "A"), ("l4", "3", "B"),
    ]  # fmt: skip
    assert first_lines(ask) == {"l1", "l2", "l3"}, "the customer who lost l1 has l3 as first purchase now"


def test_who_lost_an_order_line_gets_another_first_purchase(load: Loader, put: Put, ask: Ask) -> None:
    header = "line_id,customer_id,product_id,at\n"
    put(purchases=header + "k,1,A,2025-06-01\n")
    load(source="till")
    put(purchases=header + "x,1,A,2025-01-01\n")
    load(source="shop")
    assert first_lines(ask) == {"x"}
    put(purchases=header + "x,2,A,2025-01-01\n")
    load(source="shop")
    assert first_lines(ask) == {"x", "k"}, "also when no line of the file is theirs any more"


def test_an_answer_that_changed_hands_moves(load: Loader, put: Put, ask: Ask) -> None:
    put(responses="response_id,customer_id,kind,score,at\nr,1,nps,9,2025-01-01\n")
    load()
    put(responses="response_id,customer_id,kind,score,at\nr,2,nps,9,2025-01-01\n")
    load()
    assert ask("MATCH (c)-[:ANSWERED]->(r) RETURN c.id, r.id") == [("2", "r")]


# ── references ────────────────────────────────────────────────────────────


def test_ids_without_a_file_create_flagged_nodes_that_a_later_file_completes(load: Loader, put: Put, ask: Ask) -> None:
    put(
        purchases="customer_id,product_id,at\n1,A,2025-01-01\n2,A,2025-01-02\n",
        friendships="customer_id,friend_id\n1,3\n",
    )
    report = load()
    inferred = {file.dataset: file.inferred for file in report.files}
    assert inferred == {"friendships": {"customers": 2}, "purchases": {"customers": 1, "products": 1}}
    assert ask("MATCH (n) WHERE n.inferred RETURN count(*)") == [(4,)]
    put(customers="customer_id,name\n1,Ann\n")
    load(only=("customers",))
    assert ask("MATCH (n:Customer) WHERE n.inferred RETURN n.id ORDER BY n.id") == [("2",), ("3",)]


def test_unknown_ids_are_rejected_when_their_file_is_given(load: Loader, put: Put, ask: Ask) -> None:
    put(**SHOP | {"purchases": SHOP["purchases"] + "l9,77,A,2025-03-01,1,1,1,EUR,\nl8,1,Z,2025-03-01,1,1,1,EUR,\n"})
    with pytest.raises(DataRejected) as caught:
        load()
    assert "`purchases.csv` line 6: `customer_id` is not in `customers`" in caught.value.details["findings"]
    assert ask("MATCH (n) RETURN count(n)") == [(0,)] or not ask("MATCH (n:Customer) RETURN n")
    report = load(bad_rows="reject", max_rejects=0.5)
    assert report.files[-1].rejected == 2
    assert ask("MATCH (n) WHERE n.inferred RETURN count(*)") == [(0,)], "a rejected row creates nothing"


def test_ids_in_the_graph_are_known_in_a_later_delta(load: Loader, put: Put) -> None:
    put(**SHOP)
    load()
    put(customers="customer_id\n4\n", products=None, topics=None, product_topics=None, friendships="customer_id,friend_id\n4,1\n",
        purchases="line_id,customer_id,product_id,at\nl5,2,B,2025-09-01\n")  # fmt: skip
    report = load()
    assert [file.created for file in report.files] == [1, 1, 1]
    assert all(not file.inferred for file in report.files)


def test_references_that_lost_their_zeros_are_named_so(load: Loader, put: Put) -> None:
    put(customers="customer_id\n0042\n0099\n", friendships="customer_id,friend_id\n42,0099\n5,0099\n")
    report = load(dry_run=True)
    found = [(rule.rule, rule.column, rule.lines) for rule in report.files[1].rules]
    assert found == [("lost-leading-zeros", "customer_id", (2,)), ("unknown-id", "customer_id", (3,))], (
        "named by the column of the file, whichever id is the smaller"
    )


def test_incomplete_files_leave_room_for_others(load: Loader, put: Put, tmp_path: Path) -> None:
    put(customers="customer_id\n1\n", friendships="customer_id,friend_id\n1,2\n")
    mapping = tmp_path / "m.toml"
    mapping.write_text("[customers]\ncomplete = false\n")
    assert load(mapping=mapping).files[1].inferred == {"customers": 1}


def test_empty_files_count_as_not_given(load: Loader, put: Put) -> None:
    put(customers="customer_id\n", friendships="customer_id,friend_id\n1,2\n")
    report = load()
    assert report.files[0].inferred == {"customers": 2}
    assert any("no rows" in note for note in report.notes)


def test_circles_of_referrals_are_rejected_also_across_loads(load: Loader, put: Put, ask: Ask) -> None:
    put(referrals="referrer_id,referred_id,at\n1,2,2025-01-03\n2,3,2025-01-02\n3,1,2025-01-01\n")
    report = load(dry_run=True)
    assert report.files[0].rules[0].rule == "referral-cycle"
    assert report.files[0].rules[0].lines == (2,), "the latest invitation closes the circle"
    put(referrals="referrer_id,referred_id\n1,2\n2,3\n")
    load()
    put(referrals="referrer_id,referred_id\n3,1\n3,4\n")
    report = load(bad_rows="reject", max_rejects=1.0)
    assert (report.files[0].created, report.files[0].rejected) == (1, 1)


# ── refusing and dry runs ─────────────────────────────────────────────────


def test_bad_rows_stop_everything_before_the_first_write(load: Loader, put: Put, ask: Ask, empty_graph: Graph) -> None:
    put(customers="customer_id,joined_at\n1,2020-01-01\n2,soon\n", friendships="customer_id,friend_id\n1,1\n1,2\n")
    with pytest.raises(DataRejected) as caught:
        load()
    assert caught.value.code == "bad-rows"
    assert caught.value.details["findings"] == [
        "`customers.csv` line 3: `joined_at` is not a date (expected YYYY-MM-DD, or with a time as in 2026-01-31T14:05:00Z)",
        "`friendships.csv` line 2: names the same customer in `customer_id` and `friend_id`",
        "`friendships.csv` line 3: `friend_id` is not in `customers`",
    ]
    assert "--bad-rows reject" in (caught.value.hint or "")
    assert ask("MATCH (n:Customer) RETURN n") == []
    assert data_version(empty_graph) == "empty"


def test_rejects_are_written_and_the_rest_is_loaded(load: Loader, put: Put, folder: Path, ask: Ask) -> None:
    put(customers="customer_id,joined_at\n" + "".join(f"{n},2020-01-01\n" for n in range(999)) + "x,soon\n")
    report = load(bad_rows="reject")
    (file,) = report.files
    assert (file.read, file.loaded, file.rejected) == (1000, 999, 1)
    assert file.rejects is not None
    assert file.rejects.read_text() == 'line,column,rule,row\n1001,joined_at,not-a-date,"x,soon"\n'
    assert ask("MATCH (c:Customer) RETURN count(c)") == [(999,)]


def test_rejects_of_two_datasets_in_one_file_are_kept_together(load: Loader, folder: Path, tmp_path: Path) -> None:
    (folder / "orders.csv").write_text("who,city,what,on\n1,Ulm,A,2025-01-01\n2,Ulm,B,never\n2,Bonn,B,2025-01-01\n")
    mapping = tmp_path / "m.toml"
    mapping.write_text(
        '[customers]\nfile = "orders.csv"\n[customers.columns]\ncustomer_id = "who"\nregion = "city"\n'
        '[purchases]\nfile = "orders.csv"\n[purchases.columns]\ncustomer_id = "who"\nproduct_id = "what"\nat = "on"\n'
    )
    report = load(mapping=mapping, bad_rows="reject", max_rejects=1.0)
    assert [(file.loaded, file.rejected) for file in report.files] == [(2, 1), (2, 1)]
    assert (folder / "orders.csv.rejects.csv").read_text().splitlines()[1:] == [
        '3,on,not-a-date,"2,Ulm,B,never"',
        '4,row,conflicting-duplicate,"2,Bonn,B,2025-01-01"',
    ]


def test_rejects_of_two_files_of_one_name_do_not_replace_each_other(
    load: Loader, folder: Path, tmp_path: Path, ask: Ask
) -> None:
    header = "line_id,customer_id,product_id,at\n"
    for year, rows in (("2025", "a,1,A,never\n"), ("2026", "b,1,A,soon\n"), ("2027", "c,1,A,2025-01-01\n")):
        (folder / year).mkdir()
        (folder / year / "orders.csv").write_text(header + rows)
    mapping = tmp_path / "m.toml"
    mapping.write_text("".join(f'[[purchases]]\nfile = "{year}/orders.csv"\n' for year in (2025, 2026, 2027)))
    report = load(mapping=mapping, bad_rows="reject", max_rejects=1.0, rejects_dir=tmp_path / "rejects")
    assert [file.rejects and file.rejects.read_text().split()[-1] for file in report.files] == [
        '2,at,not-a-date,"a,1,A,never"',
        '2,at,not-a-date,"b,1,A,soon"',
        None,
    ]
    assert ask("MATCH ()-[b:BOUGHT]->() RETURN b.line_id") == [("c",)]


def test_too_many_rejects_load_nothing(load: Loader, put: Put, ask: Ask, folder: Path) -> None:
    put(customers="customer_id,joined_at\n1,2020-01-01\n2,soon\n")
    with pytest.raises(DataRejected) as caught:
        load(bad_rows="reject")
    assert caught.value.code == "too-many-rejects"
    assert "`--max-rejects 50.01%`" in (caught.value.hint or "")
    assert ask("MATCH (c:Customer) RETURN c") == []
    assert (folder / "customers.csv.rejects.csv").is_file(), "the rows to mend are there all the same"
    assert load(bad_rows="reject", max_rejects=0.5001).files[0].loaded == 1


def test_dry_run_leaves_home_and_rejects_as_they_are(
    empty_graph: Graph, put: Put, folder: Path, tmp_path: Path
) -> None:
    home, rejects = tmp_path / "home", tmp_path / "rejects"

    def run(home: Path, **options: Any) -> LoadReport:
        chosen = LoadOptions(home=home, bad_rows="reject", rejects_dir=rejects, **options)
        return load_folder(empty_graph, folder, chosen, PseudonymKey(home / "pseudonym.key"), Silent(), NOW)

    def files() -> dict[Path, tuple[bytes, int]]:
        paths = [path for place in (home, rejects) for path in place.rglob("*") if path.is_file()]
        return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in paths}

    bad = "customer_id,email,joined_at\n1,ann@example.com,soon\n2,bob@example.com,2020-01-01\n"
    put(customers=bad)
    counted = run(tmp_path / "new", dry_run=True)
    assert (counted.files[0].rejected, counted.files[0].rejects) == (1, None)
    assert counted.refusal is not None and (counted.refusal.hint or "").startswith("`--max-rejects 50.01%`")
    assert not (tmp_path / "new").exists() and not rejects.exists()
    run(home, max_rejects=1.0)
    before = files()
    assert {path.name for path in before} >= {"pseudonym.key", "customers.csv.rejects.csv"}
    for text in (bad, bad.replace("soon", "2020-01-01"), bad.replace("2020-01-01", "never")):
        put(customers=text)
        run(home, dry_run=True)
        assert files() == before


def test_dry_run_counts_and_writes_nothing(load: Loader, put: Put, ask: Ask) -> None:
    put(**EVERYTHING)
    report = load(dry_run=True)
    assert sum(file.loaded for file in report.files) == sum(file.read for file in report.files)
    assert report.refusal is None
    assert ask("MATCH (n) WHERE NOT n:_InfluenceMigration RETURN count(n)") == [(0,)]
    put(customers="customer_id\n1\n1\n\n,\n")
    bad = load(dry_run=True)
    assert bad.refusal is not None


def test_broken_files_are_all_named(load: Loader, put: Put, folder: Path) -> None:
    put(customers="id,name\n1,Ann\n", products="product_id,product_id\n1,1\n", topics="topic_id,name\nrock,Rock\n")
    (folder / "purchases.csv").write_bytes(b"\xff\xfe1\x00")
    with pytest.raises(DataRejected) as caught:
        load()
    text = "\n".join(caught.value.details["findings"])
    assert all(f"`{name}.csv`" in text for name in ("customers", "products", "purchases"))
    assert "topics" not in text


def test_a_load_waits_for_nobody(load: Loader, put: Put, empty_graph: Graph, ask: Ask) -> None:
    from influence.errors import AlreadyRunning

    put(**SHOP)
    with hold_lease(empty_graph, "someone-else"), pytest.raises(AlreadyRunning):
        load()
    assert ask("MATCH (c:Customer) RETURN c") == []
    assert load().written


# ── status and versions ───────────────────────────────────────────────────


def test_data_version_changes_with_the_data_alone(load: Loader, put: Put, empty_graph: Graph) -> None:
    assert data_version(empty_graph) == "empty"
    put(**SHOP)
    one = load().data_version
    assert one == data_version(empty_graph) == load().data_version == load(dry_run=True).data_version
    put(friendships="customer_id,friend_id\n2,3\n")
    assert load().data_version not in (one, "empty")


def test_status_says_what_is_loaded(load: Loader, put: Put, empty_graph: Graph) -> None:
    put(**SHOP)
    load(source="shop", batch_size=2)
    status = {row["dataset"]: row for row in load_status(empty_graph)}
    assert set(status) == set(SHOP)
    assert status["purchases"]["source"] == "shop"
    assert (status["purchases"]["batches_done"], status["purchases"]["batches"]) == (2, 2)
    assert {row["status"] for row in status.values()} == {"done"}
    assert (status["customers"]["read"], status["customers"]["loaded"]) == (3, 3)


def test_sources_do_not_disturb_each_other(load: Loader, put: Put, ask: Ask) -> None:
    put(customers="customer_id\n1\n")
    load(source="shop")
    load(source="crm")
    assert load(source="shop").written == 0
    assert ask("MATCH (f:_InfluenceFile) RETURN count(f)") == [(2,)]


def test_several_files_make_one_dataset(load: Loader, folder: Path, ask: Ask, tmp_path: Path) -> None:
    (folder / "a.csv").write_text("src,dst\n1,2\n")
    (folder / "b.csv").write_text("src,dst\n2,3\n")
    mapping = tmp_path / "m.toml"
    section = '[[follows]]\nfile = "{0}.csv"\n[follows.columns]\nfollower_id = "src"\nfollowed_id = "dst"\n'
    mapping.write_text(section.format("a") + section.format("b"))
    assert [file.created for file in load(mapping=mapping).files] == [1, 1]
    assert load(mapping=mapping).written == 0
    assert ask("MATCH (a)-[:FOLLOWS]->(b) RETURN a.id, b.id ORDER BY a.id") == [("1", "2"), ("2", "3")]
