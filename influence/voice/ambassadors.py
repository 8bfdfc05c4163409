"""The ambassador shortlist: one transparent ranking, and a suggested next step per person.

Weights and rules stand in two TOML files that a marketer can read and change; every factor appears beside the score.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from influence.errors import ConfigError
from influence.snapshot.arrays import Float64
from influence.toml import InvalidToml, read_toml
from influence.value.measures import status
from influence.voice.survey import DETRACTOR

__all__ = ["FACTORS", "Condition", "Rule", "Weights", "load_rules", "load_weights", "next_steps", "shortlist"]

FACTORS: Final = ("enthusiasm", "topic_reach", "persuasion", "referral", "network_value", "willingness")
"""What the ranking combines, each 0-100."""

_COLUMNS: Final = frozenset(
    "nps detractor opted_out contact_open certified topic_reach persuasion referral network_value willingness "
    "quadrant referred_customers asked_days ask_outstanding reference_done review_done peer_answers score".split()
)
_LARGEST: Final = 1e15
"""No number of a file is larger: it would not be exact as a float."""
_COMPARISONS: Final = frozenset({"at_least", "at_most", "is"})
_GIFTS: Final = frozenset(
    "bonus cash cashback coupon coupons credit credits discount discounts gift gifts money prize prizes rebate reward "
    "rewards voucher vouchers".split()
)
"""Words of a step that give something of value, whatever its rule says."""
_OPINIONS: Final = frozenset("rating ratings review reviews testimonial testimonials".split())
"""Words of a step that asks for a public opinion."""


@dataclass(frozen=True)
class Weights:
    """Weights of the factors; see `ambassador_weights.toml`."""

    weights: dict[str, float]
    least_known: float
    shortlist: int


@dataclass(frozen=True)
class Condition:
    """One comparison of a column with a value."""

    column: str
    comparison: str
    value: float | bool | str

    def holds(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Return [k] where it holds; unknown values and missing columns hold nowhere."""
        if self.column not in frame:
            return np.zeros(len(frame), dtype=np.bool_)
        values = frame[self.column]
        known = values.notna().to_numpy()
        if self.comparison == "is":
            same = values.astype(object) == self.value
        elif self.comparison == "at_least":
            same = values.astype("Float64") >= float(self.value)
        else:
            same = values.astype("Float64") <= float(self.value)
        return np.asarray(same.fillna(False).to_numpy(dtype=np.bool_) & known, dtype=np.bool_)


@dataclass(frozen=True)
class Rule:
    """A next step and when to suggest it."""

    step: str
    why: str
    when: tuple[Condition, ...]
    incentive: bool
    asks_for: str | None


def load_weights(path: Path | None = None) -> Weights:
    """Read the weights of the shortlist (default: the packaged file).

    Settings that a file leaves out, all but the weights, are those of the packaged file.

    Raises:
        ConfigError: A factor is unknown, a weight is negative, all are 0, or a setting is out of range.
    """
    source = _table(path, "ambassador_weights.toml")
    weights = source.get("weights", {})
    if not isinstance(weights, dict):
        _refuse(["`weights` is not a part `[weights]`"], "ambassador-weights", f"the factors are {', '.join(FACTORS)}")
    findings = [f"unknown factor `{name}`" for name in weights if name not in FACTORS]
    findings += [f"`{name}` is not a number of at least 0" for name, value in weights.items() if not _at_least_0(value)]
    if not findings and not any(weights.values()):
        findings.append("no factor has a weight")
    chosen = {**_table(None, "ambassador_weights.toml"), **source}
    least, names = chosen["least_known"], chosen["shortlist"]
    if not _at_least_0(least) or least > 1:
        findings.append("`least_known` is not a number between 0 and 1")
    if not isinstance(names, int) or isinstance(names, bool) or not 1 <= names <= _LARGEST:
        findings.append("`shortlist` is not a whole number of at least 1")
    _refuse(findings, "ambassador-weights", f"the factors are {', '.join(FACTORS)}")
    return Weights({name: float(value) for name, value in weights.items()}, float(least), int(names))


def load_rules(path: Path | None = None) -> tuple[Rule, ...]:
    """Read the next-step rules in order (default: the packaged file).

    Raises:
        ConfigError: A rule is incomplete, uses an unknown column or comparison, pays for a review, offers detractors
            an incentive, or gives something of value without saying so.
    """
    findings: list[str] = []
    rules: list[Rule] = []
    entries = _table(path, "next_steps.toml").get("rule", [])
    for number, entry in enumerate(entries if isinstance(entries, list) else [entries], start=1):
        before = len(findings)
        if not isinstance(entry, dict):
            findings.append(f"rule {number}: a rule is a part `[[rule]]`")
            continue
        unknown = sorted(set(entry) - {"step", "why", "when", "incentive", "asks_for"})
        findings += [f"rule {number}: unknown key `{key}`" for key in unknown]
        findings += [f"rule {number}: `{key}` is missing" for key in ("step", "why", "when") if not entry.get(key)]
        findings += [
            f"rule {number}: `{key}` is not a text"
            for key in ("step", "why", "asks_for")
            if not isinstance(entry.get(key, ""), str)
        ]
        when = entry.get("when", [])
        conditions = [_condition(given, number, findings) for given in (when if isinstance(when, list) else [when])]
        paid, wanted = entry.get("incentive", False) is True, entry.get("asks_for")
        findings += [f"rule {number}: {finding}" for finding in _broken(entry, conditions)]
        if len(findings) == before:
            whole = tuple(condition for condition in conditions if condition is not None)
            rules.append(Rule(str(entry["step"]), str(entry["why"]), whole, paid, wanted))
    if not rules and not findings:
        findings.append("there is no `[[rule]]`")
    _refuse(findings, "next-step-rules", f"the columns are {', '.join(sorted(_COLUMNS))}")
    return tuple(rules)


def shortlist(frame: pd.DataFrame, weights: Weights) -> pd.DataFrame:
    """Rank customers as ambassadors: `score = sum(weight * factor) / sum(weight of known factors)`.

    Opted-out customers and detractors are not ranked. A factor that is not known is left out, not 0; a customer with
    too little known weight has no score; a factor that is known of nobody does not count towards it.

    Args:
        frame: Indexed by customer, in the order that breaks ties: nps (0-10), willingness (0-10), topic_reach,
            persuasion, referral, network_value (percentiles 0-100), certified, opted_out (bool); anything may be null.
        weights: From `load_weights`.

    Returns:
        All customers, indexed like `frame`: one column per weighted factor (0-100, null if unknown), known_weight
        (0-1), score (0-100), rank (1 = first), shortlisted (bool), status.
    """
    nps, willing = _float(frame, "nps"), _float(frame, "willingness")
    certified = _flag(frame, "certified")
    persuasion = _float(frame, "persuasion")
    values = {
        "enthusiasm": 10.0 * nps,
        "topic_reach": _float(frame, "topic_reach"),
        # an uncertified rate may be luck: known, and worth nothing here
        "persuasion": np.where(np.isnan(persuasion), np.nan, np.where(certified, persuasion, 0.0)),
        "referral": _float(frame, "referral"),
        "network_value": _float(frame, "network_value"),
        "willingness": 10.0 * willing,
    }
    used = {name: weight for name, weight in weights.weights.items() if weight > 0}
    factors = np.stack([values[name] for name in used], axis=1)
    weight = np.array(list(used.values()))
    known = ~np.isnan(factors)
    available = known.any(axis=0)  # what nobody could be asked or measured is held against nobody
    known_weight = known @ weight / weight[available].sum() if available.any() else np.zeros(len(frame))
    eligible = ~_flag(frame, "opted_out") & ~(nps <= DETRACTOR) & (known_weight >= weights.least_known)
    with np.errstate(invalid="ignore", divide="ignore"):
        score = np.where(eligible, np.nan_to_num(factors) @ weight / (known @ weight), np.nan)
    order = np.argsort(-score, kind="stable")  # NaN last; ties keep the order of the frame
    rank = np.full(len(frame), np.nan)
    ranked = order[: int(eligible.sum())]
    rank[ranked] = np.arange(1, len(ranked) + 1)
    result = pd.DataFrame({name: values[name] for name in used}, index=frame.index)
    result["known_weight"] = known_weight
    result["score"] = score
    result["rank"] = pd.Series(rank, index=frame.index).astype("Int64")
    result["shortlisted"] = rank <= weights.shortlist
    result["status"] = status(eligible)
    return result


def next_steps(frame: pd.DataFrame, rules: tuple[Rule, ...]) -> pd.DataFrame:
    """Suggest one next step per customer: the first rule whose conditions all hold.

    Whatever the file says, no detractor is offered an incentive: such a rule does not apply to them.

    Args:
        frame: Indexed by customer, with the columns the rules name; `detractor` is derived from `nps`.
        rules: From `load_rules`.

    Returns:
        Indexed like `frame`: next_step, why, incentive (bool); null where no rule holds.
    """
    nps = _float(frame, "nps")
    detractor = nps <= DETRACTOR
    facts = frame.assign(detractor=pd.Series(detractor, frame.index, dtype="boolean").mask(np.isnan(nps)))
    chosen = np.full(len(frame), -1)
    for number, rule in enumerate(rules):
        applies = np.logical_and.reduce([condition.holds(facts) for condition in rule.when])
        if rule.incentive:
            applies &= ~detractor
        chosen[(chosen < 0) & applies] = number
    steps = np.array([*(rule.step for rule in rules), None], dtype=object)
    reasons = np.array([*(rule.why for rule in rules), None], dtype=object)
    paid = np.array([*(rule.incentive for rule in rules), False], dtype=np.bool_)
    return pd.DataFrame(
        {"next_step": steps[chosen], "why": reasons[chosen], "incentive": paid[chosen]}, index=frame.index
    )


def _broken(entry: dict[str, Any], conditions: list[Condition | None]) -> list[str]:
    """Return how a rule breaks what holds for every file: nobody is paid for an opinion, no detractor is bought."""
    step, words = str(entry.get("step", "")).lower(), _words(entry, "step", "why", "asks_for")
    findings = []
    if not isinstance(entry.get("incentive", False), bool):
        findings.append("`incentive` is neither true nor false")
    paid = entry.get("incentive", False) is True
    if not paid and (gifts := sorted(_GIFTS & set(re.findall(r"[a-z]+", step)))):
        findings.append(f"`{gifts[0]}` is something of value; say `incentive = true`")
    if (paid or _GIFTS & words) and _OPINIONS & words:
        findings.append("a review is never paid for; remove what is given or the review")
    if paid and any(condition is not None and _detractors_only(condition) for condition in conditions):
        findings.append("a detractor is never offered an incentive; remove the incentive or the condition")
    return findings


def _words(entry: dict[str, Any], *keys: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z]+", " ".join(str(entry.get(key, "")) for key in keys).lower()))


def _detractors_only(condition: Condition) -> bool:
    """Tell whether only detractors fulfil a condition."""
    if condition.column == "detractor":
        return condition.comparison == "is" and condition.value is True
    if condition.column != "nps" or isinstance(condition.value, str):
        return False
    return condition.comparison in ("at_most", "is") and float(condition.value) <= DETRACTOR


def _condition(given: Any, number: int, findings: list[str]) -> Condition | None:
    """Return one condition, or note what is wrong with it."""
    if not isinstance(given, dict):
        findings.append(f'rule {number}: a condition is a table such as `{{ column = "nps", at_least = 9 }}`')
        return None
    comparisons = sorted(set(given) - {"column"})
    if str(given.get("column")) not in _COLUMNS:
        findings.append(f"rule {number}: unknown column `{given.get('column')}`")
    elif len(comparisons) != 1 or comparisons[0] not in _COMPARISONS:
        findings.append(f"rule {number}: `{given['column']}` needs one of {', '.join(sorted(_COMPARISONS))}")
    elif comparisons[0] != "is" and not _number(given[comparisons[0]]):
        findings.append(f"rule {number}: `{comparisons[0]}` needs a number")
    elif comparisons[0] == "is" and not (isinstance(given["is"], bool | str) or _number(given["is"])):
        findings.append(f"rule {number}: `is` needs true, false, a text or a number")
    else:
        return Condition(given["column"], comparisons[0], given[comparisons[0]])
    return None


def _refuse(findings: list[str], code: str, hint: str) -> None:
    if len(findings) == 1:
        raise ConfigError(findings[0], code=code, hint=hint)
    if findings:
        raise ConfigError(f"{len(findings)} faults in the file", code=code, hint=hint, findings=findings)


def _table(path: Path | None, packaged: str) -> dict[str, Any]:
    try:
        return read_toml(_content(path, packaged))
    except InvalidToml as error:
        raise ConfigError(
            f"`{path}` is not valid TOML: {error}",
            code="toml-unreadable",
            hint="see the packaged file for the form",
        ) from error


def _content(path: Path | None, packaged: str) -> bytes:
    if path is None:
        return files("influence.voice").joinpath(packaged).read_bytes()
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"cannot read `{path}`: {error.strerror}",
            code="file-unreadable",
            hint="check its path and that it is yours",
        ) from error


def _number(value: object) -> bool:
    """Tell whether a value is a finite number that a float can hold."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST


def _at_least_0(value: object) -> bool:
    return _number(value) and value >= 0  # type: ignore[operator]


def _float(frame: pd.DataFrame, column: str) -> Float64:
    """Return [k] a column as floats, NaN where null or missing."""
    if column not in frame:
        return np.full(len(frame), np.nan)
    return np.asarray(frame[column].astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)


def _flag(frame: pd.DataFrame, column: str) -> NDArray[np.bool_]:
    """Return [k] a column as flags, false where null or missing."""
    if column not in frame:
        return np.zeros(len(frame), dtype=np.bool_)
    return frame[column].astype("boolean").fillna(False).to_numpy(dtype=np.bool_)
