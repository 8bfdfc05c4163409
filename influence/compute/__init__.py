"""A compute run from beginning to end: snapshot, stages, scores, proof, publication."""

from influence.compute.run import ComputeOptions, Work, compute_run
from influence.compute.stages import STAGES

__all__ = ["STAGES", "ComputeOptions", "Work", "compute_run"]
