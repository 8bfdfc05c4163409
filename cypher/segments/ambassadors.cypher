// /// segment
// format   = 1
// title    = "Ambassadors"
// question = "Whom should we invite to become ambassadors?"
// summary  = "Customers on the shortlist, ranked by the weighted mean of enthusiasm, reach in a topic, certified persuasion, referral and network value and willingness"
// category = "voice"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["ambassador_rank", "ambassador_score"]
// key      = ["customer_id"]
// population = "scored-customers"
// timeout  = "60s"
// [params]
// limit = { type = "int", default = 1000, min = 1, max = 1000000, help = "At most this many customers" }
// topic = { type = "str", default = "", choices_query = "topics", help = "Only customers whose best topic this is, empty for all" }
// country = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id   = { type = "str", title = "Customer" }
// rank          = { type = "int", title = "Rank", format = "d" }
// score         = { type = "float", title = "Score", format = ".1f", help = "Weighted mean of the known factors, 0 to 100" }
// enthusiasm    = { type = "float", title = "Enthusiasm", format = ".0f", help = "Last NPS answer, 0-10 as 0-100; empty = unknown, left out of the mean" }
// topic_reach   = { type = "float", title = "Reach in topic", format = ".0f", help = "Percentile of reach in the best topic; empty = unknown, left out of the mean" }
// persuasion    = { type = "float", title = "Persuasion", format = ".0f", help = "Percentile of the persuasion rate; 0 unless certified; empty = unknown, left out of the mean" }
// referral      = { type = "float", title = "Referral value", format = ".0f", help = "Percentile of lifetime referral value; empty for those who invited nobody" }
// network_value = { type = "float", title = "Network value", format = ".0f", help = "Percentile of what others spend because of the customer; empty = unknown, left out of the mean" }
// willingness   = { type = "float", title = "Willingness", format = ".0f", help = "Stated willingness, 0-10 as 0-100; empty = unknown, left out of the mean" }
// next_step     = { type = "str", title = "Next step", help = "By the rules in next_steps.toml" }
// ///
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.ambassador_shortlisted AND ($topic = '' OR s.ambassador_topic = $topic)
  AND coalesce(c.opted_out, false) = false AND coalesce(c.closed_at > datetime(), true) AND ($country = '' OR c.country = $country)
RETURN c.id AS customer_id, toInteger(s.ambassador_rank) AS rank, s.ambassador_score AS score,
       s.ambassador_enthusiasm AS enthusiasm, s.ambassador_topic_reach AS topic_reach,
       s.ambassador_persuasion AS persuasion, s.ambassador_referral AS referral,
       s.ambassador_network_value AS network_value, s.ambassador_willingness AS willingness, s.next_step AS next_step
ORDER BY rank, customer_id
LIMIT $limit
