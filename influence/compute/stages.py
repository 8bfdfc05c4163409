"""The stages of a compute run, in order. A new family of scores is one more function in the list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from influence.compute.persuasion import persuasion_stage
from influence.compute.value import referral_stage, value_stage
from influence.compute.voice import voice_stage
from influence.compute.work import Stage, Work
from influence.persuasion.follow_on import follow_on_counts
from influence.reach.stage import reach
from influence.reach.topics import interests
from influence.scores import ScoreFrames, TopicRows

__all__ = [
    "STAGES",
    "follow_on_stage",
    "persuasion_stage",
    "reach_stage",
    "referral_stage",
    "value_stage",
    "voice_stage",
]


def reach_stage(work: Work) -> ScoreFrames:
    """Compute reach and context (metrics.md 3.1, 3.2, 7)."""
    return reach(
        work.graph,
        work.snapshot,
        work.scored,
        run_id=work.run_id,
        seed=work.options.seed,
        concurrency=work.options.concurrency,
        progress=work.progress,
        check=work.check,
    )


def follow_on_stage(work: Work) -> ScoreFrames:
    """Count follow-on purchases (metrics.md 4.1): a count, not proof of persuasion."""
    work.progress.note("counting follow-on purchases")
    found = follow_on_counts(work.snapshot, work.options.window_days)
    # a customer who bought in a topic and was not followed has 0 there, one who bought nothing has no value
    bought = interests(work.snapshot).actions.tocoo()
    width = max(1, work.snapshot.topics)
    keys = np.unique(bought.coords[0].astype(np.int64) * width + bought.coords[1])
    counts = np.zeros(len(keys), np.int64)
    counts[np.searchsorted(keys, found.topic_customer.astype(np.int64) * width + found.topic_topic)] = found.topic_count
    return ScoreFrames(
        customers={"follow_on_count": found.customers},
        topics=TopicRows(keys // width, keys % width, {"follow_on_count": counts}),
        totals={"follow_ons": int(found.products.sum()), "same_instant_pairs_dropped": found.ties_dropped},
    )


STAGES: Final[Sequence[tuple[str, Stage]]] = (
    ("reach", reach_stage),
    ("follow-on", follow_on_stage),
    ("referral", referral_stage),
    ("persuasion", persuasion_stage),
    ("value", value_stage),
    ("voice", voice_stage),
)
"""Name and function of each stage."""
