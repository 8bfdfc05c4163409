// /// report
// format   = 1
// title    = "When a customer leaves, do friends leave, too?"
// question = "Does leaving spread among friends?"
// summary  = "Friends who leave within 30 days of a customer, against the number expected from people like them in the same days. A hazard ratio whose interval lies above 1 says that leaving spreads: an estimate under stated assumptions. Where only silence tells that somebody has left, some of the silent have not, and the ratio comes out too small"
// category = "voice"
// owner    = "data"
// revision = 1
// maturity = "stable"
// key      = ["who"]
// timeout  = "60s"
// [columns]
// who         = { type = "str", title = "Who left", help = "By the last answer to whether they would recommend you: detractors answered 6 or less" }
// lapses      = { type = "int", title = "Customers who left", format = ",d", help = "With at least one friend who was a customer that day" }
// friends     = { type = "int", title = "Friends at risk", format = ",d", help = "A friend of two who left counts twice" }
// observed    = { type = "int", title = "Left after them", format = ",d" }
// expected    = { type = "float", title = "Expected anyway", format = ",.1f", help = "Number expected from customers of the same tenure, activity and segment in the same days" }
// ratio       = { type = "float", title = "Observed over expected", format = ".2f" }
// low         = { type = "float", title = "From", format = ".2f", help = "95 % interval of observed over expected" }
// high        = { type = "float", title = "To", format = ".2f" }
// hazard      = { type = "float", title = "Hazard ratio", format = ".2f", help = "Observed over expected, divided by the same two to five months later, which is what friends have in common" }
// hazard_low  = { type = "float", title = "Hazard ratio from", format = ".2f", help = "95 % interval" }
// hazard_high = { type = "float", title = "Hazard ratio to", format = ".2f" }
// reading     = { type = "str", title = "Reading" }
// lapse_rule  = { type = "str", title = "When a customer has left", help = "The lapse rule of the run, the same for all rows; `influence compute run --lapse` sets another" }
// ///
MATCH (run:Run {id: $run})
WITH run, coalesce(run.contagion_groups, []) AS groups
UNWIND range(0, size(groups) - 1) AS place
WITH run, groups, place, run.contagion_hazard_low[place] AS hazard_low, run.contagion_hazard_high[place] AS hazard_high,
     run.contagion_expected[place] AS expected
WHERE run.contagion_lapses[place] > 0
RETURN groups[place] AS who, toInteger(run.contagion_lapses[place]) AS lapses,
       toInteger(run.contagion_at_risk[place]) AS friends, toInteger(run.contagion_observed[place]) AS observed, expected,
       CASE WHEN NOT isNaN(run.contagion_ratio[place]) THEN run.contagion_ratio[place] END AS ratio,
       CASE WHEN NOT isNaN(run.contagion_low[place]) THEN run.contagion_low[place] END AS low,
       CASE WHEN NOT isNaN(run.contagion_high[place]) THEN run.contagion_high[place] END AS high,
       CASE WHEN NOT isNaN(run.contagion_hazard[place]) THEN run.contagion_hazard[place] END AS hazard,
       CASE WHEN NOT isNaN(hazard_low) THEN hazard_low END AS hazard_low,
       CASE WHEN NOT isNaN(hazard_high) THEN hazard_high END AS hazard_high,
       CASE WHEN expected < 30 OR isNaN(hazard_low) THEN 'too few to tell'
            WHEN hazard_low > 1 THEN 'friends leave more often than expected'
            WHEN hazard_high < 1 THEN 'friends leave less often than expected'
            ELSE 'no difference proved' END AS reading,
       CASE place WHEN 0 THEN run.contagion_rule END AS lapse_rule
ORDER BY place, who
LIMIT 10
