"""Phone numbers as they stand in the data, made international before any platform's rule is applied.

A national number without its country is refused: putting `+` before it, as some formatters do, makes the number of
somebody else.
"""

from __future__ import annotations

import re
from importlib import import_module
from importlib.util import find_spec
from typing import Final

from influence.audience.hashing import stripped
from influence.errors import ConfigError

__all__ = ["INSTALL", "international", "readable"]

INSTALL: Final = 'install it with `pip install "influence[audience]"`'
E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")


def readable() -> bool:
    """Tell whether numbers without a country code can be read: `phonenumbers` is installed."""
    return find_spec("phonenumbers") is not None


def international(text: str, country: str = "") -> str | None:
    """Return a phone number in E.164, or `None` when that is not known for certain.

    Args:
        text: The number; with `+` and country code it needs nothing else.
        country: Two-letter code of the country it is a number of, for numbers without one. Used only when
            `phonenumbers` is installed.
    """
    value = stripped(text)
    # `(0)` is dialled inside the country only: kept as a digit it gives another number
    if value.startswith("+") and "(0)" not in value:
        digits = re.sub(r"[\s().\-/]", "", value)
        return digits if E164.fullmatch(digits) else None
    place = stripped(country).upper()
    if not re.fullmatch(r"[A-Z]{2}", place) or not readable():
        return None
    return parsed(value, place)


def parsed(text: str, country: str) -> str | None:
    """Return a number as `phonenumbers` reads it in a country, or `None` when it cannot be a number there.

    Raises:
        ConfigError: `phonenumbers` is not installed.
    """
    try:
        numbers = import_module("phonenumbers")
    except ImportError as error:
        raise ConfigError(
            "phone numbers without country code need `phonenumbers`", code="extra-missing", hint=INSTALL
        ) from error
    try:
        number = numbers.parse(text, country)
    except numbers.NumberParseException:
        return None
    if not numbers.is_possible_number(number):
        return None
    return str(numbers.format_number(number, numbers.PhoneNumberFormat.E164))
