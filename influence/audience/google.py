"""Values as Google wants them (Customer Match, rule set google-2026-11); audiences.md section 2.

Every function returns the normal form before hashing, or `None` when the value has none. A changed rule of Google
is a new rule set with a new name, never an edit: an old manifest must go on saying how its file was made.
"""

from __future__ import annotations

import re
from typing import Final

from influence.audience.hashing import stripped

__all__ = ["DAYS", "RULE_SET", "country", "email", "first_name", "last_name", "phone", "postal_code"]

RULE_SET: Final = "google-2026-11"
DAYS: Final = 540
"""Longest membership in days since 7 April 2025."""

GMAIL: Final = ("gmail.com", "googlemail.com")
TITLES: Final = frozenset(("mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir"))
SUFFIXES: Final = frozenset(("jr", "sr", "ii", "iii", "iv", "esq", "phd", "md"))


def email(text: str) -> str | None:
    """Return an e-mail address: lower case; Gmail's own addresses without dots and without what follows a plus."""
    value = stripped(stripped(text).lower())
    local, _, domain = value.partition("@")
    if not local or not domain or "@" in domain or any(sign.isspace() for sign in value):
        return None
    if domain in GMAIL:
        local = local.partition("+")[0].replace(".", "")
        if not local:
            return None
    return f"{local}@{domain}"


def phone(text: str) -> str | None:
    """Return a number that already has its country code as `+` and its digits."""
    value = re.sub(r"[\s().\-/]", "", stripped(text))
    return value if re.fullmatch(r"\+[1-9][0-9]{6,14}", value) else None


def bare(word: str) -> str:
    """Return the letters and digits of a word, to find `Ph.D.,` among the suffixes."""
    return "".join(sign for sign in word if sign.isalnum())


def first_name(text: str) -> str | None:
    """Return a first name in lower case without a title before it."""
    words = stripped(stripped(text).lower()).split(" ")
    while len(words) > 1 and bare(words[0]) in ("", *TITLES):
        words = words[1:]
    return stripped(" ".join(words)) or None


def last_name(text: str) -> str | None:
    """Return a last name in lower case without a suffix such as Jr behind it."""
    words = stripped(stripped(text).lower()).split(" ")
    while len(words) > 1 and bare(words[-1]) in ("", *SUFFIXES):
        words = words[:-1]
    return stripped(re.sub(r"[\s,]+$", "", " ".join(words))) or None


def country(text: str) -> str | None:
    """Return a two-letter country code in upper case; it is not hashed."""
    value = stripped(text).upper()
    return value if re.fullmatch(r"[A-Z]{2}", value) else None


def postal_code(text: str) -> str | None:
    """Return a postal code without surrounding blanks and otherwise as it is; it is not hashed."""
    return stripped(text) or None
