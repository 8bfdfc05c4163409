// /// report
// format   = 1
// title    = "What the customers are worth"
// question = "How much is earned, by whom, and does it add up?"
// summary  = "The whole shop in figures: revenue, margin, what of it flows through others, lifetime value, and the proof that every sale is counted once; notes come first"
// category = "value"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["value_status"]
// key      = ["figure"]
// timeout  = "30s"
// [columns]
// figure  = { type = "str", title = "Figure" }
// value   = { type = "float", title = "Value", format = ",.2f" }
// meaning = { type = "str", title = "What it means" }
// ///
MATCH (run:Run {id: $run})
WITH run, toFloat(coalesce(run.value_unit, 100)) AS unit, coalesce(run.value_currency, 'money') AS currency,
     coalesce(run.value_notes, []) AS notes
WITH [i IN range(0, size(notes) - 1) | ['note ' + toString(i + 1), null, notes[i]]] + [
  ['customers who bought', toFloat(run.value_buyers), 'at least one purchase that stands'],
  ['purchase lines', toFloat(run.value_lines), 'returns and refunded lines included'],
  ['revenue, ' + currency, run.value_revenue / unit, 'of customers whose every purchase has one, refunds taken off'],
  ['margin, ' + currency, run.value_margin / unit, 'of customers whose every purchase has one, refunds taken off'],
  ['network value, ' + currency, run.value_net / unit, 'net, of the same customers: must equal the margin'],
  ['lost or counted twice', run.value_conservation, 'difference of all net values and all margins over the margins; a run above 1e-9 fails'],
  ['moved by referral, ' + currency, run.value_earned_by_referral / unit, 'margin that others spent and referrers earned'],
  ['moved by persuasion, ' + currency, run.value_earned_by_persuasion / unit,
   'margin that others spent and persuaders earned: an estimate under stated assumptions'],
  ['sales with credit', toFloat(run.value_sales_credited), 'first purchases of which somebody else is credited with a part'],
  ['largest credit of a sale', run.value_largest_credit, 'share of it that others are credited with together; at most 0.9'],
  ['lifetime value, ' + currency, run.value_clv / unit,
   'expected within ' + toString(run.horizon_months) + ' months at ' + toString(round(run.discount * 100, 1)) + ' % a year: a plan'],
  ['engagement value, ' + currency, run.value_cev / unit, 'lifetime value with every sale credited to those who bring it about: the same sum'],
  ['hidden wealth, customers', toFloat(run.value_hidden_wealth), 'low own spend, high network value']
] AS figures
UNWIND range(0, size(figures) - 1) AS place
WITH place, figures[place] AS row
WHERE row[1] IS NOT NULL OR row[0] STARTS WITH 'note'
RETURN row[0] AS figure, toFloat(row[1]) AS value, row[2] AS meaning
ORDER BY place, figure
LIMIT 100
