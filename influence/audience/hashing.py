"""All that the platforms' normalisers share: Unicode NFC, stripping, SHA-256."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Final

__all__ = ["is_digest", "is_sha256", "sha256", "stripped"]

SHA256: Final = re.compile(r"[0-9a-fA-F]{64}")
OTHER_DIGEST: Final = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{40}")


def stripped(text: str) -> str:
    """Return text in Unicode NFC without surrounding blanks."""
    return unicodedata.normalize("NFC", text).strip()


def sha256(normal: str) -> str:
    """Return the lower-case hexadecimal SHA-256 of the UTF-8 bytes of a normal form; no salt, as platforms ask for.

    Args:
        normal: A normal form that is not empty: the hash of nothing would match everybody who has nothing.
    """
    if not normal:
        raise ValueError("an empty value is never hashed")
    return hashlib.sha256(normal.encode()).hexdigest()


def is_sha256(text: str) -> bool:
    """Tell whether a value looks like a SHA-256 in hexadecimal digits."""
    return SHA256.fullmatch(text) is not None


def is_digest(text: str) -> bool:
    """Tell whether a value looks like a hash of any usual kind: SHA-256, SHA-1 or MD5."""
    return is_sha256(text) or OTHER_DIGEST.fullmatch(text) is not None
