"""Contact values become keyed hashes: good for finding the same person twice, useless for finding the person.

A plain hash of an e-mail address can be reversed by trying addresses. An HMAC under a key outside the database
cannot, and a key per purpose keeps an e-mail pseudonym and a phone pseudonym from ever being comparable.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
import stat
import unicodedata
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Final

from influence.errors import ConfigError
from influence.files import PERSONAL, flush_folder, private_folder

__all__ = ["NORMALISERS", "PseudonymKey", "normal_address", "normal_device", "normal_email", "normal_phone"]

KEY_BYTES: Final = 32
E164: Final = re.compile(r"\+[1-9]\d{6,14}")
PHONE_SIGNS: Final = str.maketrans("", "", " ()-./\u00a0\u2010\u2011\u2012\u2013")


class PseudonymKey:
    """The key of all pseudonyms of a project, made on first use.

    Args:
        path: File that holds it: 64 hexadecimal digits, readable by its owner only.
        kept: Whether one that is made is written; what may write nothing works with one of its own for as long as it
            lasts.
    """

    def __init__(self, path: Path, *, kept: bool = True) -> None:
        self.path = path
        self.throwaway = None if kept else secrets.token_bytes(KEY_BYTES)

    @cached_property
    def key(self) -> bytes:
        """The key.

        Raises:
            ConfigError: The file is not a key, or others may read it, or it cannot be written.
        """
        if not os.path.lexists(self.path):
            if self.throwaway is not None:
                return self.throwaway
            make_key(self.path)
        return read_key(self.path)

    def pseudonyms(self, purpose: str, values: Iterable[str | None]) -> list[str | None]:
        """Return the pseudonym of every normalised value.

        Args:
            purpose: Kind of value; two purposes give unrelated pseudonyms of one value.
            values: Normalised values; `None` stays `None`.

        Returns:
            64 hexadecimal digits each.
        """
        own = hmac.digest(self.key, f"influence/{purpose}".encode(), "sha256")
        return [None if value is None else hmac.digest(own, value.encode(), "sha256").hex() for value in values]


def make_key(path: Path) -> None:
    """Write a new key, whole or not at all; one that somebody else has written meanwhile stays.

    Raises:
        ConfigError: It cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        private_folder(path.parent)
        try:
            with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PERSONAL), "wb") as file:
                file.write(f"{secrets.token_hex(KEY_BYTES)}\n".encode())
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):
                os.link(temporary, path)  # unlike renaming, it never replaces
        finally:
            temporary.unlink(missing_ok=True)
        flush_folder(path.parent)
    except OSError as error:
        raise ConfigError(
            f"cannot write the pseudonym key `{path}`: {(error.strerror or 'unknown reason').lower()}",
            code="pseudonym-key-unwritable",
            hint="set `INFLUENCE_PSEUDONYM_KEY_FILE` to a file that only you can read",
        ) from error


def read_key(path: Path) -> bytes:
    """Return the key in a file.

    Raises:
        ConfigError: It is not a key, or others than its owner may read it.
    """
    try:
        info = path.stat()
        text = path.read_text(encoding="ascii").strip()
        key = bytes.fromhex(text)
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"`{path}` cannot be read as a pseudonym key",
            code="pseudonym-key-invalid",
            hint="put back the file that was used before: with another key, known customers get new pseudonyms",
        ) from error
    if not key:
        raise ConfigError(
            f"the file of the pseudonym key `{path}` is empty",
            code="pseudonym-key-invalid",
            hint="put back the file that was used before; if there was none, nothing was loaded yet: run "
            f"`rm {path}`, and the next load makes a key",
        )
    if len(key) < KEY_BYTES:
        raise ConfigError(
            f"the pseudonym key in `{path}` is too short: {len(key)} bytes instead of {KEY_BYTES}",
            code="pseudonym-key-invalid",
            hint="put back the file that was used before: with another key, known customers get new pseudonyms",
        )
    # a secret that a container mounts belongs to root, and the group is how its user may read it
    others = stat.S_IRWXO | (stat.S_IRWXG if info.st_uid == os.geteuid() else 0)
    if info.st_mode & others:
        raise ConfigError(
            f"others may read the pseudonym key `{path}`",
            code="pseudonym-key-exposed",
            hint=f"run `chmod 600 {path}`",
        )
    return key


def normal_email(text: str) -> str | None:
    """Return an e-mail address in the form that is compared, or `None` if it is none.

    Unicode NFC, no surrounding blanks, lower case; exactly one `@` with text on both sides, no inner blanks.
    """
    # taken apart before folding and put together after: the other way round a folded letter may be composed no more
    value = unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).strip().casefold())
    local, _, domain = value.partition("@")
    if not local or not domain or "@" in domain or any(character.isspace() for character in value):
        return None
    return value


def normal_phone(text: str, country: str | None = None) -> str | None:
    """Return a phone number as E.164, or `None` if it is none.

    Args:
        text: The number, with blanks, brackets, dots, dashes or slashes between its digits.
        country: Country code for numbers without one, such as `+49`; `None` refuses them.
    """
    value = unicodedata.normalize("NFKC", text).translate(PHONE_SIGNS)
    if value.startswith("00"):
        value = f"+{value[2:]}"
    elif not value.startswith("+"):
        if country is None or not value.isdecimal():
            return None
        value = country + value.removeprefix("0")
    return value if E164.fullmatch(value) else None


def normal_address(text: str) -> str | None:
    """Return a postal address as its letters and digits in lower case, words parted by one blank."""
    value = unicodedata.normalize("NFKC", text).casefold()
    words = "".join(character if character.isalnum() else " " for character in value).split()
    return " ".join(words) or None


def normal_device(text: str) -> str | None:
    """Return a device identifier in lower case without surrounding blanks."""
    return text.strip().casefold() or None


NORMALISERS: Final[dict[str, tuple[Callable[[str], str | None], str]]] = {
    "email": (normal_email, "is not an e-mail address"),
    "phone": (normal_phone, "is not a phone number with country code (or set `phone_country` in the mapping)"),
    "address": (normal_address, "is not an address"),
    "device": (normal_device, "is not a device identifier"),
}
"""How each type of contact value is normalised, and what to say when it cannot be."""
