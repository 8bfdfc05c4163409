"""Pseudonyms: stable, keyed, apart by purpose; the key never lies open."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Barrier, BrokenBarrierError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from influence.errors import ConfigError
from influence.load.pseudonym import (
    KEY_BYTES,
    PseudonymKey,
    normal_address,
    normal_device,
    normal_email,
    normal_phone,
)


def test_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "home" / "pseudonym.key"
    first = PseudonymKey(path).pseudonyms("email", ["a@b.c", None])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert PseudonymKey(path).pseudonyms("email", ["a@b.c", None]) == first
    assert first[1] is None


def test_pseudonym_depends_on_key_purpose_and_value(tmp_path: Path) -> None:
    one, other = PseudonymKey(tmp_path / "one"), PseudonymKey(tmp_path / "other")
    values = {
        one.pseudonyms("email", ["a"])[0],
        one.pseudonyms("phone", ["a"])[0],
        one.pseudonyms("email", ["b"])[0],
        other.pseudonyms("email", ["a"])[0],
    }
    assert len(values) == 4


def test_pseudonym_is_the_hmac_that_the_documentation_states(tmp_path: Path) -> None:
    import hashlib
    import hmac

    path = tmp_path / "key"
    found = PseudonymKey(path).pseudonyms("email", ["ann@example.com"])[0]
    key = bytes.fromhex(path.read_text())
    purpose = hmac.new(key, b"influence/email", hashlib.sha256).digest()
    assert found == hmac.new(purpose, b"ann@example.com", hashlib.sha256).hexdigest()


def test_key_when_it_cannot_be_written_whole_then_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "home" / "pseudonym.key"

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigError, match="no space left on device") as caught:
        PseudonymKey(path).pseudonyms("email", [])
    assert caught.value.code == "pseudonym-key-unwritable"
    assert list(path.parent.iterdir()) == []
    monkeypatch.undo()
    assert PseudonymKey(path).pseudonyms("email", ["a@b.c"]) == PseudonymKey(path).pseudonyms("email", ["a@b.c"])
    assert list(path.parent.iterdir()) == [path]


def test_key_when_two_threads_make_it_then_both_have_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, original, both = tmp_path / "pseudonym.key", secrets.token_hex, Barrier(2)

    def slow(size: int) -> str:
        if size == KEY_BYTES:
            with suppress(BrokenBarrierError):
                both.wait(2)
        return original(size)

    monkeypatch.setattr(secrets, "token_hex", slow)
    unlocked = PseudonymKey.__dict__["key"].func  # from Python 3.12 on, cached_property has no lock
    with ThreadPoolExecutor(2) as pool:
        keys = list(pool.map(unlocked, [PseudonymKey(path), PseudonymKey(path)]))
    assert keys[0] == keys[1] == bytes.fromhex(path.read_text())


def test_key_when_it_is_not_kept_then_none_is_made_and_one_that_is_there_is_used(tmp_path: Path) -> None:
    path = tmp_path / "home" / "pseudonym.key"
    throwaway = PseudonymKey(path, kept=False)
    assert throwaway.pseudonyms("email", ["a@b.c"]) == throwaway.pseudonyms("email", ["a@b.c"])
    assert not path.parent.exists()
    made = PseudonymKey(path).pseudonyms("email", ["a@b.c"])
    assert PseudonymKey(path, kept=False).pseudonyms("email", ["a@b.c"]) == made


def test_key_when_its_file_is_empty_then_the_way_out_is_to_delete_it(tmp_path: Path) -> None:
    (tmp_path / "key").touch(0o600)
    with pytest.raises(ConfigError, match="is empty") as caught:
        PseudonymKey(tmp_path / "key").pseudonyms("email", [])
    assert f"`rm {tmp_path / 'key'}`" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("content", "mode", "code"),
    [
        ("00" * 32, 0o640, "pseudonym-key-exposed"),
        ("00" * 32, 0o604, "pseudonym-key-exposed"),
        ("00" * 31, 0o600, "pseudonym-key-invalid"),
        ("secret", 0o600, "pseudonym-key-invalid"),
        ("", 0o600, "pseudonym-key-invalid"),
    ],
)
def test_bad_keys_are_refused_and_never_shown(tmp_path: Path, content: str, mode: int, code: str) -> None:
    path = tmp_path / "key"
    path.write_text(content)
    path.chmod(mode)
    with pytest.raises(ConfigError) as caught:
        PseudonymKey(path).pseudonyms("email", ["a@b.c"])
    assert caught.value.code == code
    assert not content or content not in str(caught.value.as_dict())


def test_a_key_of_another_owner_may_be_readable_by_the_group_through_which_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "key"
    path.write_text("00" * 32)
    path.chmod(0o440)
    monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
    assert PseudonymKey(path).pseudonyms("email", ["a@b.c"])
    path.chmod(0o444)
    with pytest.raises(ConfigError, match="others may read"):
        PseudonymKey(path).pseudonyms("email", ["a@b.c"])


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        (" Ann.Lee+x@Example.COM ", "ann.lee+x@example.com"),
        ("jose\u0301@example.com", "jos\u00e9@example.com"),
        ("a@b@c", None),
        ("a b@c.d", None),
        ("@c.d", None),
        ("a@", None),
        ("", None),
    ],
)
def test_email(text: str, normal: str | None) -> None:
    assert normal_email(text) == normal


@pytest.mark.parametrize(
    ("text", "country", "normal"),
    [
        ("+49 (171) 123-45.67", None, "+491711234567"),
        ("0049 171 1234567", None, "+491711234567"),
        ("0171 1234567", "+49", "+491711234567"),
        ("171/1234567", "+49", "+491711234567"),
        ("0171 1234567", None, None),
        ("+49", None, None),
        ("+0123456789", None, None),
        ("12345678901234567", "+1", None),
        ("call me", "+49", None),
        ("\uff0b49\u00a0171 1234567", None, "+491711234567"),
    ],
)
def test_phone(text: str, country: str | None, normal: str | None) -> None:
    assert normal_phone(text, country) == normal


def test_address_and_device() -> None:
    assert (
        normal_address(" 1, High-Street;  OXFORD ") == normal_address("1 High Street Oxford") == "1 high street oxford"
    )
    assert normal_address(" ,; ") is None
    assert normal_device(" AbC ") == "abc"


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    for normalise in (normal_email, normal_phone, normal_address, normal_device):
        once = normalise(text)
        assert once is None or normalise(once) == once
