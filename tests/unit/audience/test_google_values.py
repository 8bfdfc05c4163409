"""Google's rules: every test vector of the design with its hash, and what must hold for any text."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from influence.audience import google
from influence.audience.hashing import sha256
from influence.audience.phone import international

VECTORS = [
    (
        google.email,
        "  ALEXZ@example.com   ",
        "alexz@example.com",
        "509e933019bb285a134a9334b8bb679dff79d0ce023d529af4bd744d47b4fd8a",
    ),
    (
        google.email,
        "Cloudy.SanFrancisco+shopping@gmail.com",
        "cloudysanfrancisco@gmail.com",
        "223ebda6f6889b1494551ba902d9d381daf2f642bae055888e96343d53e9f9c4",
    ),
    (
        google.email,
        "user.name+NYC@Example.com",
        "user.name+nyc@example.com",
        "f109a2a632fbcea5fc82049f50beed3d8621bf9034399f437fb622222acccdac",
    ),
    (
        google.email,
        "dana@example.com",
        "dana@example.com",
        "07e2f1394b0ea80e2adca010ea8318df697001a005ba7452720edda4b0ce57b3",
    ),
    (
        google.first_name,
        " GivenName ",
        "givenname",
        "128a07bfe2df877c52076e60d7774cf5baaa046c5a6c48daf30ff43ecca2f814",
    ),
    (
        google.last_name,
        "  FamilyName ",
        "familyname",
        "77762c287e61ce065bee5c15464012c6fbe088398b8057627d5577249430d574",
    ),
]

PLAIN = [
    (google.email, "Jefferson.Loves.hiking@gmail.com", "jeffersonloveshiking@gmail.com"),
    (google.email, "Jefferson.LOVES.Hiking@googlemail.com", "jeffersonloveshiking@googlemail.com"),
    (google.phone, "+44-113-496-0987", "+441134960987"),
    (google.country, " uS ", "US"),
    (google.postal_code, " 1229-076  ", "1229-076"),
    (google.first_name, "Mrs. Jane", "jane"),
    (google.last_name, "Doe, Jr.", "doe"),
    (google.last_name, "Van der Berg III", "van der berg"),
    (google.first_name, "Dr", "dr"),
]


@pytest.mark.parametrize(("rule", "text", "normal", "digest"), VECTORS)
def test_value_when_a_vector_then_its_normal_form_and_hash(
    rule: Callable[[str], str | None], text: str, normal: str, digest: str
) -> None:
    assert rule(text) == normal
    assert sha256(normal) == digest


def test_phone_when_national_with_its_country_then_the_vector() -> None:
    number = international("1-800-555-0100", "US")
    assert number is not None
    normal = google.phone(number)
    assert normal == "+18005550100"
    assert sha256(normal) == "fb4f73a6ec5fdb7077d564cdd22c3554b43ce49168550c3b12c547b78c517b30"


@pytest.mark.parametrize(("rule", "text", "normal"), PLAIN)
def test_value_when_no_hash_is_given_then_its_normal_form(
    rule: Callable[[str], str | None], text: str, normal: str
) -> None:
    assert rule(text) == normal


@pytest.mark.parametrize(
    "text", [" @googlemail.com", "...@gmail.com", "quinn", "", "a b@example.com", "a@b@c", "a@", "+tag@gmail.com"]
)
def test_email_when_it_is_none_then_refused(text: str) -> None:
    assert google.email(text) is None


@pytest.mark.parametrize("text", ["18005550100", "+0123456789", "+12", "+1234567890123456", "+1 800 FLOWERS", ""])
def test_phone_when_not_international_then_refused(text: str) -> None:
    assert google.phone(text) is None


RULES: list[Callable[[str], str | None]] = [
    google.email,
    google.phone,
    google.first_name,
    google.last_name,
    google.country,
    google.postal_code,
]

LIKELY = st.one_of(
    st.text(max_size=20),
    st.builds(
        "{}@{}".format, st.text(min_size=1, max_size=8), st.sampled_from(["gmail.com", "Googlemail.COM", "x.de"])
    ),
    st.text(alphabet="aAéE\u0301.,+- jrJRmrMRİẞΣ\u200b'", max_size=14),
    st.from_regex(r"\+?[0-9 ()-]{0,18}", fullmatch=True),
)


@pytest.mark.parametrize("rule", RULES)
@given(text=LIKELY)
def test_rule_when_applied_twice_then_nothing_changes(rule: Callable[[str], str | None], text: str) -> None:
    normal = rule(text)
    assert normal is None or rule(normal) == normal


@pytest.mark.parametrize("rule", RULES[:4])
@given(text=LIKELY)
def test_rule_when_applied_then_lower_case_and_no_outer_blanks(rule: Callable[[str], str | None], text: str) -> None:
    normal = rule(text)
    if normal is not None:
        assert normal == normal.lower()
        assert normal == normal.strip() != ""


@given(local=st.text(alphabet="abcxyz", min_size=1, max_size=8), tag=st.text(alphabet="abc.+", max_size=5))
def test_email_when_gmail_spells_one_mailbox_in_two_ways_then_one_hash(local: str, tag: str) -> None:
    dotted = ".".join(local)
    one, other = google.email(f"{local}@gmail.com"), google.email(f" {dotted.upper()}+{tag}@GMAIL.com ")
    assert one is not None
    assert other is not None
    assert sha256(one) == sha256(other)
