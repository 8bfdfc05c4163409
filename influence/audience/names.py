"""Names that may leave the house: platforms block audiences whose name suggests health, money, faith or origin."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from influence.errors import DataRejected

__all__ = ["require_neutral"]

SENSITIVE: Final[Mapping[str, frozenset[str]]] = {
    "health": frozenset(
        "health healthcare medical medicine patient disease illness sick cancer diabetes diabetic depression anxiety "
        "mental therapy addiction disability disabled pregnant pregnancy fertility obesity obese overweight diet hiv "
        "aids allergy asthma hospital clinic drug pharmacy vaccine".split()
    ),
    "finance": frozenset(
        "debt debtor loan credit bankrupt bankruptcy insolvent insolvency income salary poor rich wealth wealthy "
        "mortgage unemployed welfare foreclosure arrears payday broke lowincome".split()
    ),
    "religion": frozenset(
        "religion religious muslim islam islamic christian catholic protestant evangelical jewish jew judaism hindu "
        "buddhist sikh atheist church mosque synagogue temple ramadan kosher halal".split()
    ),
    "origin": frozenset(
        "ethnic ethnicity race racial black white asian hispanic latino latina arab african caucasian immigrant "
        "migrant refugee foreigner nationality roma indigenous".split()
    ),
    "sexuality": frozenset(
        "sex sexual sexuality gay lesbian homosexual bisexual heterosexual lgbt lgbtq queer trans transgender "
        "straight dating fetish erotic".split()
    ),
}
"""Words, in the singular, by what they would say of the people on the list."""


def require_neutral(name: str) -> None:
    """Refuse a name that says something sensitive of the people on the list.

    Args:
        name: Name of the segment, which files and audiences get.

    Raises:
        DataRejected: One of its words is on the list; names the words and the kinds.
    """
    words = [word for word in re.split(r"[^0-9a-z]+", name.casefold()) if word]
    forms = {form for word in words for form in (word, word.removesuffix("s"), word.removesuffix("es"))}
    forms |= {f"{word.removesuffix('ies')}y" for word in words if word.endswith("ies")}
    found = sorted((word, kind) for kind, listed in SENSITIVE.items() for word in forms & listed)
    if found:
        told = ", ".join(f"`{word}` ({kind})" for word, kind in found)
        raise DataRejected(
            f"the name `{name}` is not neutral: {told}",
            code="name-not-neutral",
            hint="ad platforms block such names: save the segment under a name that says nothing of the people in it",
            words=[word for word, _ in found],
        )
