// /// report
// format   = 1
// title    = "How much persuasion is there?"
// question = "How many purchases are due to friends, and how far can we trust that?"
// summary  = "The whole log in figures: what was counted, what is left when other explanations are taken off one by one, and what to know first; estimates under stated assumptions"
// category = "persuasion"
// owner    = "data"
// revision = 3
// maturity = "stable"
// needs    = ["persuasion_status"]
// key      = ["figure"]
// timeout  = "30s"
// [columns]
// figure  = { type = "str", title = "Figure" }
// value   = { type = "float", title = "Value", format = ",.2f" }
// low     = { type = "float", title = "From", format = ",.2f" }
// high    = { type = "float", title = "To", format = ",.2f" }
// meaning = { type = "str", title = "What it means" }
// ///
MATCH (run:Run {id: $run})
WITH run, [
  ['follow-on purchases counted', run.persuasion_naive, null, null,
   'purchases of friends soon after a customer bought the same, whatever the reason: a count, no cause'],
  ['beyond known behaviour', run.persuasion_n1, null, null,
   'what is left of the count after taking off what customers of the same kind buy at the same time'],
  ['beyond shared taste', run.persuasion_n2, run.persuasion_n2_low, run.persuasion_n2_high,
   'the same, also taking off that friends buy alike even long after; '
     + CASE WHEN run.persuasion_n2_low IS NULL THEN 'hardly measured, so without an interval'
       ELSE '95 % interval' END],
  ['from timing alone', run.persuasion_n3, null, null,
   CASE WHEN run.persuasion_n3 <= run.persuasion_caused
     THEN 'a cautious lower figure: among those who bought anyway, so it misses people who would never have bought'
     ELSE 'among those who bought anyway; more than the best estimate, so no lower figure on this log' END],
  ['estimated extra purchases', run.persuasion_caused, null, null,
   'best estimate of purchases that would not have happened without a friend, under the stated assumptions'],
  ['credited to friends', run.persuasion_credit, null, null,
   'what the sales shared among persuaders add up to, as in who persuaded whom, cascades and network value'],
  ['extra purchases per follow-on', CASE WHEN run.persuasion_naive > 0
    THEN run.persuasion_caused / run.persuasion_naive END, null, null,
   'how much of the count the best estimate keeps'],
  ['shared taste factor', run.persuasion_lag, run.persuasion_lag_low, run.persuasion_lag_high,
   'how much alike friends buy long after, against expectation: 1 = no hidden taste; '
     + CASE WHEN run.persuasion_lag_low IS NULL THEN 'hardly measured, so without an interval'
       ELSE '95 % interval' END],
  ['customers judged', run.persuasion_family, null, null,
   'enough purchases and friends to say anything; of the others nothing is known'],
  ['customers beyond chance', run.persuasion_discoveries, null, null,
   'at most one in ten of them is expected to be a chance finding'],
  ['certified persuaders', run.persuasion_certified, null, null,
   'beyond chance, lift of 1.5 or more, and timing agrees'],
  ['same test backwards', run.persuasion_mirror_ratio, null, null,
   'findings among purchases before, per finding after (or in all, without any after): should be near 0; above 0.2 '
     + 'some persuaders may be followers'],
  ['friends dealt out at random', run.persuasion_shuffled_ratio,
   CASE WHEN run.persuasion_shuffled_ratio < 2 * run.persuasion_shuffled_error THEN 0.0
     ELSE run.persuasion_shuffled_ratio - 2 * run.persuasion_shuffled_error END,
   run.persuasion_shuffled_ratio + 2 * run.persuasion_shuffled_error,
   'follow-ons of random friends over expected ones: should be near 1, between 0.80 and 1.25; from and to two standard '
     + 'errors away'],
  ['friendships without a date', run.persuasion_undated_share, null, null,
   'share of the looks at a friend for which the start of the friendship is unknown'],
  ['purchases at the same instant', run.persuasion_ties_dropped, null, null,
   'how often a pair of friends bought the same in the same instant: counted for neither'],
  ['half the window: counted', run.persuasion_half_naive, null, null, 'follow-on purchases within half the window'],
  ['half the window: beyond shared taste', run.persuasion_half_n2, null, null,
   'near the figure of the whole window when the effect is quick'],
  ['double the window: counted', run.persuasion_double_naive, null, null,
   'follow-on purchases within twice the window'],
  ['double the window: beyond shared taste', run.persuasion_double_n2, null, null,
   'much above the figure of the whole window when the effect is slow']
] AS figures, coalesce(run.persuasion_warnings, []) AS warnings
WITH [i IN range(0, size(warnings) - 1) | ['warning ' + toString(i + 1), null, null, null, warnings[i]]]
     + figures AS rows
UNWIND range(0, size(rows) - 1) AS place
WITH place, rows[place] AS row
WHERE row[1] IS NOT NULL OR row[0] STARTS WITH 'warning'
RETURN row[0] AS figure, toFloat(row[1]) AS value, toFloat(row[2]) AS low, toFloat(row[3]) AS high, row[4] AS meaning
ORDER BY place, figure
LIMIT 100
