// /// report
// format   = 1
// title    = "Referrals that do not count"
// question = "Which referrals are left out of all value, and why?"
// summary  = "Every referral that is refused, self-made, part of a ring, a duplicate, of somebody who was a customer already, or whose order went back; the first reason that holds is given"
// category = "value"
// owner    = "marketing"
// revision = 2
// maturity = "stable"
// needs    = ["referral_excluded"]
// key      = ["referrer_id", "referred_id"]
// pii      = ["referrer_name", "referred_name"]
// timeout  = "60s"
// [params]
// limit  = { type = "int", default = 50, min = 1, max = 10000, help = "How many referrals to list" }
// reason = { type = "str", default = "", choices = ["", "pending", "refused", "undated", "self", "ring", "duplicate", "already customer", "reversed order"], help = "Only this reason, empty for all exclusions; pending ones are listed only when asked for" }
// [columns]
// reason        = { type = "str", title = "Reason" }
// why           = { type = "str", title = "Why" }
// referrer_id   = { type = "str", title = "Referrer" }
// referrer_name = { type = "str", title = "Referrer's name" }
// referred_id   = { type = "str", title = "Referred" }
// referred_name = { type = "str", title = "Referred person's name" }
// at            = { type = "datetime", title = "Invited", help = "Empty if not recorded" }
// stage         = { type = "str", title = "Status", help = "How far the programme says it got" }
// incentive     = { type = "float", title = "Incentive", format = ",.2f", unit = "currency", help = "Paid for it on record" }
// ///
// A referral stands on the score of its referrer, so those of customers who have opted out are counted in the funnel and not listed.
MATCH (run:Run {id: $run})
WITH toFloat(coalesce(run.value_unit, 100)) AS unit
MATCH (a:Customer)-[:SCORED]->(s:Score {run: $run})-[r:REVIEWED]->(b:Customer)
WHERE coalesce(a.opted_out, false) = false AND coalesce(b.opted_out, false) = false
  AND CASE $reason WHEN '' THEN NOT r.verdict IN ['accepted', 'pending'] ELSE replace(r.verdict, '_', ' ') = $reason END
OPTIONAL MATCH (a)-[asked:REFERRED]->(b)
WITH a, b, r, unit, min(asked.at) AS at
RETURN replace(r.verdict, '_', ' ') AS reason, CASE r.verdict
         WHEN 'pending' THEN 'waits: the first order can still be sent back'
         WHEN 'refused' THEN 'the programme refused it'
         WHEN 'undated' THEN 'nobody knows when it was made'
         WHEN 'self' THEN 'referred themselves: same e-mail, phone, device, address or household'
         WHEN 'ring' THEN 'the people behind it refer one another in a circle'
         WHEN 'duplicate' THEN 'the same person was referred before, or is a customer under another account'
         WHEN 'already_customer' THEN 'had bought before the invitation'
         WHEN 'reversed_order' THEN 'everything that was bought went back'
         ELSE 'counts'
       END AS why, a.id AS referrer_id, a.name AS referrer_name, b.id AS referred_id,
       b.name AS referred_name, at, r.stage AS stage, r.incentive / unit AS incentive
ORDER BY reason, at DESC, referrer_id, referred_id
LIMIT $limit
