"""Phone numbers become international only when that is certain; hashes are never made of nothing."""

from __future__ import annotations

import pytest

from influence.audience import phone
from influence.audience.hashing import is_digest, is_sha256, sha256
from influence.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("+44 113 496 0987", "", "+441134960987"),
        ("0113 496 0987", "", None),
        ("0113 496 0987", "GB", "+441134960987"),
        ("0113 496 0987", "United Kingdom", None),
        ("+44 (0)113 496 0987", "", None),
        ("+44 (0)113 496 0987", "GB", "+441134960987"),
        ("12", "GB", None),
        ("call me", "GB", None),
        ("", "GB", None),
    ],
)
def test_number_when_read_then_international_or_refused(text: str, country: str, expected: str | None) -> None:
    assert phone.international(text, country) == expected


def test_number_when_the_extra_is_missing_then_national_ones_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phone, "find_spec", lambda name: None)
    assert not phone.readable()
    assert phone.international("0113 496 0987", "GB") is None
    assert phone.international("+441134960987", "GB") == "+441134960987"


def test_parser_when_it_cannot_be_imported_then_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(phone, "import_module", missing)
    with pytest.raises(ConfigError) as caught:
        phone.parsed("0113 496 0987", "GB")
    assert caught.value.hint == 'install it with `pip install "influence[audience]"`'


def test_hash_when_of_nothing_then_refused() -> None:
    with pytest.raises(ValueError, match="never hashed"):
        sha256("")


def test_digest_when_md5_then_known_and_no_sha256() -> None:
    assert is_digest("0" * 32)
    assert not is_sha256("0" * 32)
    assert is_sha256("aB" * 32)
    assert not is_digest("g" * 64)
