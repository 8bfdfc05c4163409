"""Communities: circles of customers."""

from __future__ import annotations

from typing import Final

from influence.measures.measure import Measure

__all__ = ["COMMUNITIES"]

COMMUNITIES: Final = (
    Measure("size", "Members", "people", "community", "Number of members.", "7", "communities"),
    Measure(
        "modularity_share",
        "Share of modularity",
        "share",
        "community",
        "How many more ties are inside than chance would put there, as a share of all ties. Adds up to the modularity "
        "of the run.",
        "7",
        "communities",
    ),
    Measure(
        "conductance",
        "Conductance",
        "share",
        "community",
        "Share of the community's ties that lead out of it, 0 for a closed circle. Unknown when nobody is outside.",
        "7",
        "communities",
    ),
    Measure("hubs", "Hubs", "people", "community", "Number of members who are hubs.", "7", "communities"),
    Measure("bridges", "Bridges", "people", "community", "Number of members who are bridges.", "7", "communities"),
)
