"""The definitions of metrics.md 4.1, 4.2 and 4.6 written out, for the tests of the compiled kernels.

Nothing here is fast: every figure is a loop over all customers, the way the text defines it. All windows of
an event are stated as a start instant, from which at risk and strata are taken, and an interval of lags.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from math import comb

from influence.persuasion.parameters import (
    ACTIVITY_BINS,
    CATEGORY_BINS,
    FAR_END,
    FAR_START,
    PersuasionParameters,
)
from influence.snapshot.arrays import ALWAYS, Snapshot

__all__ = ["Event", "Reference", "timing_mid_p"]

Stratum = tuple[int, int, int, bool]


@dataclass
class Event:
    """Everything section 4 counts for one first purchase."""

    at_risk: int = 0
    undated: int = 0
    observed: dict[str, int] = field(default_factory=dict)
    expected: dict[str, float] = field(default_factory=dict)
    variance: float = 0.0
    friends_adopted: int = 0
    adopters_in_window: int = 0
    followed: int = 0
    same: set[tuple[int, int, int]] = field(default_factory=set)


class Reference:
    """A snapshot as dictionaries, asked one question at a time.

    Args:
        snapshot: A small snapshot.
        parameters: The same that the compiled estimator gets.
    """

    def __init__(self, snapshot: Snapshot, parameters: PersuasionParameters) -> None:
        self.s = snapshot
        self.parameters = parameters
        self.bought: list[dict[int, int]] = [{} for _ in range(snapshot.customers)]
        for u, a, t in zip(snapshot.first_customer, snapshot.first_product, snapshot.first_time, strict=True):
            self.bought[int(u)][int(a)] = int(t)

    def friends(self, v: int, t: int) -> list[tuple[int, bool]]:
        """Whom v can influence at t, and whether the start of the tie is known."""
        s = self.s
        rows = range(int(s.edge_offsets[v]), int(s.edge_offsets[v + 1]))
        return [
            (int(s.edge_targets[e]), int(s.edge_since[e]) != ALWAYS)
            for e in rows
            if s.edge_since[e] <= t < s.edge_until[e]
        ]

    def exists(self, u: int, t: int) -> bool:
        """Whether customer u was there at t."""
        return bool(self.s.customer_from[u] <= t < self.s.customer_to[u])

    def on_sale(self, a: int, t: int) -> bool:
        """Whether product a was on sale at t."""
        return bool(self.s.product_from[a] <= t < self.s.product_to[a])

    def exposed(self, u: int, a: int, t: int) -> bool:
        """Whether a logged campaign for a, its category or everything reached u at t."""
        s = self.s
        for x in range(len(s.exposure_customer)):
            if s.exposure_customer[x] != u or not s.exposure_from[x] <= t < s.exposure_to[x]:
                continue
            product, topic = int(s.exposure_product[x]), int(s.exposure_topic[x])
            if product == a or (product < 0 and topic in (-1, int(s.product_topic[a]))):
                return True
        return False

    def stratum(self, u: int, a: int, t: int) -> Stratum:
        """Covariates of u before t, without product a: category bin, activity bin, code, exposed."""
        category = self.s.product_topic[a]
        span = self.parameters.activity_span
        earlier = [(b, x) for b, x in self.bought[u].items() if x < t and b != a]
        in_category = sum(1 for b, _ in earlier if self.s.product_topic[b] == category)
        recent = sum(1 for _, x in earlier if x >= t - span)
        return (
            sum(in_category >= limit for limit in CATEGORY_BINS),
            sum(recent >= limit for limit in ACTIVITY_BINS),
            int(self.s.customer_stratum[u]),
            self.exposed(u, a, t),
        )

    def window(self, v: int, a: int, t: int, name: str) -> tuple[int, float, float, int, int]:
        """Return O, E, V, number at risk, and number at risk through undated ties, of one window.

        Names: `half`, `near`, `double` are (t, t+w/2], (t, t+w], (t, t+2w]; `far` is (t+2w, t+5w] with the
        at-risk set of t+2w and the covariates of t; `before` is [t-w, t) and `far_before` [t-5w, t-2w), both
        with at-risk set and covariates of their start.
        """
        w = self.parameters.window
        if name in ("half", "near", "double"):
            length = {"half": w // 2, "near": w, "double": 2 * w}[name]
            at, begin, end, closed_left, sale = t, t, t + length, False, t
        elif name == "far":
            begin = t + FAR_START * w
            at, end, closed_left, sale = t, t + FAR_END * w, False, begin
            if begin >= self.s.as_of:
                return 0, 0.0, 0.0, 0, 0
        else:
            at = begin = t - (w if name == "before" else FAR_END * w)
            end = t if name == "before" else t - FAR_START * w
            closed_left, sale = True, None
        if sale is not None and not self.on_sale(a, sale):
            return 0, 0.0, 0.0, 0, 0

        def at_risk(u: int) -> bool:
            bought = self.bought[u].get(a)
            here = self.exists(u, at) and begin < self.s.customer_to[u]
            return here and (bought is None or (bought >= begin if closed_left else bought > begin))

        def buys(u: int) -> bool:
            bought = self.bought[u].get(a)
            if bought is None:
                return False
            return begin <= bought < end if closed_left else begin < bought <= end

        population = [u for u in range(self.s.customers) if at_risk(u)]
        strata = {u: self.stratum(u, a, at) for u in population}

        def rate(members: list[int], prior: float, weight: float) -> float:
            return (sum(buys(u) for u in members) + weight * prior) / (len(members) + weight)

        observed, expected, variance, exposures, undated = 0, 0.0, 0.0, 0, 0
        for u, dated in self.friends(v, t):
            if u not in strata:
                continue
            own = strata[u]
            wider = [x for x in population if (strata[x][0], strata[x][1], strata[x][3]) == (own[0], own[1], own[3])]
            back = sum(buys(x) for x in wider) / max(len(wider), 1)
            h = rate([x for x in population if strata[x] == own], back, self.parameters.strata_weight)
            observed += buys(u)
            expected += h
            variance += h * (1 - h)
            exposures += 1
            undated += not dated
        return observed, expected, variance, exposures, undated

    def event(self, v: int, a: int) -> Event:
        """Return all counts of the first purchase of a by v."""
        t, w = self.bought[v][a], self.parameters.window
        out = Event()
        for name in ("half", "near", "double", "far", "before", "far_before"):
            o, e, variance, exposures, undated = self.window(v, a, t, name)
            out.observed[name], out.expected[name] = o, e
            if name == "near":
                out.variance, out.at_risk, out.undated = variance, exposures, undated
        others = {u: times[a] for u, times in enumerate(self.bought) if a in times and u != v}
        friends = [u for u, _ in self.friends(v, t) if u in others]
        out.friends_adopted = len(friends)
        out.adopters_in_window = sum(t < x <= t + w for x in others.values())
        out.followed = sum(t < others[u] <= t + w for u in friends)
        out.same = {(min(u, v), max(u, v), a) for u in friends if others[u] == t}
        return out


def timing_mid_p(products: list[tuple[int, int, int]], observed: int) -> float:
    """Return P(T > observed) + P(T = observed)/2, exactly, by counting ways in whole numbers (metrics.md 4.6).

    Args:
        products: (population, successes, draws) of each independent hypergeometric count.
        observed: The total count seen.
    """
    total: dict[int, int] = {0: 1}
    ways = 1
    for population, successes, draws in products:
        ways *= comb(population, draws)
        step: dict[int, int] = {}
        for k in range(max(0, draws + successes - population), min(successes, draws) + 1):
            times = comb(successes, k) * comb(population - successes, draws - k)
            for have, number in total.items():
                step[have + k] = step.get(have + k, 0) + number * times
        total = step
    above = sum(number for k, number in total.items() if k > observed)
    return float(Fraction(2 * above + total.get(observed, 0), 2 * ways))
