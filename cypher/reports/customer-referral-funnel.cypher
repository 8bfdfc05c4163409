// /// report
// format   = 1
// title    = "Referral funnel of a customer"
// question = "How many people has this customer brought, and what is that worth?"
// summary  = "One customer's invitations as far as they count, and their value without those who would have come anyway; where that share comes from stands beside it"
// category = "value"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["referral_invites"]
// key      = ["customer_id"]
// timeout  = "30s"
// [params]
// customer = { type = "str", help = "Id of the customer" }
// [columns]
// customer_id             = { type = "str", title = "Customer" }
// invites                 = { type = "int", title = "Invited", format = ",d", help = "Without those that do not count" }
// leads                   = { type = "int", title = "Answered", format = ",d" }
// customers               = { type = "int", title = "Became customers", format = ",d" }
// profitable              = { type = "int", title = "Earn more than they cost", format = ",d", help = "Customers won whose margin so far exceeds what was paid for them" }
// excluded                = { type = "int", title = "Do not count", format = ",d", help = "Self-referrals, rings, duplicates, people who were customers already, orders sent back" }
// crv                     = { type = "float", title = "Referral value (one year)", format = ",.2f", unit = "currency", help = "Margin of those who would not have come otherwise, and the saved cost of winning those who would" }
// crv_all_type_one        = { type = "float", title = "If nobody had come anyway", format = ",.2f", unit = "currency", help = "The naive figure, for comparison" }
// p_two                   = { type = "float", title = "Would have come anyway", format = ".0%" }
// p_two_source            = { type = "str", title = "Known from", help = "Where the share of those who would have come anyway is known from" }
// lifetime_referral_value = { type = "float", title = "With friends of friends", format = ",.2f", unit = "currency", help = "Lifetime value down the tree of referrals" }
// incentives              = { type = "float", title = "Incentives paid", format = ",.2f", unit = "currency" }
// return_on_relationship  = { type = "float", title = "Return on incentives", format = ",.1f", help = "Margin credited from others less costs, over costs" }
// ///
MATCH (run:Run {id: $run})
WITH run, toFloat(coalesce(run.value_unit, 100)) AS unit
MATCH (c:Customer {id: $customer})-[:SCORED]->(s:Score {run: $run})
WHERE s.referral_invites IS NOT NULL OR s.referral_excluded > 0
RETURN c.id AS customer_id, toInteger(s.referral_invites) AS invites, toInteger(s.referral_leads) AS leads, toInteger(s.referral_customers) AS customers,
       toInteger(s.referral_profitable) AS profitable, toInteger(s.referral_excluded) AS excluded, s.crv / unit AS crv,
       s.crv_all_type_one / unit AS crv_all_type_one, CASE WHEN s.crv IS NOT NULL THEN run.value_p_two END AS p_two,
       CASE WHEN s.crv IS NOT NULL THEN run.value_p_two_source END AS p_two_source,
       s.lifetime_referral_value / unit AS lifetime_referral_value, s.referral_incentives / unit AS incentives,
       s.return_on_relationship AS return_on_relationship
ORDER BY customer_id
LIMIT 1
