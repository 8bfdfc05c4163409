// /// report
// format   = 1
// title    = "What the referral programme earns"
// question = "Does the referral programme pay?"
// summary  = "Cost and return of the whole programme, with who would have come anyway taken off: by first orders alone, as in network value, and by a year of margin"
// category = "value"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["referral_invites"]
// key      = ["figure"]
// timeout  = "30s"
// [columns]
// figure  = { type = "str", title = "Figure" }
// value   = { type = "float", title = "Value", format = ",.2f" }
// meaning = { type = "str", title = "What it means" }
// ///
MATCH (run:Run {id: $run})
WITH run, toFloat(coalesce(run.value_unit, 100)) AS unit, coalesce(run.value_currency, 'money') AS currency
WITH [
  ['referrals that count', toFloat(run.value_referral_invites), 'accepted or pending, see referral-funnel'],
  ['customers won', toFloat(run.value_referral_customers), 'invited people with a purchase that stands'],
  ['would have come anyway', run.value_p_two, 'share (p_two); source: ' + coalesce(run.value_p_two_source, 'unknown')],
  ['revenue of customers won, ' + currency, run.value_referred_revenue / unit, 'within a year of the invitation, in full'],
  ['margin of customers won, ' + currency, run.value_referred_margin / unit, 'within a year of the invitation, in full'],
  ['of it not without the referral, ' + currency, (1 - run.value_p_two) * run.value_referred_margin / unit,
   'margin times the share that would not have come'],
  ['cost of winning a customer otherwise, ' + currency, run.value_acquisition_cost / unit,
   'saved by each referral; ' + coalesce(run.value_acquisition_cost_source, 'unknown')],
  ['incentives paid, ' + currency, run.value_incentives / unit, 'for all referrals that were not refused'],
  ['of it for referrals that do not count, ' + currency, run.value_incentives_excluded / unit,
   'self-referrals, rings, duplicates, customers already, reversed orders'],
  ['running cost of the programme, ' + currency, run.value_programme_cost / unit, 'given with --programme-cost'],
  ['referral value (CRV), ' + currency, run.value_crv / unit, 'all referrers together, incentives taken off'],
  ['type one, ' + currency, run.value_crv_type_one / unit, 'customers who would not have come otherwise'],
  ['type two, ' + currency, run.value_crv_type_two / unit, 'would have come: only the cost of winning them was saved'],
  ['if nobody had come anyway, ' + currency, run.value_crv_all_type_one / unit, 'the naive figure, for comparison'],
  ['lead credit, ' + currency, run.value_lead_credit / unit, 'open leads at their stage weight: not earned yet'],
  ['return, first orders', run.value_return_on_relationship,
   'what referrers are credited with (first orders and persuasion), less cost, over cost; 1 = the money back twice'],
  ['return, a year of margin', run.value_return_first_year,
   'margin of a year that would not have come otherwise, less cost, over cost']
] AS figures
UNWIND range(0, size(figures) - 1) AS place
WITH place, figures[place] AS row
WHERE row[1] IS NOT NULL
RETURN row[0] AS figure, toFloat(row[1]) AS value, row[2] AS meaning
ORDER BY place, figure
LIMIT 50
