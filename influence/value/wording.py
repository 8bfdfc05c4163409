"""What a run says about value, in sentences that claim no more than the figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

__all__ = ["summary"]

EXCLUSIONS: Final = {
    "refused": "refused by the programme",
    "undated": "of unknown date",
    "self": "self-referrals",
    "ring": "in rings",
    "duplicate": "duplicates",
    "already_customer": "of people who were customers already",
    "reversed_order": "whose orders went back",
}
"""Verdicts that exclude a referral, as they are told."""


def summary(run: Mapping[str, Any]) -> list[str]:
    """Return what a run says about value, a sentence a line; nothing when it did not compute any.

    Args:
        run: Properties of the run: totals of `value.appraisal` with the prefix `value_`, and `value_notes`. A figure
            that is not there is unknown.
    """

    def figure(name: str) -> float | None:
        value = run.get(f"value_{name}")
        return None if value is None else float(value)

    unit, currency = figure("unit") or 100.0, run.get("value_currency", "")

    def money(name: str) -> str:
        value = figure(name)
        return "unknown" if value is None else f"{value / unit:,.2f} {currency}".rstrip()

    lines = []
    if figure("margin") is not None:
        lines.append(
            f"Customers have earned the shop {money('margin')} of margin; {money('earned_by_persuasion')} of it is "
            f"credited to persuaders and {money('earned_by_referral')} to referrers, every sale once (net values add "
            f"up to the margin, to {run.get('value_conservation', 0.0):.0e} of it)."
        )
    if figure("clv") is not None:
        lines.append(
            f"Expected within {run.get('horizon_months', 12)} months at {run.get('discount', 0.15):.0%} a year: "
            f"{money('clv')} of margin (a plan, by {run.get('value_model', 'a repeat-purchase model')})."
        )
    if figure("referral_invites") is not None:
        counts = [
            f"{run[f'value_referrals_{name}']:,} {words}"
            for name, words in EXCLUSIONS.items()
            if run.get(f"value_referrals_{name}")
        ]
        excluded = f" ({', '.join(counts)})" if counts else ""
        lines.append(
            f"{figure('referrals'):,.0f} referrals on record, {figure('referral_excluded') or 0:,.0f} of which do not "
            f"count{excluded}; the others won {figure('referral_customers') or 0:,.0f} customers."
        )
        lines.append(
            f"{figure('p_two') or 0:.0%} of them would have come anyway; source: "
            f"{run.get('value_p_two_source', 'unknown')}."
        )
    if figure("crv") is not None:
        lines.append(
            f"Referral value {money('crv')}: type one {money('crv_type_one')}, type two {money('crv_type_two')}; it "
            f"would be {money('crv_all_type_one')} if nobody had come anyway."
        )
    return lines + [f"Careful: {note}." for note in run.get("value_notes", ())]
