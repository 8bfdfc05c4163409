// /// segment
// format   = 1
// title    = "Willing advocates"
// question = "Whom can we ask for a reference, a case study, a talk, a review, a beta test or advice?"
// summary  = "Customers who are willing, are no detractors and owe us no answer to an earlier ask"
// category = "voice"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["willingness", "willing_to", "nps_group"]
// key      = ["customer_id"]
// population = "scored-customers"
// timeout  = "60s"
// [params]
// limit = { type = "int", default = 1000, min = 1, max = 1000000, help = "At most this many customers" }
// min_willingness = { type = "float", default = 7.0, min = 0.0, max = 10.0, help = "Stated willingness of at least this, 0 to 10" }
// kind = { type = "str", default = "", choices_query = "advocacy-kinds", help = "Only customers who offered this kind, empty for all" }
// country = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id = { type = "str", title = "Customer" }
// willingness = { type = "float", title = "Willingness", format = ".0f", help = "Stated, 0 to 10; empty if never asked" }
// willing_to  = { type = "str", title = "Willing to", help = "Offered and not declined since" }
// untapped    = { type = "str", title = "Offer not taken up", help = "Offered, never done and not asked for since" }
// done        = { type = "str", title = "Done", help = "What the customer did for you, ever" }
// group       = { type = "str", title = "NPS group", help = "promoter 9-10, passive 7-8, detractor 0-6; empty if never asked" }
// ///
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE (s.willingness >= $min_willingness OR s.willing_to IS NOT NULL) AND coalesce(s.nps_group, '') <> 'detractor' AND
  s.asks_outstanding IS NULL AND ($kind = '' OR $kind IN split(s.willing_to, ', '))
  AND coalesce(c.opted_out, false) = false AND coalesce(c.closed_at > datetime(), true) AND ($country = '' OR c.country = $country)
RETURN c.id AS customer_id, s.willingness AS willingness, s.willing_to AS willing_to, s.untapped_asks AS untapped,
       s.advocacy_done AS done, s.nps_group AS group
ORDER BY coalesce(s.willingness, -1.0) DESC, coalesce(s.ambassador_score, -1.0) DESC, customer_id
LIMIT $limit
