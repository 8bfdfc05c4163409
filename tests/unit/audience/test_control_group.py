"""The control group: exact share, every stratum its part, the same people again, nobody changes sides."""

from __future__ import annotations

from collections import Counter

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from influence.audience.control import CONTROL, SENT, control_group, share, together
from influence.errors import UsageProblem

STRATA = {f"c{n}": (("DE", "FR", "")[n % 3], f"r{n % 7}") for n in range(1000)}


@pytest.mark.parametrize(("text", "value"), [("10%", 0.1), ("0.1", 0.1), (" 2.5 % ", 0.025), ("0", 0.0), (".5", 0.5)])
def test_share_when_written_either_way_then_the_number(text: str, value: float) -> None:
    assert share(text) == value


@pytest.mark.parametrize("text", ["10", "-1%", "95%", "half", "", "1e-1"])
def test_share_when_it_is_none_then_refused(text: str) -> None:
    with pytest.raises(UsageProblem):
        share(text)


@given(part=st.floats(0, 0.9), seed=st.integers(0, 2**32), size=st.integers(0, 60))
def test_control_group_when_chosen_then_its_share_to_within_one_overall_and_in_each_country(
    part: float, seed: int, size: int
) -> None:
    strata = dict(list(STRATA.items())[:size])
    held = control_group(strata, part, seed)
    assert held <= strata.keys()
    assert abs(len(held) - part * size) <= 1 + 1e-9
    for country in ("DE", "FR", ""):
        people = {customer for customer, stratum in strata.items() if stratum[0] == country}
        assert abs(len(held & people) - part * len(people)) <= 1 + 1e-9


def test_control_group_when_the_order_of_customers_differs_then_the_same_people() -> None:
    backwards = dict(reversed(list(STRATA.items())))
    assert control_group(STRATA, 0.1, 7) == control_group(backwards, 0.1, 7)
    assert control_group(STRATA, 0.1, 7) != control_group(STRATA, 0.1, 8)
    assert control_group(STRATA, 0.0, 7) == frozenset()


def test_control_group_when_drawn_many_times_then_everybody_has_the_same_chance() -> None:
    strata = {f"c{n}": (("DE", "FR")[n > 0],) for n in range(10)}
    times = Counter(customer for seed in range(2000) for customer in control_group(strata, 0.2, seed))
    assert all(320 <= times[customer] <= 480 for customer in strata)


def test_control_group_when_there_are_earlier_arms_then_nobody_changes_sides() -> None:
    first = control_group(STRATA, 0.1, 1)
    arms = {customer: CONTROL if customer in first else SENT for customer in STRATA}
    grown = STRATA | {f"new{n}": ("DE", "r1") for n in range(200)}
    del grown["c0"]
    second = control_group(grown, 0.1, 1, arms)
    assert second & STRATA.keys() == first - {"c0"}
    assert len(second - first) == 20


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.frozensets(st.sampled_from("123456"), max_size=3)))
def test_together_when_customers_share_an_identifier_then_one_group_as_a_graph_library_finds_it(
    identifiers: dict[str, frozenset[str]],
) -> None:
    graph = nx.Graph([(customer, value) for customer, values in identifiers.items() for value in values])
    graph.add_nodes_from(identifiers)
    expected = {}
    for component in nx.connected_components(graph):
        people = component & identifiers.keys()
        expected |= dict.fromkeys(people, min(people))
    assert together(identifiers) == expected
