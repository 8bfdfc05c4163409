"""Churn contagion: do friends of customers who leave leave, too (metrics.md 6; row 34)?

The question of section 4 asked of leaving instead of buying. A customer leaves on the day of the last purchase before a
long silence, or on the day the account is closed; friends who are customers on that day are at risk; those who leave
within the window are observed; how many of people alike leave in the same days is expected. What friends have in common
beyond that still shows long after: the distant window of 4.3, two to five windows later, is divided out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from influence.errors import ConfigError
from influence.snapshot.arrays import ALWAYS, DAY, NEVER, Float64, Int64, Snapshot
from influence.threads import spread
from influence.value.measures import INSUFFICIENT, NOT_APPLICABLE, OK, total_by
from influence.value.purchases import Purchases
from influence.voice.churn_kernel import TENURE_DAYS, TERTILES, Exposed, Population, count_days, nothing_exposed
from influence.voice.survey import DETRACTOR

__all__ = ["GROUPS", "Contagion", "LapseRule", "Ratio", "Spells", "churn_contagion", "lapse_rule", "spells_of"]

Flags = NDArray[np.bool_]

GROUPS: Final = ("detractors", "passives and promoters", "never answered")
"""Whose leaving is looked at, by the last answer to whether they would recommend the shop."""

_WINDOW_DAYS: Final = 30
_PRIOR: Final = 50.0
_ACTIVITY_DAYS: Final = 90
_LEAST_SILENCE: Final = 60
"""A silence shorter than two windows is no leaving."""
_PAUSES_BELOW: Final = 0.99
_LONGEST_PART: Final = 1.0 / 3.0
"""A silence longer than this part of the log leaves too little of it to look at."""
_FEWEST_LAPSES: Final = 100
_FEWEST_EXPECTED: Final = 30.0
"""With fewer the interval of the ratio is too wide, and too far from normal, to replace a published figure."""
_FEWEST_DISTANT: Final = 100.0
"""Expected in the distant window below which what friends have in common is not known (metrics.md 4.3)."""
_FAR_BEGIN, _FAR_LENGTH = 2, 3
"""The distant window begins two windows after leaving and is three windows long."""
_PARTS: Final = 4
_Z95: Final = 1.959963984540054


@dataclass(frozen=True)
class LapseRule:
    """When a customer counts as gone.

    Attributes:
        silence_days: No purchase for more than this many days, dated on the last purchase; `None` = closing the
            account alone counts, as for contracts.
        why: Where the figure is from, in words.
    """

    silence_days: int | None
    why: str

    def words(self) -> str:
        """Return the rule as a sentence for readers."""
        if self.silence_days is None:
            return f"A customer has left on the day the account was closed ({self.why})."
        return (
            f"A customer has left on the day of the last purchase before {self.silence_days} days without one, or on "
            f"the day the account was closed ({self.why}). Whoever buys again later is a customer again."
        )


@dataclass(frozen=True)
class Spells:
    """From when to when customers were customers, in whole days since 1970. n customers, k spells.

    Attributes:
        customer: [k] who, ascending; begin: [k] first day; end: [k] the day of leaving, or the last day there is.
        stopped: [k] bool, left; else still a customer, as far as is known.
        offsets: [n+1] spells of each customer.
        bought: [b] days with a purchase that stands, by customer and time; bought_offsets: [n+1].
        since: [n] first day as a customer, the largest integer if never one.
        first_day, known_until: First day with anything, last day on which leaving can be known.
    """

    customer: Int64
    begin: Int64
    end: Int64
    stopped: Flags
    offsets: Int64
    bought: Int64
    bought_offsets: Int64
    since: Int64
    first_day: int
    known_until: int


@dataclass(frozen=True)
class Ratio:
    """What followed the leaving of a group. Intervals are 95 %.

    Attributes:
        lapses: How many left, with at least one friend who was a customer that day.
        at_risk: Friends at risk, summed over those who left.
        observed, expected: Friends who left within the window, and how many would have anyway.
        ratio, low, high: observed / expected; NaN when nothing is expected.
        hazard, hazard_low, hazard_high: ratio over that of the distant window: how many times as likely as without.
    """

    lapses: int
    at_risk: int
    observed: int
    expected: float
    ratio: float
    low: float
    high: float
    hazard: float
    hazard_low: float
    hazard_high: float


@dataclass(frozen=True)
class Contagion:
    """Whether leaving spreads. n customers.

    Attributes:
        rule: When a customer counts as gone.
        everybody: Whoever left.
        groups: The same by `GROUPS`.
        alike: Observed over expected in the distant window, what friends have in common; 1 where it is not known.
        alike_known: Whether it is.
        window_days: Days within which friends' leaving counts.
        usual_churn: [n] chance that a customer who is one now leaves within the window, by tenure and activity; NaN
            for those who are none.
        mean_churn: The same over all customers and days.
        status: `ok`; `insufficient_data` below 100 lapses or 30 expected; `not_applicable` when nobody ever left.
    """

    rule: LapseRule
    everybody: Ratio
    groups: dict[str, Ratio]
    alike: float
    alike_known: bool
    window_days: int
    usual_churn: Float64
    mean_churn: float
    status: str

    @property
    def hazard_ratio(self) -> float | None:
        """The hazard ratio when the data prove one above 1, else `None`."""
        return self.everybody.hazard if self.status == OK and self.everybody.hazard_low > 1.0 else None

    @property
    def churn_known(self) -> bool:
        """Whether enough customers left to say how many usually do."""
        return self.status == OK


def lapse_rule(purchases: Purchases, silence_days: float | None = None) -> LapseRule:
    """Return the given rule, or the one that fits the data: longer than 99 of 100 pauses between purchases.

    At least 60 days, which is two windows, and at most a third of the log. A multiple of the median pause would
    call every eighth pause of a customer who buys at random a lapse (three medians: 2^-3).

    Args:
        purchases: All lines.
        silence_days: Days without a purchase, 0 = only closing the account counts; `None` = by the data.

    Raises:
        ConfigError: The number is negative.
    """
    if silence_days is not None:
        if silence_days < 0:
            raise ConfigError(
                "`--lapse` is below 0",
                code="bad-lapse",
                hint="give days such as `--lapse 180d`, or `--lapse 0d` to count closed accounts only",
            )
        whole = round(silence_days)
        return LapseRule(whole or None, "as the run was told")
    day, who = purchases.at[purchases.kept] // DAY, purchases.customer[purchases.kept]
    if not len(day):
        return LapseRule(None, "there are no purchases")
    pause = np.diff(day)[(np.diff(who) == 0) & (np.diff(day) > 0)]
    if not len(pause):
        return LapseRule(None, "nobody ever came back")
    usual = int(np.ceil(np.quantile(pause, _PAUSES_BELOW)))
    longest = int((purchases.as_of // DAY - day.min()) * _LONGEST_PART)
    if usual > longest >= _LEAST_SILENCE:
        return LapseRule(longest, f"a third of the log; 99 of 100 pauses between purchases are up to {usual} days")
    if usual < _LEAST_SILENCE:
        return LapseRule(_LEAST_SILENCE, f"the least that counts; 99 of 100 pauses are up to {usual} days")
    return LapseRule(usual, "99 of 100 pauses between purchases are no longer")


def spells_of(snapshot: Snapshot, purchases: Purchases, rule: LapseRule) -> Spells:
    """Return from when to when customers were customers.

    With a silence a spell begins with a purchase and ends with the last one before the silence, or when the account is
    closed. Without one there is a single spell from joining (else the first purchase) until the account is closed.
    """
    n, today = snapshot.customers, int(snapshot.as_of // DAY)
    kept = purchases.kept
    who, day = purchases.customer[kept].astype(np.int64), purchases.at[kept] // DAY
    fresh = np.ones(len(who), np.bool_)
    fresh[1:] = (who[1:] != who[:-1]) | (day[1:] != day[:-1])
    who, day = who[fresh], day[fresh]
    offsets = np.concatenate([[0], np.cumsum(np.bincount(who, minlength=n))]).astype(np.int64)
    closed = np.where(snapshot.customer_to == NEVER, NEVER, snapshot.customer_to // DAY)
    since = np.full(n, NEVER)
    has = np.diff(offsets) > 0
    since[has] = day[offsets[:-1][has]]
    if rule.silence_days is None:
        joined = np.where(snapshot.customer_from == ALWAYS, since, snapshot.customer_from // DAY)
        since = np.minimum(joined, since)
        customer = np.flatnonzero((since != NEVER) & (since < np.minimum(closed, today + 1)))
        begin, until = since[customer], closed[customer]
        end, stopped = np.minimum(until, today), until <= today
        known = today
    else:
        known = today - rule.silence_days
        edge = np.ones(len(who) + 1, np.bool_)  # where one spell ends and another begins
        edge[1:-1] = (np.diff(who) != 0) | (np.diff(day) > rule.silence_days)
        starts, ends = np.flatnonzero(edge[:-1]), np.flatnonzero(edge[1:])
        customer, begin, final = who[starts], day[starts], day[ends]
        # a closing within the silence is the day of leaving, one after it closes what was over already
        closes = (closed[customer] >= final) & (closed[customer] <= np.minimum(final + rule.silence_days, known))
        stopped = closes | (today - final > rule.silence_days)
        end = np.where(closes, closed[customer], np.where(stopped, final, today))
        if not len(customer):
            customer = begin = end = np.empty(0, np.int64)
            stopped = np.empty(0, np.bool_)
    first = min(int(begin.min()), int(day.min()) if len(day) else today) if len(begin) else today
    return Spells(
        customer=customer.astype(np.int64),
        begin=begin.astype(np.int64),
        end=end.astype(np.int64),
        stopped=stopped,
        offsets=np.concatenate([[0], np.cumsum(np.bincount(customer, minlength=n))]).astype(np.int64),
        bought=day.astype(np.int64),
        bought_offsets=offsets,
        since=since,
        first_day=first,
        known_until=known,
    )


def churn_contagion(
    snapshot: Snapshot,
    purchases: Purchases,
    nps: ArrayLike,
    silence_days: float | None = None,
    *,
    threads: int | None = None,
) -> Contagion:
    """Compare how many friends of customers who leave leave with how many people alike leave (metrics.md 6).

    Stratum = tenure band x third of activity x segment, by what was known before the day; the hazard of a stratum leans
    on that of all segments with the weight of 50 customers. Windows that reach past the last day on which leaving can
    be known are cut for observed and expected alike. Both leaving on one day counts for neither. Customers who opted
    out stay in the population, but what follows their leaving is not looked at.

    Args:
        snapshot: Customers and ties.
        purchases: All lines.
        nps: [n] last answer, NaN if none.
        silence_days: Of the lapse rule; `None` = by the data, 0 = closings only.
        threads: All cores when not given. Results do not depend on it.
    """
    rule = lapse_rule(purchases, silence_days)
    spells = spells_of(snapshot, purchases, rule)
    answer = np.asarray(nps, dtype=np.float64)
    group_of = np.where(np.isnan(answer), 2, np.where(answer <= DETRACTOR, 0, 1)).astype(np.int64)
    heard = ~snapshot.customer_opted_out
    gone = spells.stopped & heard[spells.customer] & (spells.end < spells.known_until)
    who, day = spells.customer[gone], spells.end[gone] - spells.first_day
    order = np.argsort(day, kind="stable")
    who, day = who[order], day[order]
    since, until = _edge_days(snapshot, spells.first_day)
    _, segment = np.unique(snapshot.customer_stratum, return_inverse=True)
    length = max(spells.known_until - spells.first_day, 0)
    activity = max(rule.silence_days or 0, _ACTIVITY_DAYS)

    def follow(lag: int, window: int) -> Exposed:
        """Count what followed within a window that begins some days after leaving."""
        population = Population(
            begin=spells.begin - spells.first_day,
            end=spells.end - spells.first_day,
            stopped=spells.stopped,
            spell_offsets=spells.offsets,
            bought=spells.bought - spells.first_day,
            bought_offsets=spells.bought_offsets,
            segment=segment.astype(np.int64),
            since=np.where(spells.since == NEVER, NEVER, spells.since - spells.first_day),
            edge_offsets=snapshot.edge_offsets,
            edge_targets=snapshot.edge_targets,
            edge_since=since,
            edge_until=until,
            event_customer=who,
            event_group=group_of[who],
            event_offsets=np.searchsorted(day + lag, np.arange(length + 2)).astype(np.int64),
        )

        def count(days: Int64) -> Exposed:
            found = nothing_exposed(len(who), snapshot.customers, len(GROUPS))
            segments = int(segment.max(initial=0)) + 1
            count_days(days, population, segments, activity, window, length, _PRIOR, found)
            return found

        parts = spread(count, np.array_split(np.arange(length, dtype=np.int64), _PARTS), threads)
        return Exposed(*(np.sum([part[i] for part in parts], axis=0) for i in range(len(parts[0]))))

    near = follow(0, _WINDOW_DAYS)
    far = follow(_FAR_BEGIN * _WINDOW_DAYS, _FAR_LENGTH * _WINDOW_DAYS)
    everywhere = np.ones(len(who), np.bool_)
    distant = _sums(far, who, everywhere, np.ones(len(GROUPS), np.bool_))
    known = distant.expected >= _FEWEST_DISTANT and distant.observed > 0

    def ratio(rows: Flags, groups: Flags) -> Ratio:
        return _ratio(_sums(near, who, rows, groups), distant if known else None)

    everybody = ratio(everywhere, np.ones(len(GROUPS), np.bool_))
    by_group = {
        name: ratio(group_of[who] == number, np.arange(len(GROUPS)) == number) for number, name in enumerate(GROUPS)
    }
    if not spells.stopped.any():
        state = NOT_APPLICABLE
    else:
        enough = everybody.lapses >= _FEWEST_LAPSES and everybody.expected >= _FEWEST_EXPECTED
        state = OK if enough else INSUFFICIENT
    here = int(near.here.sum())
    return Contagion(
        rule=rule,
        everybody=everybody,
        groups=by_group,
        alike=distant.ratio if known else 1.0,
        alike_known=bool(known),
        window_days=_WINDOW_DAYS,
        usual_churn=_usual_churn(spells, near, int(snapshot.as_of // DAY), activity),
        mean_churn=float(near.left.sum() / here) if here else float("nan"),
        status=state,
    )


def _edge_days(snapshot: Snapshot, span: int) -> tuple[Int64, Int64]:
    """Return from which day to which day ties hold, counted from the first day."""
    since = np.where(snapshot.edge_since == ALWAYS, ALWAYS, snapshot.edge_since // DAY - span)
    until = np.where(snapshot.edge_until == NEVER, NEVER, snapshot.edge_until // DAY - span)
    return since, until


@dataclass(frozen=True)
class _Sums:
    """Observed and expected of some lapses, with their relative residuals by who left and by friend, each [n]."""

    lapses: int
    at_risk: int
    observed: float
    expected: float
    ratio: float
    leavers: Float64
    friends: Float64


def _sums(found: Exposed, who: Int64, rows: Flags, groups: Flags) -> _Sums:
    """Add up the lapses of some rows, which are those of some groups."""
    observed, expected = found.observed[rows].astype(np.float64), found.expected[rows]
    o, e, n = float(observed.sum()), float(expected.sum()), found.friend_observed.shape[1]
    ratio = o / e if e > 0 else float("nan")
    leavers = friends = np.zeros(n, np.float64)
    if o > 0:
        leavers = total_by(who[rows], n, (observed - ratio * expected) / o)
        friends = (found.friend_observed[groups].sum(axis=0) - ratio * found.friend_expected[groups].sum(axis=0)) / o
    at_risk = found.at_risk[rows]
    return _Sums(int((at_risk > 0).sum()), int(at_risk.sum()), o, e, ratio, leavers, friends)


def _ratio(near: _Sums, far: _Sums | None) -> Ratio:
    """Return observed over expected, as it is and over that of the distant window.

    The intervals are normal on the log scale. Friends of one who left, and those who left before one friend, are not
    independent: the variance is that of sums by either, less that of the pairs, which is in both.
    """
    low = high = hazard = hazard_low = hazard_high = float("nan")
    if near.observed > 0:
        factor = _factor(near.leavers, near.friends, 1.0 / near.observed)
        low, high = near.ratio / factor, near.ratio * factor
        hazard, hazard_low, hazard_high = near.ratio, low, high
        if far is not None:
            pairs = 1.0 / near.observed + 1.0 / far.observed
            factor = _factor(near.leavers - far.leavers, near.friends - far.friends, pairs)
            hazard = near.ratio / far.ratio
            hazard_low, hazard_high = hazard / factor, hazard * factor
    elif near.expected > 0:
        low, high = 0.0, 3.0 / near.expected  # none of many: the rule of three
    return Ratio(
        lapses=near.lapses,
        at_risk=near.at_risk,
        observed=int(near.observed),
        expected=near.expected,
        ratio=near.ratio,
        low=low,
        high=high,
        hazard=hazard,
        hazard_low=hazard_low,
        hazard_high=hazard_high,
    )


def _factor(leavers: Float64, friends: Float64, pairs: float) -> float:
    """Return the factor that the ends of a 95 % interval lie away."""
    by_leaver, by_friend = float(leavers @ leavers), float(friends @ friends)
    return float(np.exp(_Z95 * np.sqrt(max(by_leaver + by_friend - pairs, by_leaver, by_friend))))


def _usual_churn(spells: Spells, total: Exposed, today: int, activity: int) -> Float64:
    """Return [n] the chance to leave within the window of those who are customers today, by tenure and activity."""
    n = len(spells.since)
    here = np.zeros(n, np.bool_)
    here[spells.customer[~spells.stopped]] = True
    buyer = np.repeat(np.arange(n), np.diff(spells.bought_offsets))
    recent = (spells.bought >= today - activity) & (spells.bought < today)
    active = np.bincount(buyer[recent], minlength=n)
    rank = np.zeros(n)
    if here.any():
        level, count = np.unique(active[here], return_counts=True)
        middle = (2 * (np.cumsum(count) - count) + count) / (2 * here.sum())
        rank[here] = middle[np.searchsorted(level, active[here])]
    third = np.minimum((TERTILES * rank).astype(np.int64), TERTILES - 1)
    band = np.digitize(np.where(here, today - np.where(here, spells.since, today), 0), TENURE_DAYS)
    rate = np.divide(total.left, total.here, out=np.full(len(total.here), np.nan), where=total.here > 0)
    churn = rate[band * TERTILES + third]
    overall = total.left.sum() / total.here.sum() if total.here.sum() else np.nan
    return np.where(here, np.where(np.isnan(churn), overall, churn), np.nan)
