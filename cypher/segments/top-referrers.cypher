// /// segment
// format     = 1
// title      = "Top referrers"
// question   = "Whom should we thank for bringing customers?"
// summary    = "Referrers by customer referral value: margin of customers who would not have come otherwise, and saved cost; self-referrals, rings and duplicates do not count"
// category   = "value"
// owner      = "marketing"
// revision   = 1
// maturity   = "stable"
// needs      = ["crv", "referral_customers"]
// key        = ["customer_id"]
// population = "scored-customers"
// timeout    = "60s"
// [params]
// limit   = { type = "int", default = 1000, min = 1, max = 1000000, help = "At most this many customers" }
// country = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id = { type = "str", title = "Customer" }
// crv         = { type = "float", title = "Referral value", format = ",.2f", unit = "currency", help = "Margin of those who would not have come otherwise, and the saved cost of winning those who would" }
// customers   = { type = "int", title = "Customers won", format = ",d" }
// invites     = { type = "int", title = "Invitations", format = ",d" }
// incentives  = { type = "float", title = "Incentives paid", format = ",.2f", unit = "currency" }
// ///
MATCH (run:Run {id: $run})
WITH toFloat(coalesce(run.value_unit, 100)) AS unit
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.crv > 0 AND coalesce(c.opted_out, false) = false AND coalesce(c.closed_at > datetime(), true) AND ($country = '' OR c.country = $country)
RETURN c.id AS customer_id, s.crv / unit AS crv, s.referral_customers AS customers, s.referral_invites AS invites,
       s.referral_incentives / unit AS incentives
ORDER BY crv DESC, customer_id
LIMIT $limit
