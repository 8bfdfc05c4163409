"""What the log can carry: checks that run beside every estimate, and their warnings in plain words.

Figures: metrics.md 4.8. A failed check is said, never silently corrected.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from influence.persuasion.calibration import LITTLE_EXPECTED
from influence.persuasion.exposure import count_follow_ons
from influence.persuasion.layout import Workspace
from influence.persuasion.sums import sum_by
from influence.snapshot.arrays import Snapshot

__all__ = ["Dealt", "ShuffledFriends", "deal_out", "shuffled_friends", "warnings_of"]

Float64 = NDArray[np.float64]

SHUFFLED_RANGE = (0.8, 1.25)
SHUFFLED_ERRORS = 2.0
"""Standard errors from 1 within which the ratio is chance, however far that is on a short log."""
MIRROR_LIMIT = 0.2
TASTE_LIMIT = 1.5
UNDATED_LIMIT = 0.5


@dataclass(frozen=True)
class ShuffledFriends:
    """Observed and expected follow-ons of customers whose friends were dealt out at random.

    Attributes:
        observed, expected: Sums over the sampled products.
        products: Number of products sampled.
        share: Their share of the looks at a friend that all products would take; 1 when nothing was left out.
    """

    observed: int
    expected: float
    products: int
    share: float

    @property
    def ratio(self) -> float | None:
        """O/E, near 1 when the expectation fits the log; `None` when nothing was expected."""
        return self.observed / self.expected if self.expected > 0 else None

    @property
    def error(self) -> float | None:
        """Standard error of the ratio, of a Poisson count with this expectation; `None` like the ratio."""
        return float(1.0 / np.sqrt(self.expected)) if self.expected > 0 else None


@dataclass(frozen=True)
class Dealt:
    """Friends dealt out at random.

    Attributes:
        targets: [m] the ends of all ties, permuted, which keeps everybody's number of friends.
        products: [a] products in a random order.
    """

    targets: NDArray[np.int32]
    products: NDArray[np.int64]


def deal_out(snapshot: Snapshot, seed: int) -> Dealt:
    """Permute the ends of all ties and the products; needs nothing but the snapshot, so it can begin early."""
    random = np.random.default_rng(seed)
    targets = random.permutation(snapshot.edge_targets)
    return Dealt(targets, random.permutation(snapshot.products))


def shuffled_friends(space: Workspace, dealt: Dealt) -> ShuffledFriends:
    """Count again with friends dealt out at random.

    Random friends share no tastes and persuade nobody, so observed must equal expected. On a large log the
    count is made on products drawn at random until `diagnostic_visits` friend visits are spent.
    """
    s, order = space.snapshot, dealt.products
    cost = sum_by(s.first_product, np.diff(s.edge_offsets)[s.first_customer] + 1.0, s.products)
    taken = order[np.cumsum(cost[order]) - cost[order] < space.parameters.diagnostic_visits]
    chosen = np.zeros(s.products, np.bool_)
    chosen[taken] = True
    observed, expected = count_follow_ons(space, chosen[s.first_product], dealt.targets)
    share = float(cost[taken].sum() / cost.sum()) if cost.sum() > 0 else 1.0
    return ShuffledFriends(observed, expected, len(taken), share)


def warnings_of(figures: Mapping[str, float | int | None]) -> list[str]:
    """Return what a reader must know before he believes the figures, one sentence each.

    Args:
        figures: The `diagnostics` and `totals` of a run in one mapping.
    """
    out = []
    shuffled, error = figures["shuffled_ratio"], figures["shuffled_error"] or 0.0
    if (
        shuffled is not None
        and not SHUFFLED_RANGE[0] <= shuffled <= SHUFFLED_RANGE[1]
        and abs(shuffled - 1) > SHUFFLED_ERRORS * error
    ):
        out.append(
            f"Even friends dealt out at random buy {shuffled:.2f} times what is expected (it should be 1): the "
            "expectation does not fit this log, and the calibration factor is not only shared taste. Check first "
            "whether customers who left have a closing date and whether the activity span suits how often people buy."
        )
    high = figures["n2_high"]
    if high is not None and high < 0:  # NaN = unknown is not below 0
        out.append(
            f"The calibration for shared taste takes off more than there is: observed minus calibrated expectation is "
            f"{figures['n2']:,.0f}, and below 0 throughout its interval. Do not read the totals of this log as amounts."
        )
    naive, caused, timing = figures["naive"] or 0.0, figures["caused"] or 0.0, figures["n3"] or 0.0
    if timing > caused + np.sqrt(naive):
        out.append(
            f"Timing alone finds {timing:,.0f} caused purchases, the estimate only {caused:,.0f}: timing is no "
            "cautious lower figure here. Either the estimate takes off too much, or friends buy at the same time for a "
            "reason that nobody logged; the truth may be anywhere between."
        )
    found, mirrored = figures["discoveries"] or 0, figures["mirror_discoveries"] or 0
    if mirrored > max(1.0, MIRROR_LIMIT * found):
        out.append(
            f"The same test finds {mirrored} 'persuaders' when it looks at purchases before "
            f"theirs, against {found} after: part of the certified persuaders may be followers or "
            "fellow travellers, or persuasion is so strong that it shows at those who were persuaded."
        )
    lag = figures["lag"]
    if lag is not None and lag > TASTE_LIMIT:
        out.append(
            f"Friends buy {lag:.1f} times as much alike as their known behaviour explains, even long after: friends "
            "share tastes we do not see. The estimate divides this out, with a wider margin of error."
        )
    distant = figures["lag_expected"] or 0.0
    if not distant:
        out.append(
            "The log is too short to see what friends buy much later, so shared taste could not be measured: "
            "treat the figures as an upper limit."
        )
    elif distant < LITTLE_EXPECTED and lag is not None:
        out.append(
            f"Shared taste was hardly measured: the calibration factor {lag:.2f} rests on "
            f"{figures['lag_observed']:,.0f} of {distant:,.1f} expected purchases of friends much later. Where the "
            "factor is too low, shared taste passes for persuasion: totals and rankings may change with a longer log."
        )
    undated = figures["undated_share"]
    if undated is not None and undated > UNDATED_LIMIT:
        out.append(
            f"For {100 * undated:.0f} % of the looks at a friend the start of the friendship is unknown and taken as "
            "'always': friendships made after a purchase may count as influence."
        )
    if not figures["family"]:
        out.append("No customer has enough purchases and friends to be judged: nobody can be certified.")
    elif not figures["certified"]:
        out.append("No customer can be certified as a persuader on this log; the ranking shows tendencies only.")
    return out
