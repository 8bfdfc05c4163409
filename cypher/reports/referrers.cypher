// /// report
// format     = 1
// title      = "Referrers by value"
// question   = "Who brings customers that would not have come otherwise, and what are they worth?"
// summary    = "Referrers by customer referral value within a year of each invitation, split into customers who would not have come (type one) and those who would have (type two: saved cost only)"
// category   = "value"
// owner      = "marketing"
// revision   = 1
// maturity   = "stable"
// needs      = ["crv", "crv_type_one"]
// key        = ["customer_id"]
// pii        = ["name"]
// population = "scored-customers"
// timeout    = "60s"
// chart      = { mark = "bar", x = "customer_id", y = "crv" }
// [params]
// limit   = { type = "int", default = 25, min = 1, max = 10000, help = "How many customers to list" }
// country = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id     = { type = "str", title = "Customer" }
// name            = { type = "str", title = "Name" }
// crv             = { type = "float", title = "Referral value", format = ",.2f", unit = "currency", help = "Within a year of each invitation: type one and type two together" }
// type_one        = { type = "float", title = "Type one", format = ",.2f", unit = "currency", help = "Margin of those who would not have come otherwise, less incentive and upkeep" }
// type_two        = { type = "float", title = "Type two", format = ",.2f", unit = "currency", help = "Only the cost of winning them was saved" }
// naive           = { type = "float", title = "If nobody had come anyway", format = ",.2f", unit = "currency", help = "The naive figure, for comparison" }
// p_two           = { type = "float", title = "Would have come anyway", format = ".0%" }
// invites         = { type = "int", title = "Invitations", format = ",d" }
// customers       = { type = "int", title = "Customers won", format = ",d" }
// profitable      = { type = "int", title = "Profitable", format = ",d", help = "Customers won whose margin so far exceeds what was paid for them" }
// excluded        = { type = "int", title = "Do not count", format = ",d", help = "Self-referrals, rings, duplicates, people who were customers already, orders sent back" }
// referred_margin = { type = "float", title = "Their margin", format = ",.2f", unit = "currency", help = "Within a year of the invitation, in full" }
// lifetime        = { type = "float", title = "Lifetime referral value", format = ",.2f", unit = "currency", help = "Lifetime values down the tree of referrals, times the chance that they would not have come otherwise: a plan" }
// one_hop         = { type = "float", title = "Own and referred revenue", format = ",.2f", unit = "currency", help = "One hop, counts a sale twice: only to compare with other tools" }
// incentives      = { type = "float", title = "Incentives paid", format = ",.2f", unit = "currency" }
// roi             = { type = "float", title = "Return on relationship", format = ".0%", help = "What others spent because of the customer, first orders and persuasion, less cost, over cost" }
// country         = { type = "str", title = "Country" }
// p_two_source    = { type = "str", title = "Who would have come: source", help = "Where the share of those who would have come anyway is known from" }
// ///
MATCH (run:Run {id: $run})
WITH run, toFloat(coalesce(run.value_unit, 100)) AS unit
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.crv IS NOT NULL AND coalesce(c.opted_out, false) = false AND ($country = '' OR c.country = $country)
RETURN c.id AS customer_id, c.name AS name, s.crv / unit AS crv, s.crv_type_one / unit AS type_one,
       s.crv_type_two / unit AS type_two, s.crv_all_type_one / unit AS naive, run.value_p_two AS p_two,
       s.referral_invites AS invites, s.referral_customers AS customers,
       s.referral_profitable AS profitable, s.referral_excluded AS excluded, s.referred_margin / unit AS referred_margin,
       s.lifetime_referral_value / unit AS lifetime, s.extended_customer_revenue / unit AS one_hop,
       s.referral_incentives / unit AS incentives, s.return_on_relationship AS roi, c.country AS country,
       run.value_p_two_source AS p_two_source
ORDER BY crv DESC, customer_id
LIMIT $limit
