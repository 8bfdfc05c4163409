"""A world as the arrays that kernels see, without a detour through files and the database."""

from __future__ import annotations

from influence.snapshot.arrays import Snapshot
from influence.snapshot.build import build_snapshot
from influence.worlds.files import world_tables
from influence.worlds.world import World

__all__ = ["world_snapshot"]


def world_snapshot(world: World) -> Snapshot:
    """Return what the graph of a world would give as a snapshot at the end of its log.

    It is built from the same tables as the dataset folder: neither traits nor exits nor causes are in it.
    """
    return build_snapshot(
        **world_tables(world),
        follows=None,
        as_of=world.ends_at,
        data_version=f"world {world.letter}, seed {world.seed}",
    )
