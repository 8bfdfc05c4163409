// /// report
// format   = 1
// title    = "Members against others"
// question = "Do members of our customer community buy more because they are members?"
// summary  = "Members against non-members, raw and matched: the raw difference includes whatever made members join; the matched one compares how margins changed, from the half-year before joining to the half-year after, with those of customers who were alike before"
// category = "voice"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["group_member"]
// key      = ["figure"]
// timeout  = "60s"
// [columns]
// figure  = { type = "str", title = "Figure" }
// value   = { type = "float", title = "Value", format = ",.1f" }
// low     = { type = "float", title = "From", format = ",.1f" }
// high    = { type = "float", title = "To", format = ",.1f" }
// meaning = { type = "str", title = "What it means" }
// ///
MATCH (run:Run {id: $run})
WITH run, toFloat(coalesce(run.value_unit, 100)) AS unit, coalesce(run.value_currency, 'money') AS currency
WITH [
  ['raw difference, %', 100 * run.membership_raw, null, null,
   'mean margin of members above that of others in the last window: NOT an effect, good customers join'],
  ['matched lift, %', 100 * run.membership_lift, 100 * run.membership_lift_low, 100 * run.membership_lift_high,
   CASE
     WHEN run.membership_lift_low > 0 THEN 'members spent more than they would have, as far as matching can tell; 95 % interval'
     WHEN run.membership_lift_high < 0 THEN 'members spent less than they would have, as far as matching can tell; 95 % interval'
     ELSE 'the 95 % interval includes 0: no change through membership is proved'
   END],
  ['matched change per member', run.membership_did / unit, run.membership_did_low / unit,
   run.membership_did_high / unit, currency + ' of margin per member and window, beyond what matched others changed; 95 % interval'],
  ['members compared', run.membership_matched, null, null, 'joined on a known day with both windows in the data, and somebody alike'],
  ['members not compared', run.membership_unmatched, null, null, 'nobody alike was found for them'],
  ['window in days', run.membership_window_days, null, null, 'before and after joining, each'],
  ['not known', CASE WHEN run.membership_status <> 'ok' THEN 0 END, null, null, CASE run.membership_status
    WHEN 'not_applicable' THEN 'no member joined on a known day with both windows in the data: only the raw figure exists'
    ELSE 'fewer than 30 members could be compared with somebody alike: too few to say more than the raw figure' END]
] AS rows
UNWIND range(0, size(rows) - 1) AS place
WITH place, rows[place] AS row
WHERE row[1] IS NOT NULL
RETURN row[0] AS figure, CASE row[0] WHEN 'not known' THEN null ELSE toFloat(row[1]) END AS value,
       toFloat(row[2]) AS low, toFloat(row[3]) AS high, row[4] AS meaning
ORDER BY place, figure
LIMIT 100
