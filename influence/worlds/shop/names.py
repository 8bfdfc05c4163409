"""What the synthetic shop and its people are called, and how they would be reached: nobody and nothing real.

Addresses end in example.com, which nobody can own (RFC 2606). Numbers come from the blocks that Ofcom keeps free for
drama, so that no telephone ever rings.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from influence.snapshot.arrays import Ids, Int32

__all__ = ["PRODUCTS", "REGIONS", "SEGMENTS", "TOPICS", "email_of", "people_names", "phones"]

REGIONS: Final = ("Midlands", "North", "South", "West")
SEGMENTS: Final = ("Family", "Professional", "Student")

PRODUCTS: Final[dict[str, tuple[str, ...]]] = {
    "Books": (
        "A Year of Slow Mornings", "Bread Without Fuss", "Bridges and How They Stand", "City Walks in the Rain",
        "Crossings", "Garden Birds by Ear", "Letters from the Lighthouse", "Maps That Lied", "Night Train North",
        "One Pot, One Fire", "Short Histories of Paper", "Sleep Well Again", "The Beekeeper's Ledger",
        "The Blue Staircase", "The Clockmaker's Daughter-in-law", "The Last Ferry", "The Patient Gardener",
        "The Quiet Orchard", "The Winter Allotment", "Tides of Salt", "Twelve Easy Chess Endings", "Under Larch Trees",
        "What Ravens Know", "Wood, Plane, Chisel", "Young Astronomer's Handbook",
    ),
    "Electronics": (
        "Action camera", "Alarm clock radio", "Bluetooth speaker", "Bookshelf lamp", "Desk lamp", "Doorbell camera",
        "E-reader cover", "Fitness band", "HDMI switch", "Keyboard", "Laptop stand", "Memory card 256 GB",
        "Noise-cancelling earbuds", "Phone tripod", "Portable SSD", "Power bank", "Smart plug", "Soundbar", "USB hub",
        "USB-C charger", "Webcam", "Wi-Fi repeater", "Wireless charger", "Wireless headphones", "Wireless mouse",
    ),
    "Garden": (
        "Bird feeder", "Cold frame", "Compost bin", "Fire bowl", "Flower seeds", "Garden fork", "Garden hose 25 m",
        "Garden lights", "Hand trowel", "Hanging basket", "Hedge shears", "Herb planter", "Insect hotel",
        "Kneeling mat", "Lawn rake", "Loppers", "Potting bench", "Pruning saw", "Rain barrel", "Raised bed",
        "Secateurs", "Seed trays", "Tomato trellis", "Watering can", "Work gloves",
    ),
    "Kitchen": (
        "Bread tin", "Burr grinder", "Casserole", "Chef's knife", "Chopping board", "Citrus press", "Colander",
        "Espresso maker", "Food processor", "French press", "Griddle pan", "Hand blender", "Kettle", "Kitchen scales",
        "Mandoline", "Mixing bowls", "Mortar and pestle", "Pasta maker", "Pepper mill", "Pizza stone", "Rice cooker",
        "Spice rack", "Stand mixer", "Storage jars", "Wok",
    ),
    "Music": (
        "Audio interface", "Cajon", "Capo", "Clip-on tuner", "Drum practice pad", "Drumsticks", "Guitar stand",
        "Guitar strings", "Harmonica", "Kalimba", "Melodica", "Metronome", "MIDI keyboard", "Music stand",
        "Phono preamp", "Piano bench", "Record brush", "Record crate", "Recorder", "Shaker set", "Sheet music album",
        "Studio headphones", "Turntable mat", "Ukulele", "USB microphone",
    ),
    "Outdoor": (
        "Bike light set", "Bike lock", "Camping chair", "Camping stove", "Climbing chalk bag", "Compass", "Cool box",
        "Daypack 20 l", "Dry bag", "First-aid kit", "Fleece jacket", "Hammock", "Head torch", "Hiking socks",
        "Insulated bottle", "Picnic blanket", "Pocket knife", "Rain jacket", "Running belt", "Sleeping bag",
        "Sleeping mat", "Tarp", "Trekking poles", "Two-person tent", "Water filter",
    ),
}  # fmt: skip
"""Products by topic, as many in each."""

TOPICS: Final = tuple(PRODUCTS)

_FIRST: Final = tuple(
    """
    Aisha Alex Alice Amelia Amir Anna Arthur Asha Ben Beth Callum Carla Charlotte Chloe Daniel David Elena Ella
    Emily Ethan Evie Farah Finn Freya George Grace Hannah Harry Harriet Ian Imran Isla Jack James Jasmine Joe
    Julia Kamal Kate Laura Leo Liam Lily Lucy Maya Mei Mia Mohammed Nadia Nathan Nina Noah Oliver Olivia Oscar
    Owen Patrick Petra Poppy Priya Rachel Ravi Rhys Rosa Ruby Ryan Sam Sarah Sean Simon Sofia Sophie Tara Theo
    Thomas Victoria William Yusuf Zara Zoe
    """.split()
)

_LAST: Final = tuple(
    """
    Abbott Adams Ahmed Allen Anderson Bailey Baker Barker Bennett Begum Brown Butler Campbell Carter Chapman
    Clarke Collins Cook Cooper Cox Davies Davis Dixon Edwards Ellis Evans Fisher Fletcher Foster Fraser Gibson
    Graham Gray Green Griffiths Hall Harris Harrison Hill Holmes Howard Hughes Hunt Hussain Jackson James
    Jenkins Johnson Jones Kaur Kelly Khan King Knight Lewis Lloyd Marshall Martin Mason Matthews Mills Mitchell
    Moore Morgan Morris Murphy Murray Palmer Parker Patel Phillips Powell Price Reid Reynolds Richards Roberts
    Robinson Rogers Rose Russell Scott Shah Simpson Singh Smith Stevens Stewart Taylor Thomas Thompson Turner
    Walker Walsh Ward Watson Webb White Wilson Wood Wright Young
    """.split()
)

_BLOCKS: Final[dict[str, tuple[str, ...]]] = {
    "Midlands": ("+44 115 496 0", "+44 116 496 0", "+44 121 496 0"),
    "North": ("+44 113 496 0", "+44 161 496 0", "+44 191 498 0"),
    "South": ("+44 20 7946 0", "+44 118 496 0"),
    "West": ("+44 117 496 0", "+44 151 496 0", "+44 29 2018 0"),
}
"""A thousand numbers each."""
_NUMBERS: Final = 1_000


def people_names(count: int, random: np.random.Generator) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
    """Draw first and last names; two people may share both, as people do."""
    return random.choice(np.array(_FIRST), count), random.choice(np.array(_LAST), count)


def email_of(first: str, last: str, account: str) -> str:
    """Return an address that belongs to nobody, different for each account."""
    return f"{first}.{last}.{account}@example.com".lower()


def phones(region: Int32) -> Ids:
    """Return a number of each person's region, empty when the region's are all given out: no two people share one."""
    result = np.full(len(region), "", dtype="U20")
    for code, name in enumerate(REGIONS):
        blocks = _BLOCKS[name]
        people = np.flatnonzero(region == code)[: len(blocks) * _NUMBERS]
        result[people] = [f"{blocks[k // _NUMBERS]}{k % _NUMBERS:03d}" for k in range(len(people))]
    return result
