"""What must be reached on the synthetic worlds: metrics.md section 12, persuasion, referrals and communities.

The credit per sale is held to the bounds of K8 and K9, too, which section 12 does not ask for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

__all__ = ["TARGETS", "Target", "judge"]


@dataclass(frozen=True)
class Target:
    """One bound on the mean of one measure over the seeds of one world.

    Attributes:
        id: Number in metrics.md section 12.
        check: The measure in words.
        world: World it is measured in; `A/300` is world A with 300 products.
        measure: Name of the measure (`evaluation`).
        low, high: Inclusive bounds, `None` = open.
        reference: What metrics.md reports, for comparison only.
    """

    id: str
    check: str
    world: str
    measure: str
    low: float | None = None
    high: float | None = None
    reference: str = ""

    @property
    def bound(self) -> str:
        """The bound as text, such as `>= 0.97` or `0.75 to 1.25`."""
        if self.low is None:
            return f"<= {self.high:g}"
        return f">= {self.low:g}" if self.high is None else f"{self.low:g} to {self.high:g}"

    def met_by(self, value: float) -> bool:
        """Tell whether a measured value is within the bounds; an unknown one is not."""
        return bool(
            not np.isnan(value)
            and (self.low is None or value >= self.low)
            and (self.high is None or value <= self.high)
        )


def _recovery(id: str, world: str, auc: float, precision: float, reference: tuple[str, str]) -> tuple[Target, Target]:
    return (
        Target(id, "recovery, AUC of the persuasion rate", world, "auc.rate", low=auc, reference=reference[0]),
        Target(id, "recovery, P@k of the persuasion rate", world, "p_at_k.rate", low=precision, reference=reference[1]),
    )


TARGETS: Final[tuple[Target, ...]] = (
    *_recovery("K1", "A", 0.97, 0.76, (".981", ".81")),
    *_recovery("K2", "C", 0.96, 0.75, (".980", ".805")),
    *_recovery("K2", "E", 0.96, 0.75, (".980", ".822")),
    *_recovery("K3", "G", 0.94, 0.65, (".960", ".713")),
    *(
        Target("K4", "false discoveries at q = .10", world, "fdp", high=0.10, reference=reference)
        for world, reference in (("A", ".040"), ("C", ".090"), ("E", ".078"), ("G", ".073"))
    ),
    *(
        Target("K5", "power at q = .10", world, "power", low=low, reference=reference)
        for world, low, reference in (
            ("A", 0.50, ".669"),
            ("C", 0.55, ".695"),
            ("E", 0.60, ".766"),
            ("G", 0.40, ".520"),
        )
    ),
    *(
        Target("K6", "discoveries per run without persuasion", world, "false_discoveries", high=1.0, reference="0-.2")
        for world in "BDFH"
    ),
    *(
        Target("K7", "share of p below .05 without persuasion", world, "p_below_05", high=0.06, reference=reference)
        for world, reference in (("B", ".034"), ("D", ".049"), ("F", ".057"), ("H", ".039"))
    ),
    *(
        Target("K8", "caused purchases, estimate / truth", world, "caused_to_truth", 0.75, 1.25, reference=reference)
        for world, reference in (("A", ".88"), ("C", ".99"), ("E", "1.06"), ("G", ".90"))
    ),
    *(
        Target(
            "K9",
            "caused purchases without persuasion / naive count",
            world,
            "caused_to_naive",
            -high,
            high,
            reference=reference,
        )
        for world, high, reference in (("B", 0.10, "2%"), ("H", 0.10, "1%"), ("D", 0.25, "6%"), ("F", 0.25, "10%"))
    ),
    *(
        Target("K9", "credit per sale without persuasion / naive count", world, "credit_to_naive", high=high)
        for world, high in (("B", 0.10), ("H", 0.10), ("D", 0.20), ("F", 0.20))
    ),
    *(
        target
        for world in "ACEG"
        for target in (
            Target("K8", "credit per sale, sum / caused purchases", world, "credit_to_truth", 0.75, 1.25),
            Target("K8", "credit per sale, share that planted persuaders earn", world, "credit_planted", low=0.56),
        )
    ),
    Target("K10", "exact timing test, power", "A", "timing_power", low=0.35, reference=".41"),
    Target("K10", "exact timing test, false discoveries", "A", "timing_fdp", high=0.10, reference=".034"),
    Target("K11", "P@k above Goyal Bernoulli", "A", "margin.goyal", low=0.08, reference="+.10"),
    Target("K11", "P@k above credit distribution per action", "A", "margin.cd_per_action", low=0.10, reference="+.13"),
    Target("K11", "P@k above credit distribution kappa", "A", "margin.cd_kappa", low=0.20, reference="+.26"),
    *(
        Target("K12", f"(customer, topic) pairs, {name}", world, measure, low=low, reference=reference)
        for world, name, measure, low, reference in (
            ("T1", "AUC", "topic_auc.rate", 0.98, ".999"),
            ("T1", "P@k", "topic_p_at_k.rate", 0.85, ".957"),
            ("T2", "AUC", "topic_auc.rate", 0.98, ".997"),
            ("T2", "P@k", "topic_p_at_k.rate", 0.85, ".911"),
        )
    ),
    Target("K13", "held out, lift of the top 5 %", "A/300", "held_out.lift.rate", low=3.2, reference="3.66"),
    Target(
        "K13",
        "held out, that lift / credit distribution's",
        "A/300",
        "held_out.lift_over_cd",
        low=1.2,
        reference="1.35",
    ),
    Target(
        "K14", "held out, mean absolute error / Goyal's", "A/300", "held_out.mae_over_goyal", high=0.90, reference=".88"
    ),
    Target("K15", "held out, calibration slope by decile", "A/300", "held_out.slope", 0.8, 1.2, reference=".94"),
    *(
        Target(
            "K25",
            "held out, RMSE of the rate / of the lift",
            world,
            "held_out.rmse_over_lift",
            high=0.95,
            reference=ref,
        )
        for world, ref in (("A/300", ".89"), ("C/300", ".91"), ("E/300", ".91"))
    ),
    *(
        target
        for world in "ACG"
        for target in (
            Target(
                "K26", "shuffled friends, observed / expected", world, "shuffled_ratio", 0.9, 1.1, reference=".97-1.02"
            ),
            Target("K26", "mirror discoveries / discoveries", world, "mirror_ratio", high=0.10, reference="0-.002"),
        )
    ),
    Target(
        "K20", "incremental margin of referrals, estimate / truth", "SHOP", "referral.incremental_to_truth", 0.85, 1.15
    ),
    Target("K20", "planted rings, self-referrals, duplicates counted", "SHOP", "referral.fraud_counted", high=0.0),
    Target("K22", "community without effect, raw difference", "SHOP", "membership.raw", low=0.30),
    Target("K22", "community without effect, matched intervals at 0", "SHOP", "membership.at_nothing", low=0.8),
)
"""Every target, in the order of metrics.md."""


def judge(measures: pd.DataFrame, targets: Iterable[Target] = TARGETS) -> pd.DataFrame:
    """Compare measured means with the targets whose world was evaluated.

    Args:
        measures: Long table with columns `world`, `seed`, `measure`, `value`.
        targets: What to compare with.

    Returns:
        One row per target: `id`, `check`, `world`, `target`, `measured` (mean over seeds), `sd`, `seeds`,
        `reference`, `result` (`met` or `missed`).
    """
    evaluated = set(measures["world"])
    rows = []
    for target in targets:
        if target.world not in evaluated:
            continue
        chosen = measures[(measures["world"] == target.world) & (measures["measure"] == target.measure)]["value"]
        mean = float(chosen.mean(skipna=False)) if len(chosen) else float("nan")  # one unknown seed is no pass
        rows.append(
            {
                "id": target.id,
                "check": target.check,
                "world": target.world,
                "target": target.bound,
                "measured": mean,
                "sd": float(chosen.std(ddof=1)) if len(chosen) > 1 else float("nan"),
                "seeds": len(chosen),
                "reference": target.reference,
                "result": "met" if target.met_by(mean) else "missed",
            }
        )
    columns = ["id", "check", "world", "target", "measured", "sd", "seeds", "reference", "result"]
    return pd.DataFrame(rows, columns=columns)
