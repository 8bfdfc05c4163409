"""The longest chain of credited purchases, on a small log worked out by hand."""

from __future__ import annotations

import numpy as np

from influence.persuasion.chains import longest_chains
from influence.persuasion.credit import SaleCredit
from influence.snapshot.arrays import DAY, Snapshot
from influence.snapshot.build import build_snapshot


def snapshot() -> Snapshot:
    """Ann, Bob, Cy and Dan buy a book one after another; Bob and Ann buy a lamp in the other order."""
    lines = [("ann", "book", 0), ("bob", "book", 1), ("cy", "book", 2), ("dan", "book", 3)]
    lines += [("bob", "lamp", 4), ("ann", "lamp", 5)]
    return build_snapshot(
        customers={"customer_id": ["ann", "bob", "cy", "dan", "eve"]},
        friendships={"customer_id": [], "friend_id": []},
        follows={"follower_id": [], "followed_id": []},
        purchases={
            "customer_id": [line[0] for line in lines],
            "product_id": [line[1] for line in lines],
            "at": np.array([line[2] * DAY for line in lines], np.int64),
        },
        products={"product_id": ["book", "lamp"]},
        as_of=10 * DAY,
        data_version="hand",
    )


def row(s: Snapshot, customer: str, product: str) -> int:
    c, a = s.customer_ids.tolist().index(customer), s.product_ids.tolist().index(product)
    return int(np.flatnonzero((s.first_customer == c) & (s.first_product == a))[0])


def credit(s: Snapshot, *links: tuple[str, str, str]) -> SaleCredit:
    """Return half a sale of credit for each (persuader, persuaded, product)."""
    given = np.array([row(s, giver, product) for giver, _, product in links], np.int64)
    received = np.array([row(s, receiver, product) for _, receiver, product in links], np.int64)
    return SaleCredit(given, received, np.full(len(links), 0.5))


def test_chain_when_credit_passes_on_then_counted_to_its_end_whatever_the_order_of_the_links() -> None:
    s = snapshot()
    links = [("ann", "bob", "book"), ("bob", "cy", "book"), ("cy", "dan", "book"), ("ann", "cy", "book")]
    for order in (links, links[::-1], [links[1], links[3], links[0], links[2]]):
        assert longest_chains(s, credit(s, *order), 0.05).tolist() == [3, 2, 1, 0, 0]


def test_chain_when_customers_persuade_each_other_over_two_products_then_never_joined_to_a_circle() -> None:
    s = snapshot()
    found = longest_chains(s, credit(s, ("ann", "bob", "book"), ("bob", "ann", "lamp")), 0.05)
    assert found.tolist() == [1, 1, 0, 0, 0]


def test_chain_when_there_is_no_credit_then_zero_for_everybody() -> None:
    s = snapshot()
    assert longest_chains(s, credit(s), 0.05).tolist() == [0, 0, 0, 0, 0]


def test_chain_when_a_share_is_small_then_it_ends_before_that_link() -> None:
    s = snapshot()
    sales = credit(s, ("ann", "bob", "book"), ("bob", "cy", "book"), ("cy", "dan", "book"))
    sales.credit[:] = [0.05, 0.049, 0.01]
    assert longest_chains(s, sales, 0.05).tolist() == [1, 0, 0, 0, 0]
