"""What a reader of the scores should know about a run, in words."""

from __future__ import annotations

from influence.runs.records import RunRecord

__all__ = ["warnings"]


def warnings(run: RunRecord) -> list[str]:
    """Return what limits the scores of a published run; empty when nothing does."""
    facts = run.properties
    found = []
    if not facts.get("page_rank_converged", True):
        found.append("PageRank had not settled after 100 rounds")
    if facts.get("two_hop_error"):
        found.append(f"two_hop_reach is an estimate, standard error {facts['two_hop_error']:.1%}")
    if "super_connector_threshold" not in facts:
        found.append("with fewer than 100 customers nobody is called a super-connector")
    return found
