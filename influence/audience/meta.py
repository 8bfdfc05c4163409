"""Values as Meta wants them (customer-file Custom Audiences, rule set meta-2026-11); audiences.md section 2.

Every function returns the normal form before hashing, or `None` when the value has none. Nothing is shared with
Google's rules on purpose: the same person has different hashes there.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from influence.audience.hashing import stripped

__all__ = [
    "DAYS",
    "RULE_SET",
    "birth_year",
    "city",
    "country",
    "device",
    "email",
    "gender",
    "name",
    "phone",
    "postal_code",
    "state",
]

RULE_SET: Final = "meta-2026-11"
DAYS: Final = 730
"""Days without use after which Meta flags an audience for deletion."""

GENDERS: Final = {"f": "f", "female": "f", "m": "m", "male": "m"}
BIRTH: Final = re.compile(r"((?:19|20)[0-9]{2})(?:-[0-9]{2}-[0-9]{2})?")
DEVICE: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
UK_FULL: Final = re.compile(r"([a-z]{1,2}[0-9][a-z0-9]?[0-9])[a-z]{2}")
UK_SECTOR: Final = re.compile(r"[a-z]{1,2}[0-9][a-z0-9]?[0-9]")


def email(text: str) -> str | None:
    """Return an e-mail address in lower case, dots and plus as they are; what is no address is refused."""
    value = stripped(stripped(text).lower())
    if re.fullmatch(r"[^@\s]+@[^@\s]+", value) is None:
        return None
    return value


def phone(text: str) -> str | None:
    """Return a number that already has its country code as digits alone, without leading zeros."""
    value = re.sub(r"[\s().\-/]", "", stripped(text)).removeprefix("+")
    if not re.fullmatch(r"[0-9]+", value):
        return None
    digits = value.lstrip("0")
    return digits if 7 <= len(digits) <= 15 else None


def name(text: str) -> str | None:
    """Return a first or last name in lower case without punctuation; accents stay."""
    return without(stripped(text).lower(), "P") or None


def city(text: str) -> str | None:
    """Return a city in lower case as its letters and digits alone; accents stay."""
    return letters(text) or None


def state(text: str, country: str = "") -> str | None:
    """Return a state: two letters in the United States, elsewhere its name without punctuation and blanks.

    Args:
        text: The state.
        country: Two-letter code of its country, or empty when it is unknown.
    """
    value = letters(text)
    if stripped(country).upper() == "US" and not re.fullmatch(r"[a-z]{2}", value):
        return None
    return value or None


def postal_code(text: str, country: str = "") -> str | None:
    """Return a postal code in lower case without blanks: five digits in the US, up to the sector in the UK.

    Args:
        text: The postal code.
        country: Two-letter code of its country, or empty when it is unknown.
    """
    value = stripped(re.sub(r"\s", "", stripped(text).lower()))  # a blank may have kept two marks apart
    place = stripped(country).upper()
    if place == "US":
        digits = re.fullmatch(r"([0-9]{5})(?:-?[0-9]{4})?", value)
        return digits[1] if digits else None
    if place in ("GB", "UK"):
        full = UK_FULL.fullmatch(value)
        if full:
            return full[1]
        return value if UK_SECTOR.fullmatch(value) else None
    return value or None


def country(text: str) -> str | None:
    """Return a two-letter country code in lower case; unlike Google's it is hashed."""
    value = stripped(text).lower()
    return value if re.fullmatch(r"[a-z]{2}", value) else None


def device(text: str) -> str | None:
    """Return a mobile advertiser id in lower case with its hyphens; it is not hashed."""
    value = stripped(text).lower()
    return value if DEVICE.fullmatch(value) else None


def birth_year(text: str) -> str | None:
    """Return the year of a birthday such as 1987-04-30, or of a year alone.

    Day and month are not sent: Meta takes them under keys of their own, and the year is what narrows a match.
    """
    found = BIRTH.fullmatch(stripped(text))
    return found[1] if found else None


def gender(text: str) -> str | None:
    """Return `m` or `f`, all that Meta knows; anything else is left out."""
    return GENDERS.get(stripped(text).lower())


def without(text: str, category: str) -> str:
    """Return text without the characters of a Unicode category."""
    return stripped("".join(sign for sign in text if not unicodedata.category(sign).startswith(category)))


def letters(text: str) -> str:
    """Return the letters, accents and digits of a text in lower case."""
    kept = (sign for sign in stripped(text).lower() if sign.isalnum() or unicodedata.category(sign).startswith("M"))
    return stripped("".join(kept))
