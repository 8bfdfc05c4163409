"""The persuasion stage of a run: the estimator's tables as columns for the graph, and who starts cascades."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from influence.compute.work import ComputeOptions, Work
from influence.persuasion.chains import longest_chains
from influence.persuasion.credit import SaleCredit
from influence.persuasion.estimate import PersuasionResult, estimate_persuasion
from influence.persuasion.parameters import PersuasionParameters
from influence.reach.cascade import cascade_rank
from influence.scores import Pairs, ProductRows, ScoreFrames, TopicRows
from influence.snapshot.arrays import Float64, Snapshot
from influence.value.programme import Programme

__all__ = ["PersuasionCredit", "parameters_of", "persuasion_stage"]

Column = NDArray[Any]

LEADING_SHARE: Final = 0.05
"""Share of a sale from which on cascades and chains follow it: where nobody persuades there are many near 0."""
CUSTOMER_MEASURES: Final = {
    "purchases": "first_purchases",
    "exposures": "persuasion_exposures",
    "follow_on_count": "persuasion_observed",
    "persuasion_expected": "persuasion_expected",
    "persuasion_rate": "persuasion_rate",
    "extra_purchases": "extra_purchases",
    "p_none": "p_none",
    "persuasion_lift": "persuasion_lift",
    "persuasion_lift_low": "persuasion_lift_low",
    "persuasion_lift_high": "persuasion_lift_high",
    "persuasion_lift_half_window": "persuasion_lift_half_window",
    "persuasion_lift_double_window": "persuasion_lift_double_window",
    "persuasion_excess": "persuasion_excess",
    "attributable_fraction": "attributable_fraction",
    "attributable_share": "attributable_share",
    "persuasion_p": "persuasion_p",
    "persuasion_q": "persuasion_q",
    "persuasion_sigma": "persuasion_sigma",
    "timing_p": "timing_p",
    "negative_p": "negative_p",
    "negative_q": "negative_q",
    "certified_persuader": "certified_persuader",
    "persuasion_status": "persuasion_status",
    "influenceability": "influenceability",
    "influenced_share": "influenced_share",
    "specificity": "specificity",
    "cd_credit": "cd_credit",
    "goyal_bernoulli": "goyal_bernoulli",
}
"""Column of the estimator to measure of `:Score`."""

TOPIC_MEASURES: Final = {
    "purchases": "topic_first_purchases",
    "exposures": "topic_exposures",
    "follow_on_count": "topic_observed",
    "persuasion_expected": "topic_expected",
    "topic_excess": "topic_excess",
    "topic_lift": "topic_lift",
    "fallback_global": "topic_lift_fallback",
    "topic_rate": "topic_rate",
    "p_none": "topic_p_none",
    "extra_purchases": "topic_extra_purchases",
    "audience": "topic_audience",
    "contextual_influence_index": "contextual_influence_index",
}
"""Column of the estimator to measure of `:TopicScore`."""


@dataclass(frozen=True)
class PersuasionCredit:
    """What later stages need of the estimate: who shares which sale, and how sure that is. n customers.

    Attributes:
        sales: Credit per sale, rows of the snapshot's first purchases.
        error: [n] relative standard error of each customer's credit, NaN for those who are given none.
    """

    sales: SaleCredit
    error: Float64


def persuasion_stage(work: Work) -> ScoreFrames:
    """Estimate who persuades whom (metrics.md 4), share the credit (5.4) and follow it through cascades."""
    work.progress.note("estimating persuasion")
    snapshot = work.snapshot
    parameters = parameters_of(work.options)
    programme = work.results.get(Programme)
    owned = None if programme is None else programme.owned(len(snapshot.first_time))
    result = estimate_persuasion(snapshot, parameters, owned=owned)
    work.results.put(PersuasionCredit(result.sales, result.attributable_error))
    work.check()
    pairs = persuaded(snapshot, result)
    work.progress.note("following cascades")
    rank = cascade_rank(
        work.graph,
        snapshot,
        pairs.source,
        pairs.target,
        pairs.measures["credit"],
        run_id=work.run_id,
        concurrency=work.options.concurrency,
    )
    customers = by_customer(snapshot, result.customers)
    return ScoreFrames(
        customers={
            **customers,
            "cascade_rank": rank,
            "longest_chain": longest_chains(snapshot, result.sales, LEADING_SHARE),
        },
        topics=by_topic(snapshot, result.topics),
        pairs=pairs,
        evidence=evidence(snapshot, result),
        totals=totals(result),
    )


def parameters_of(options: ComputeOptions) -> PersuasionParameters:
    """Return what the options of a run mean for the estimator; the rest keeps its defaults."""
    return PersuasionParameters(
        window_days=options.window_days,
        activity_days=options.activity_days,
        dependent_tests=options.dependent_tests,
        seed=options.seed,
    )


def numbers(ids: Column, names: pd.Series) -> NDArray[np.int64]:
    """Return the places of names in the sorted ids of a snapshot."""
    return np.searchsorted(ids, names.to_numpy(dtype=str)).astype(np.int64)


def by_customer(snapshot: Snapshot, table: pd.DataFrame) -> dict[str, Column]:
    """Return the measures over all customers of the snapshot; opted-out ones, who are not in the table, have none."""
    place = numbers(snapshot.customer_ids, pd.Series(table.index))
    return {name: spread(table[column], place, snapshot.customers) for column, name in CUSTOMER_MEASURES.items()}


def spread(column: pd.Series, place: NDArray[np.int64], size: int) -> Column:
    """Return a column at its places; where there is nothing, 0, false or null by type (those rows are not written)."""
    values = column.to_numpy()
    if values.dtype.kind in "iub":
        whole: Column = np.zeros(size, values.dtype)
    elif values.dtype.kind == "f":
        whole = np.full(size, np.nan)
    else:
        whole = np.full(size, None, object)
        values = np.array([None if pd.isna(value) else value for value in values], object)
    whole[place] = values
    return whole


def by_topic(snapshot: Snapshot, table: pd.DataFrame) -> TopicRows:
    """Return the measures by customer and topic; below the evidence floor there is no row to be read as a zero."""
    kept = table[table["status"] == "ok"]
    return TopicRows(
        numbers(snapshot.customer_ids, kept["customer_id"]),
        numbers(snapshot.topic_ids, kept["topic_id"]),
        {name: kept[column].to_numpy() for column, name in TOPIC_MEASURES.items()},
    )


def persuaded(snapshot: Snapshot, result: PersuasionResult) -> Pairs:
    """Return who persuaded whom: the credit earned, and sale by sale the product, its share and who had the largest.

    `products` and `credits` go side by side; `leading` are those of the products of which nobody else had more
    credit, the smallest id where two had the same, and which are led by `LEADING_SHARE` of the sale at least. The
    customer with the largest share may have no score and so no pair: then nobody leads that sale.
    """
    table, sales = result.pairs, result.sales
    giver, receiver = snapshot.first_customer[sales.given], snapshot.first_customer[sales.received]
    best = np.lexsort((giver, -sales.credit, sales.received))
    leads = np.zeros(len(best), np.bool_)
    leads[best[np.diff(sales.received[best], prepend=-1) != 0]] = True
    leads &= sales.credit >= LEADING_SHARE
    order = np.lexsort((receiver, giver))  # the order of the table; stable, so credits add up as they did there
    products, leads = snapshot.product_ids[snapshot.first_product[sales.received[order]]], leads[order]
    ends = np.cumsum(table["purchases"].to_numpy())
    return Pairs(
        numbers(snapshot.customer_ids, table["persuader"]),
        numbers(snapshot.customer_ids, table["persuaded"]),
        {
            **{name: table[name].to_numpy() for name in ("purchases", "credit", "margin")},
            "products": lists(products, ends),
            "credits": lists(sales.credit[order], ends),
            "leading": lists(products[leads], np.cumsum(leads)[ends - 1]),
        },
    )


def lists(values: Column, ends: NDArray[np.int64]) -> Column:
    """Return a column of lists: the values up to each end, from the end before."""
    column, whole, begin = np.empty(len(ends), object), values.tolist(), 0
    for row, end in enumerate(ends.tolist()):
        column[row] = whole[begin:end]
        begin = end
    return column


def evidence(snapshot: Snapshot, result: PersuasionResult) -> ProductRows:
    """Return, for customers with enough evidence to be judged, each product that friends bought after them."""
    judged = result.customers.index[result.customers["persuasion_status"] == "ok"]
    table = result.evidence[result.evidence["customer_id"].isin(judged)]
    return ProductRows(
        numbers(snapshot.customer_ids, table["customer_id"]),
        numbers(snapshot.product_ids, table["product_id"]),
        {
            "follow_ons": table["follow_on_count"].to_numpy(),
            "expected": table["persuasion_expected"].to_numpy(),
            "exposures": table["exposures"].to_numpy(),
        },
    )


def totals(result: PersuasionResult) -> dict[str, Any]:
    """Return sums, checks and warnings as properties of the run; what is unknown is left out."""
    figures = {**result.totals, **result.diagnostics}
    kept = {f"persuasion_{name}": value for name, value in figures.items() if value is not None and value == value}
    return {**kept, "persuasion_warnings": list(result.warnings)}
