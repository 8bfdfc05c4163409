"""The estimator against planted truth and against simpler scores, over worlds and seeds (metrics.md 12).

Each world and seed gives one row per measure; the means over seeds are compared with `targets.TARGETS`, and the
same rows make the tables that docs/evaluation.md publishes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from influence.errors import CheckFailed, UsageProblem
from influence.files import write_atomically
from influence.persuasion.estimate import PersuasionResult, estimate_persuasion
from influence.persuasion.parameters import PersuasionParameters
from influence.progress import Progress, Silent
from influence.snapshot.arrays import Snapshot
from influence.worlds.accuracy import auc, discoveries, precision_at_k
from influence.worlds.arrays import world_snapshot
from influence.worlds.holdout import FORECASTS, RANKED, HeldOut, holdout_by_launch
from influence.worlds.page import cell_text, html_page, markdown_table
from influence.worlds.rules import RULES, SHOP, rules_of
from influence.worlds.shop.recovery import measure_shop
from influence.worlds.targets import judge
from influence.worlds.world import World, make_world

__all__ = ["DEFAULT_SEEDS", "DEFAULT_WORLDS", "Evaluation", "evaluate", "measure", "publish", "write_evaluation"]

DEFAULT_WORLDS: Final = (*RULES, "A/300", "C/300", "E/300", SHOP)
"""Every world, the three of the held-out targets (`A/300` is world A with 300 products), and the shop with money."""

DEFAULT_SEEDS: Final = 5

_LABEL = re.compile(r"(?P<letter>[A-Z][0-9]?)(/(?P<products>[1-9][0-9]*))?")


@dataclass(frozen=True)
class Evaluation:
    """What an evaluation found.

    Attributes:
        measures: Long table, one row per world, seed and measure: `world`, `seed`, `measure`, `value`.
        targets: One row per target of the evaluated worlds (`targets.judge`).
        tables: Heading to table for people, means over the seeds.
        seeds: The seeds.
    """

    measures: pd.DataFrame
    targets: pd.DataFrame
    tables: dict[str, pd.DataFrame]
    seeds: tuple[int, ...]

    @property
    def passed(self) -> bool:
        """Whether every target is met."""
        return bool((self.targets["result"] == "met").all())

    def require(self) -> None:
        """Refuse to go on when a target is missed.

        Raises:
            CheckFailed: At least one target is missed; `details["findings"]` names each.
        """
        missed = self.targets[self.targets["result"] != "met"]
        if len(missed):
            raise CheckFailed(
                f"{len(missed)} of {len(self.targets)} targets missed",
                code="targets-missed",
                hint="compare with docs/evaluation.md; more seeds (`--seeds 10`) tell chance from a fault",
                findings=[
                    f"{row.id} {row.world}: {row.check}: {cell_text(row.measured)}, target {row.target}"
                    for row in missed.itertuples()
                ],
            )


def evaluate(
    worlds: Sequence[str] = DEFAULT_WORLDS,
    seeds: Sequence[int] = tuple(range(1, DEFAULT_SEEDS + 1)),
    parameters: PersuasionParameters | None = None,
    progress: Progress | None = None,
    view: Callable[[Snapshot], Snapshot] | None = None,
) -> Evaluation:
    """Run the estimator and its competitors on every world and seed, and compare with the targets.

    Args:
        worlds: Labels: a letter of `rules.RULES`, with `/300` for 300 products and the held-out measures; or `SHOP`,
            whose referrals and community are judged instead of persuasion.
        seeds: Seeds of the worlds.
        parameters: Settings of the estimator, its defaults if not given.
        progress: Told after each world and seed.
        view: What the estimator sees of a world, the whole snapshot if not given; to ask what missing or wrong
            data would do.

    Raises:
        UsageProblem: A label names no world.
    """
    parameters = parameters or PersuasionParameters()
    labels = [_parse(label) for label in worlds]
    rows: list[dict[str, object]] = []
    with (progress or Silent()).task("evaluating worlds", total=len(labels) * len(seeds), unit="worlds") as task:
        for label, letter, products in labels:
            for seed in seeds:
                if letter == SHOP:
                    values = measure_shop(seed)
                else:
                    world = make_world(letter, seed, **({"products": products} if products else {}))
                    values = measure(world, parameters, held_out=products is not None, view=view)
                rows += [{"world": label, "seed": seed, "measure": name, "value": v} for name, v in values.items()]
                task.advance()
    measures = pd.DataFrame(rows, columns=["world", "seed", "measure", "value"])
    return Evaluation(measures, judge(measures), _tables(measures), tuple(seeds))


def _parse(label: str) -> tuple[str, str, int | None]:
    """Return label, letter and number of products."""
    if label == SHOP:
        return label, label, None
    found = _LABEL.fullmatch(label)
    letter = found["letter"] if found else label
    rules_of(letter)
    return label, letter, int(found["products"]) if found and found["products"] else None


def measure(
    world: World,
    parameters: PersuasionParameters,
    *,
    held_out: bool = False,
    view: Callable[[Snapshot], Snapshot] | None = None,
) -> dict[str, float]:
    """Run the estimator on one world and compare it with the truth.

    Rankings and tests are judged among the customers above the evidence floor, totals over everybody.

    Args:
        world: The world.
        parameters: Settings of the estimator.
        held_out: Also learn from the products launched first and predict the others.
        view: What the estimator sees of the world.

    Returns:
        Measure name to value; worlds with persuasion, without, and topic worlds have different measures.
    """
    snapshot = world_snapshot(world)
    if view is not None:
        snapshot = view(snapshot)
    result = estimate_persuasion(snapshot, parameters)
    customers = result.customers.reindex(world.customer_ids)
    family = (customers["persuasion_status"] == "ok").to_numpy()
    values = {
        "purchases": float(len(world.at)),
        "family": float(family.sum()),
        "family_planted": float((family & world.planted).sum()),
        "lag_factor": _number(result.diagnostics["lag"]),
        "shuffled_ratio": _number(result.diagnostics["shuffled_ratio"]),
        "mirror_ratio": _number(result.diagnostics["mirror_ratio"]),
        **_discovered(customers[family], world.planted[family], parameters),
    }
    if world.planted.any():
        caused = float(world.caused.sum())
        values["caused"] = caused
        values |= {f"{name}_to_truth": result.totals[name] / caused for name in _TOTALS.values()}
        credit = result.sales.credit
        values["credit_planted"] = float(
            credit[world.planted[snapshot.first_customer[result.sales.given]]].sum() / credit.sum()
        )
        values |= _recovered(customers[family], world.planted[family])
    else:
        values |= {f"{name}_to_naive": result.totals[name] / result.totals["naive"] for name in _TOTALS.values()}
        values["false_discoveries"] = values["discoveries"]
        values["p_below_05"] = float((customers.loc[family, "persuasion_p"] < 0.05).mean())
    if (world.persuasive_topic >= 0).any():
        values |= _recovered_topics(result, world)
    if held_out:
        values |= _foreseen(holdout_by_launch(snapshot, parameters))
    return values


def _number(value: float | int | None) -> float:
    return float("nan") if value is None else float(value)


def _recovered(customers: pd.DataFrame, planted: NDArray[np.bool_]) -> dict[str, float]:
    """Return AUC and P@k of every score, and how far the persuasion rate is above its anchors."""
    values = {}
    for name, column in _SCORE_COLUMNS.items():
        score = customers[column].to_numpy(np.float64)
        values[f"auc.{name}"] = auc(score, planted)
        values[f"p_at_k.{name}"] = precision_at_k(score, planted)
    for anchor in ("goyal", "cd_per_action", "cd_kappa"):
        values[f"margin.{anchor}"] = values["p_at_k.rate"] - values[f"p_at_k.{anchor}"]
    return values


def _discovered(
    customers: pd.DataFrame, planted: NDArray[np.bool_], parameters: PersuasionParameters
) -> dict[str, float]:
    """Return number, false share and power of the discoveries of each test, at the same false discovery rate."""
    timing = customers["timing_p"].to_numpy(np.float64)
    tested = ~np.isnan(timing)
    timing_q = np.ones(len(timing))
    timing_q[tested] = stats.false_discovery_control(timing[tested]) if tested.any() else 1.0
    tests = {
        "": (customers["persuasion_q"] <= parameters.q_limit).to_numpy(),
        "certified_": customers["certified_persuader"].to_numpy(np.bool_),
        "timing_": timing_q <= parameters.q_limit,
    }
    values = {}
    for name, found in tests.items():
        against = discoveries(found, planted)
        values[f"{name}discoveries"] = float(against.count)
        if planted.any():
            values |= {f"{name}fdp": against.false_share, f"{name}power": against.power}
    return values


def _recovered_topics(result: PersuasionResult, world: World) -> dict[str, float]:
    """Return AUC and P@k of (customer, topic) pairs with three purchases in the topic and an expectation above 0."""
    pairs = result.topics[(result.topics["purchases"] >= 3) & (result.topics["persuasion_expected"] > 0)]
    topic_of = dict(zip(world.customer_ids.tolist(), world.persuasive_topic.tolist(), strict=True))
    number = {topic: i for i, topic in enumerate(world.topic_ids.tolist())}
    truth = np.array(
        [topic_of[who] == number[topic] for who, topic in zip(pairs["customer_id"], pairs["topic_id"], strict=True)],
        dtype=np.bool_,
    )
    whole = result.customers.loc[pairs["customer_id"]]
    scores = {
        "degree": whole["friends"],
        "activity": pairs["purchases"],
        "global": whole["persuasion_rate"],
        "lift": pairs["topic_lift"],
        "rate": pairs["topic_rate"],
        "index": pairs["contextual_influence_index"],
    }
    values = {"topic_pairs": float(len(pairs))}
    for name, column in scores.items():
        score = column.to_numpy(np.float64)
        values[f"topic_auc.{name}"] = auc(score, truth)
        values[f"topic_p_at_k.{name}"] = precision_at_k(score, truth)
    return values


def _foreseen(found: HeldOut) -> dict[str, float]:
    """Return the held-out figures and their ratios to the competitors'."""
    lifts, errors = found.lifts[0.05].to_dict(), found.errors.to_dict()
    values = {f"held_out.lift.{name}": float(lifts[words]) for words, name in RANKED.items()}
    for kind in ("mae", "rmse"):
        values |= {f"held_out.{kind}.{name}": float(errors[kind][words]) for words, name in FORECASTS.items()}
    values["held_out.lift_over_cd"] = values["held_out.lift.rate"] / values["held_out.lift.cd_per_action"]
    values["held_out.mae_over_goyal"] = values["held_out.mae.rate"] / values["held_out.mae.goyal"]
    values["held_out.rmse_over_lift"] = values["held_out.rmse.rate"] / values["held_out.rmse.lift"]
    values["held_out.slope"] = found.slope
    return values


def write_evaluation(evaluation: Evaluation, out: Path) -> list[Path]:
    """Write `targets.parquet`, `measures.parquet` and the self-contained `evaluation.html` into a folder.

    Returns:
        The files.

    Raises:
        UsageProblem: The folder cannot be written.
    """
    with suppress(OSError):  # writing the first file says what is wrong with the folder
        out.mkdir(parents=True, exist_ok=True)
    files: dict[str, str | bytes] = {
        "targets.parquet": evaluation.targets.to_parquet(index=False),
        "measures.parquet": evaluation.measures.to_parquet(index=False),
        "evaluation.html": html_page(
            "The persuasion estimator against planted truth",
            [f"Seeds {', '.join(map(str, evaluation.seeds))}; figures are means over seeds.", *_NOTES],
            {**evaluation.tables, "Targets": evaluation.targets},
        ),
    }
    return [write_atomically(out / name, content).path for name, content in files.items()]


def publish(evaluation: Evaluation, page: Path) -> Path:
    """Replace the figures in a Markdown page, between its two marker lines.

    Returns:
        The page.

    Raises:
        UsageProblem: The page is missing or has no markers.
    """
    text = page.read_text(encoding="utf-8") if page.is_file() else ""
    before, begin, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise UsageProblem(
            f"`{page}` has no place for the figures",
            code="markers-missing",
            hint=f"put the lines `{_BEGIN}` and `{_END}` where the figures belong",
        )
    sections = [f"## {heading}\n\n{markdown_table(frame)}" for heading, frame in evaluation.tables.items()]
    sections.insert(0, f"## Targets\n\n{markdown_table(evaluation.targets)}")
    figures = f"\n\nSeeds {', '.join(map(str, evaluation.seeds))}; means over seeds.\n\n" + "\n\n".join(sections)
    return write_atomically(page, f"{before}{begin}{figures}\n\n{end}{after}").path


_BEGIN: Final = "<!-- figures: written by influence evaluate -->"
_END: Final = "<!-- end of figures -->"

_NOTES: Final = (
    "Synthetic shops of 3,000 customers, 18,000 friendships, 200 products and one year, in which the cause of every "
    "purchase is known. B, D, F, H, L and N are their predecessors without any persuasion.",
    "An estimate under stated assumptions: shared shocks shorter than the window that no campaign log records, and "
    "friends who are alike in how early they buy, still look like persuasion. A randomised holdout is what settles it.",
)


_SCORES: Final = {
    "friends (degree)": "degree",
    "follow-on count": "follow_on",
    "Goyal Bernoulli": "goyal",
    "credit distribution, kappa": "cd_kappa",
    "credit distribution, per action": "cd_per_action",
    "shuffle z": "shuffle_z",
    "lift": "lift",
    "ranking z": "z",
    "persuasion rate": "rate",
}
"""Score in words to its name in measures, weakest first."""

_SCORE_COLUMNS: Final = {
    "degree": "friends",
    "follow_on": "follow_on_count",
    "goyal": "goyal_bernoulli",
    "cd_kappa": "cd_kappa",
    "cd_per_action": "cd_credit",
    "shuffle_z": "timing_z",
    "lift": "persuasion_lift",
    "z": "persuasion_z",
    "rate": "persuasion_rate",
}
"""Name in measures to column of the estimator's result."""

_TESTS: Final = {
    "negative binomial, q <= .10": ("fdp", "power"),
    "certified persuader": ("certified_fdp", "certified_power"),
    "exact timing test, q <= .10": ("timing_fdp", "timing_power"),
}

_TOTALS: Final = {
    "naive: follow-on count": "naive",
    "N1: less what was expected": "n1",
    "N2: less what was expected, lag-calibrated": "n2",
    "N3: less what timing alone explains": "n3",
    "sum of persuasion rate x exposures": "caused",
    "sum of the credit per sale": "credit",
}

_TOPIC_SCORES: Final = {
    "friends (degree)": "degree",
    "purchases in the topic": "activity",
    "persuasion rate over all topics": "global",
    "lift in the topic": "lift",
    "persuasion rate in the topic": "rate",
    "contextual influence index": "index",
}

_LOG_FACTS: Final = {
    "purchases": "purchases",
    "caused by friends": "caused",
    "customers above the evidence floor": "family",
    "of these planted": "family_planted",
    "lambda": "lag_factor",
    "shuffled friends, observed / expected": "shuffled_ratio",
    "mirror discoveries / discoveries": "mirror_ratio",
}

_SHOP: Final = {
    "purchase lines": "shop.lines",
    "referrals": "shop.referrals",
    "share of type two, estimate (planted: half)": "referral.type_two_share",
    "margin of referred customers, estimate / truth": "referral.incremental_to_truth",
    "the same, everybody counted: naive / truth": "referral.naive_to_truth",
    "planted rings, self-referrals, duplicates that count": "referral.fraud_counted",
    "members over non-members, raw": "membership.raw",
    "members over non-members, matched (planted: 0)": "membership.lift",
    "intervals of the matched figure that cover 0": "membership.at_nothing",
}

_COUNTS: Final = frozenset(
    {
        "purchases",
        "caused",
        "family",
        "family_planted",
        "false_discoveries",
        "shop.lines",
        "shop.referrals",
        "referral.fraud_counted",
    }
)

_HELD_OUT: Final = {
    "lift of the top 5 %, persuasion rate": "held_out.lift.rate",
    "lift of the top 5 %, credit distribution per action": "held_out.lift.cd_per_action",
    "lift of the top 5 %, Goyal Bernoulli": "held_out.lift.goyal",
    "lift of the top 5 %, follow-on count": "held_out.lift.follow_on",
    "lift of the top 5 %, PageRank": "held_out.lift.page_rank",
    "lift of the top 5 %, friends (degree)": "held_out.lift.degree",
    "mean absolute error, persuasion rate": "held_out.mae.rate",
    "mean absolute error, Goyal Bernoulli": "held_out.mae.goyal",
    "RMSE, persuasion rate": "held_out.rmse.rate",
    "RMSE, lift": "held_out.rmse.lift",
    "calibration slope by decile": "held_out.slope",
}


def _tables(measures: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the means over the seeds as tables for people; a table without a measured cell is left out."""
    means = measures.pivot_table(index="measure", columns="world", values="value", aggfunc="mean", sort=False)
    cells_of = {str(world): column for world, column in means.to_dict().items()}
    worlds = [world for world in DEFAULT_WORLDS if world in cells_of]
    worlds += [world for world in cells_of if world not in worlds]

    def table(rows: Mapping[str, Sequence[str]]) -> pd.DataFrame:
        frame = pd.DataFrame({"": list(rows)})
        for world in worlds:
            cells = [_cell(cells_of[world], names) for names in rows.values()]
            if any(cells):
                frame[world] = cells
        return frame

    tables = {
        "The logs": table({words: [name] for words, name in _LOG_FACTS.items()}),
        "Planted persuaders recovered, AUC / P@k": table(
            {words: [f"auc.{name}", f"p_at_k.{name}"] for words, name in _SCORES.items()}
        ),
        "False discovery proportion / power": table(_TESTS),
        "Caused purchases, estimate / truth": table(
            {w: [f"{name}_to_truth"] for w, name in _TOTALS.items()}
            | {"share of the credit that planted persuaders earn": ["credit_planted"]}
        ),
        "Without persuasion: discoveries per run / share of p below .05": table(
            {"negative binomial": ["false_discoveries", "p_below_05"]}
        ),
        "Without persuasion: spurious total / naive count": table(
            {w: [f"{name}_to_naive"] for w, name in _TOTALS.items()}
        ),
        "Planted (customer, topic) pairs recovered, AUC / P@k": table(
            {words: [f"topic_auc.{name}", f"topic_p_at_k.{name}"] for words, name in _TOPIC_SCORES.items()}
        ),
        "Held out: learned from the products launched first, tested on the others": table(
            {words: [name] for words, name in _HELD_OUT.items()}
        ),
        "The shop: referrals and community": table({words: [name] for words, name in _SHOP.items()}),
    }
    return {heading: frame for heading, frame in tables.items() if len(frame.columns) > 1}


def _cell(values: Mapping[Hashable, float], names: Sequence[str]) -> str:
    """Return the means of some measures as one cell, empty if none was measured; counts have one decimal at most."""
    known = {name: values[name] for name in names if not np.isnan(values.get(name, np.nan))}
    texts = {name: f"{v:,.1f}".removesuffix(".0") if name in _COUNTS else cell_text(v) for name, v in known.items()}
    return " / ".join(texts.get(name, "-") for name in names) if texts else ""
