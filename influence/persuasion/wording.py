"""The figures of a run in words: how many purchases were caused, how sure that is, and what to be careful about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["summary"]


def summary(run: Mapping[str, Any]) -> list[str]:
    """Return what a run says about persuasion, a sentence a line; nothing when it did not estimate any.

    Args:
        run: Properties of the run: the estimator's `totals` and `diagnostics` with the prefix `persuasion_`, and
            `persuasion_warnings`. A figure that is not there is unknown.
    """

    def figure(name: str) -> float | None:
        value = run.get(f"persuasion_{name}")
        return None if value is None else float(value)

    naive, caused = figure("naive"), figure("caused")
    if naive is None or caused is None:
        return []
    lines = [
        f"{naive:,.0f} times did a friend buy the same product within {whole(figure('window_days'))} days: a count, of "
        "which shared taste explains a part.",
        f"About {caused:,.0f} of these purchases were caused by the customer before them (estimate under stated "
        f"assumptions). Cross-checks: {plain(figure('n3'))} from timing alone, "
        f"{plain(figure('n2'))}{interval(figure('n2_low'), figure('n2_high'), ',.0f')} by observed minus calibrated "
        f"expectation, {plain(figure('n1'))} without calibration.",
    ]
    credit = figure("credit")
    if credit is not None:
        lines.append(
            f"Sale by sale, {credit:,.0f} purchases are credited to friends who bought before: what the lists of who "
            "persuaded whom, cascades and network value add up to."
        )
    lag, low, high = figure("lag"), figure("lag_low"), figure("lag_high")
    if lag is not None:
        lines.append(
            f"Long after a purchase friends still buy {lag:.2f}{interval(low, high, '.2f')} times as much alike as "
            "their behaviour explains; this shared taste is divided out."
        )
    lines.append(
        f"{whole(figure('family'))} customers had enough purchases and friends to be judged; "
        f"{whole(figure('certified'))} are certified persuaders at a false discovery rate of 10 %."
    )
    half, double = figure("half_n2"), figure("double_n2")
    if half is not None and double is not None:
        lines.append(
            f"With half the window the calibrated difference is {plain(half)}, with twice the window {plain(double)}."
        )
    shuffled, mirrored, found = figure("shuffled_ratio"), figure("mirror_discoveries"), figure("discoveries")
    checks = []
    if shuffled is not None:
        share, error = figure("shuffled_share"), figure("shuffled_error")
        sure = "" if error is None else f", standard error {error:.3f}"
        if share is not None and share < 1:
            sure += f", counted on a sample of {share:.1%}"
        checks.append(f"friends dealt out at random give {shuffled:.2f} of what is expected (should be 1{sure})")
    if mirrored is not None and found is not None:
        checks.append(
            f"the same test finds {whole(mirrored)} persuaders looking backwards (should be near 0), {whole(found)} "
            "forwards"
        )
    undated = figure("undated_share")
    if undated is not None:
        checks.append(f"{undated:.0%} of the looks at a friend rest on ties of unknown date")
    dropped = figure("ties_dropped")
    if dropped:
        checks.append(
            f"{whole(dropped)} times did two friends buy the same at the very same instant, which counts for neither"
        )
    if checks:
        lines.append("Checks: " + "; ".join(checks) + ".")
    return lines + [f"Careful: {warning}" for warning in run.get("persuasion_warnings", ())]


def whole(value: float | None) -> str:
    """Return a count with thousands separators, or "an unknown number of"."""
    return "an unknown number of" if value is None else f"{value:,.0f}"


def interval(low: float | None, high: float | None, form: str) -> str:
    """Return an interval to follow its figure, " (1.10 to 1.30)"; nothing when it is unknown."""
    return "" if low is None or high is None else f" ({low:{form}} to {high:{form}})"


def plain(value: float | None) -> str:
    """Return a figure rounded to whole purchases, or "unknown"."""
    return "unknown" if value is None else f"{value:,.0f}"
