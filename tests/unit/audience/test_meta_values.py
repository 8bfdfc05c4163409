"""Meta's rules: every test vector of the design with its hash, and what must hold for any text."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from influence.audience import meta
from influence.audience.hashing import sha256
from influence.audience.phone import international

US_POSTAL = partial(meta.postal_code, country="US")
UK_POSTAL = partial(meta.postal_code, country="GB")
US_STATE = partial(meta.state, country="US")

VECTORS = [
    (
        meta.email,
        "  ALEXZ@example.com   ",
        "alexz@example.com",
        "509e933019bb285a134a9334b8bb679dff79d0ce023d529af4bd744d47b4fd8a",
    ),
    (
        meta.email,
        "Cloudy.SanFrancisco+shopping@gmail.com",
        "cloudy.sanfrancisco+shopping@gmail.com",
        "8dd4a9bf850242873c14976125edabc35096192b784626a5641a7d2de56e3c1e",
    ),
    (
        meta.email,
        "user.name+NYC@Example.com",
        "user.name+nyc@example.com",
        "f109a2a632fbcea5fc82049f50beed3d8621bf9034399f437fb622222acccdac",
    ),
    (
        meta.email,
        "dana@example.com",
        "dana@example.com",
        "07e2f1394b0ea80e2adca010ea8318df697001a005ba7452720edda4b0ce57b3",
    ),
    (meta.name, "Émilie", "émilie", "2863487194ad92314c0d76b8e4fe04d127789e79c94081329c682b7beea2bf6c"),
    (meta.name, "E\u0301milie", "émilie", "2863487194ad92314c0d76b8e4fe04d127789e79c94081329c682b7beea2bf6c"),
    (US_POSTAL, "94016-1234", "94016", "ea49a862bf6e195fe92e0886ed8a89c6565137f3e90c0742d2a00952b307dd55"),
    (meta.country, "US", "us", "79adb2a2fce5c6ba215fe5f27f532d4e7edbac4b6a5e09e1ef3a08084a904621"),
]


@pytest.mark.parametrize(("rule", "text", "normal", "digest"), VECTORS)
def test_meta_value_when_a_vector_then_its_normal_form_and_hash(
    rule: Callable[[str], str | None], text: str, normal: str, digest: str
) -> None:
    assert rule(text) == normal
    assert sha256(normal) == digest


def test_meta_phone_when_national_with_its_country_then_the_vector() -> None:
    number = international("1-800-555-0100", "US")
    assert number is not None
    normal = meta.phone(number)
    assert normal == "18005550100"
    assert sha256(normal) == "92cfdc5fbcd4a20fbe5d3857af6c1aba31762105bba7f21a17155e920653046c"


@pytest.mark.parametrize(
    ("rule", "text", "normal"),
    [
        (meta.name, " O'Brien-Smith ", "obriensmith"),
        (meta.city, "São Paulo (SP)", "sãopaulosp"),
        (US_STATE, "CA", "ca"),
        (US_STATE, "California", None),
        (meta.state, "Baden-Württemberg", "badenwürttemberg"),
        (US_POSTAL, "2138", None),
        (UK_POSTAL, "SW1A 1AA", "sw1a1"),
        (UK_POSTAL, "M1 1AE", "m11"),
        (UK_POSTAL, "nowhere", None),
        (meta.postal_code, " 1011 AB ", "1011ab"),
        (meta.device, " AECE52E7-03EE-455A-B3C4-E57283966239", "aece52e7-03ee-455a-b3c4-e57283966239"),
        (meta.device, "my phone", None),
        (meta.country, "Germany", None),
        (meta.birth_year, " 1987-04-30 ", "1987"),
        (meta.birth_year, "1987", "1987"),
        (meta.birth_year, "30.04.1987", None),
        (meta.birth_year, "87", None),
        (meta.gender, " Female", "f"),
        (meta.gender, "M", "m"),
        (meta.gender, "divers", None),
        (meta.email, "quinn", None),
        (meta.email, "", None),
        (meta.phone, "ask me", None),
    ],
)
def test_meta_value_when_given_then_its_normal_form_or_none(
    rule: Callable[[str], str | None], text: str, normal: str | None
) -> None:
    assert rule(text) == normal


RULES: list[Callable[[str], str | None]] = [
    meta.email,
    meta.phone,
    meta.name,
    meta.city,
    meta.state,
    US_STATE,
    meta.postal_code,
    US_POSTAL,
    UK_POSTAL,
    meta.country,
    meta.device,
    meta.birth_year,
    meta.gender,
]
LIKELY = st.one_of(
    st.text(max_size=20),
    st.builds("{}@{}".format, st.text(min_size=1, max_size=8), st.sampled_from(["gmail.com", "X.de"])),
    st.text(alphabet="aAéE\u0301.,+- jrJRİẞΣ\u200b'", max_size=14),
    st.from_regex(r"\+?[0-9 ()-]{0,18}", fullmatch=True),
    st.from_regex(r"[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}", fullmatch=True),
)


@pytest.mark.parametrize("rule", RULES)
@example(text="A \u0300")
@given(text=LIKELY)
def test_meta_rule_when_applied_then_stable_lower_case_and_no_outer_blanks(
    rule: Callable[[str], str | None], text: str
) -> None:
    normal = rule(text)
    if normal is not None:
        assert rule(normal) == normal
        assert normal == normal.lower()
        assert normal == normal.strip() != ""


@given(local=st.text(alphabet="abc.+", min_size=1, max_size=8))
def test_meta_email_when_case_and_outer_blanks_differ_then_one_hash(local: str) -> None:
    one, other = meta.email(f"{local}@gmail.com"), meta.email(f"  {local.upper()}@GMAIL.com ")
    assert one is not None
    assert other is not None
    assert sha256(one) == sha256(other)
