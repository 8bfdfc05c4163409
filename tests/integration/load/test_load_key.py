"""One database and two homes: only the key with which the data were loaded goes on with them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from influence.errors import ConfigError
from influence.graph import Graph
from influence.lease import hold_lease
from influence.load import LoadOptions, PseudonymKey, load_folder, parse_history, read_history
from influence.load.history import HISTORY_NAME, key_check
from influence.privacy import erase_customers
from influence.progress import Silent
from tests.integration.load.conftest import NOW

pytestmark = pytest.mark.integration

Ask = Callable[..., list[tuple[Any, ...]]]
STATE = "MATCH (s:_InfluenceState {id: 'data'}) RETURN s.key_check"


def key_in(home: Path) -> PseudonymKey:
    """The key of a home, which may not be there yet."""
    return PseudonymKey(home / "pseudonym.key")


def load(graph: Graph, folder: Path, home: Path, **options: Any) -> None:
    load_folder(graph, folder, LoadOptions(home=home, **options), key_in(home), Silent(), NOW)


def erase(graph: Graph, home: Path, *, dry_run: bool = False) -> None:
    with hold_lease(graph, "erase-1") as lease:
        erase_customers(graph, lease, ["2"], home=home, key=key_in(home), now=NOW, dry_run=dry_run)


@pytest.fixture
def shop(folder: Path, put: Callable[..., None]) -> Path:
    put(
        customers="customer_id,email\n1,ann@example.com\n2,bob@example.com\n",
        friendships="customer_id,friend_id\n1,2\n",
    )
    return folder


def test_load_and_erase_when_another_home_has_another_key_or_none_then_refused_and_nothing_changes(
    empty_graph: Graph, shop: Path, tmp_path: Path, ask: Ask, content: Callable[..., Any]
) -> None:
    one, other, bare = (tmp_path / name for name in ("one", "other", "bare"))
    load(empty_graph, shop, one)
    assert ask(STATE) == [(key_check(key_in(one)),)]
    erase(empty_graph, one)
    before = content(empty_graph, stamps=True)
    key_in(other).pseudonyms("email", [])  # makes it
    (shop / "customers.csv").write_text("customer_id,email\n2,bob@example.com\n3,cem@example.com\n", encoding="utf-8")
    for home, code in ((other, "pseudonym-key-changed"), (bare, "pseudonym-key-missing")):
        for attempt in (load, lambda graph, _, home, **given: erase(graph, home, **given)):
            for options in ({"dry_run": True}, {}):
                with pytest.raises(ConfigError) as refused:
                    attempt(empty_graph, shop, home, **options)
                assert (refused.value.code, refused.value.exit_code) == (code, 2)
                assert "INFLUENCE_PSEUDONYM_KEY_FILE" in (refused.value.hint or "")
        assert not (home / HISTORY_NAME).exists()
    assert not key_in(bare).path.exists(), "no key is made that recognises nobody"
    assert content(empty_graph, stamps=True) == before
    kept = parse_history(one / HISTORY_NAME)
    assert read_history(empty_graph, key_in(other)) == kept, "also the home of others tells the right key"
    key_in(bare).path.parent.mkdir(exist_ok=True)
    key_in(one).path.rename(key_in(bare).path)  # the key is what counts, not where it is
    load(empty_graph, shop, bare, bad_rows="reject", max_rejects=1.0)
    assert ask("MATCH (c:Customer) RETURN c.id ORDER BY c.id") == [("1",), ("3",)], "who was erased stays out"


def test_load_when_the_graph_is_from_before_keys_were_kept_then_the_present_one_is_taken_over(
    empty_graph: Graph, shop: Path, tmp_path: Path, ask: Ask
) -> None:
    load(empty_graph, shop, tmp_path / "one")
    empty_graph.execute("MATCH (s:_InfluenceState {id: 'data'}) REMOVE s.key_check", name="as-before")
    load(empty_graph, shop, tmp_path / "one", dry_run=True)
    assert ask(STATE) == [(None,)]
    load(empty_graph, shop, tmp_path / "one")
    assert ask(STATE) == [(key_check(key_in(tmp_path / "one")),)]
