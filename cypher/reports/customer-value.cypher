// /// report
// format   = 1
// title    = "Value of a customer, bucket by bucket"
// question = "What is this customer worth, by own purchases, by people brought and by people persuaded?"
// summary  = "Each sale of the shop is in one bucket of one customer, so the buckets add up to the last row; history and plan are never added to each other. What is earned by persuasion is an estimate under stated assumptions"
// category = "value"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["clnv", "past_customer_value"]
// key      = ["bucket"]
// timeout  = "30s"
// [params]
// customer = { type = "str", help = "Id of the customer" }
// [columns]
// bucket  = { type = "str", title = "Bucket" }
// so_far  = { type = "float", title = "So far", format = ",.2f", unit = "currency", help = "Margin of the past" }
// to_come = { type = "float", title = "To come", format = ",.2f", unit = "currency", help = "Expected margin over the horizon of the run, discounted; empty when lifetime value is unknown" }
// meaning = { type = "str", title = "What it is" }
// ///
MATCH (run:Run {id: $run})
WITH toFloat(coalesce(run.value_unit, 100)) AS unit
MATCH (:Customer {id: $customer})-[:SCORED]->(s:Score {run: $run})
WHERE s.clnv IS NOT NULL
UNWIND [
  {place: 1, bucket: 'Own purchases', so_far: s.past_customer_value, to_come: s.clv,
   meaning: 'margin of what the customer buys'},
  {place: 2, bucket: 'Credited to others', so_far: -s.credited_away, to_come: -s.cev_credited_away,
   meaning: 'part of it that is owed to those who brought or persuaded the customer'},
  {place: 3, bucket: 'By referral', so_far: s.earned_by_referral, to_come: s.cev_referral,
   meaning: 'part of what the people they brought buy; those who would have come anyway do not count'},
  {place: 4, bucket: 'By persuasion', so_far: s.earned_by_persuasion, to_come: s.cev_influence,
   meaning: 'part of what friends buy because of the customer: an estimate'},
  {place: 5, bucket: 'Total', so_far: s.clnv, to_come: s.cev,
   meaning: 'net value: over all customers it adds up to the margin of the shop'}
] AS row
RETURN row.bucket AS bucket, row.so_far / unit AS so_far, row.to_come / unit AS to_come, row.meaning AS meaning
ORDER BY row.place, bucket
LIMIT 5
