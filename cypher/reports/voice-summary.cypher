// /// report
// format   = 1
// title    = "What customers say, and do"
// question = "How far do words and deeds agree, and what is at stake?"
// summary  = "Promoters who act and those who do not, detractors and whom they reach, self-declared against measured influence, and the weights of the ambassador shortlist; estimates under stated assumptions"
// category = "voice"
// owner    = "data"
// revision = 1
// maturity = "stable"
// needs    = ["nps_answer"]
// key      = ["figure"]
// timeout  = "60s"
// [columns]
// figure  = { type = "str", title = "Figure" }
// value   = { type = "float", title = "Value", format = ",.2f" }
// low     = { type = "float", title = "From", format = ",.2f" }
// high    = { type = "float", title = "To", format = ",.2f" }
// meaning = { type = "str", title = "What it means" }
// ///
MATCH (run:Run {id: $run})
WITH run, toFloat(coalesce(run.value_unit, 100)) AS unit, coalesce(run.value_currency, 'money') AS currency,
     coalesce(run.ambassador_weights, []) AS weights
WITH [
  ['promoters', run.voice_promoters, null, null, 'customers whose last NPS answer is 9 or 10'],
  ['promoters without action, %', 100 * run.voice_gap_share, 100 * run.voice_gap_low, 100 * run.voice_gap_high,
   'of promoters, those who invited nobody and after whom friends bought no more than expected; 95 % interval'],
  ['days looked at', run.voice_gap_window_days, null, null, 'window in which action was looked for: the whole log'],
  ['detractors', run.voice_detractors, null, null, 'customers whose last NPS answer is 6 or less'],
  ['detractors with influence', run.voice_detractor_influencers, null, null,
   'of those, certified persuaders and super-connectors'],
  ['friends of detractors', run.voice_detractor_friends, null, null, 'different active friends, other detractors left out'],
  ['margin at risk', run.voice_margin_at_risk / unit, null, null,
   currency + ', each friend once: lifetime value times usual churn in 30 days times the hazard ratio less 1'],
  ['friends without a lifetime value', run.voice_friends_unvalued, null, null, 'they count for no money in it'],
  ['usual churn, %', 100 * run.voice_usual_churn, null, null, 'chance that a customer leaves within 30 days, mean: ' +
    CASE run.voice_churn_source WHEN 'data' THEN 'from your data' ELSE 'by the purchase model' END],
  ['hazard ratio used', run.voice_hazard_ratio, null, null, CASE run.voice_hazard_source
    WHEN 'literature' THEN 'how much likelier friends of somebody who leaves are to leave: from the literature, not from your data' +
      CASE run.contagion_status WHEN 'ok' THEN ', which prove none: margin at risk is an upper figure' ELSE '' END
    ELSE 'how much likelier friends of somebody who leaves are to leave: from your data' END],
  ['hazard ratio measured', CASE WHEN NOT isNaN(run.contagion_hazard[0]) THEN run.contagion_hazard[0] END,
   CASE WHEN NOT isNaN(run.contagion_hazard_low[0]) THEN run.contagion_hazard_low[0] END,
   CASE WHEN NOT isNaN(run.contagion_hazard_high[0]) THEN run.contagion_hazard_high[0] END,
   'the same from your data, 95 % interval; used when the interval lies above 1 and enough customers left (churn-contagion)'],
  ['words and deeds', run.voice_self_correlation, run.voice_self_correlation_low, run.voice_self_correlation_high,
   'rank correlation of self-declared and measured influence, 1 = agree, 0 = no relation; 95 % interval'],
  ['customers with both', run.voice_self_customers, null, null, 'self-declared and measured influence are known']
] + [i IN range(0, size(weights) - 1) |
  ['weight of ' + replace(split(weights[i], ' ')[0], '_', ' '),
   toFloat(split(weights[i], ' ')[1]), null, null, 'in the ambassador score']] AS rows
UNWIND range(0, size(rows) - 1) AS place
WITH place, rows[place] AS row
WHERE row[1] IS NOT NULL
RETURN row[0] AS figure, toFloat(row[1]) AS value, toFloat(row[2]) AS low, toFloat(row[3]) AS high, row[4] AS meaning
ORDER BY place, figure
LIMIT 100
