// /// report
// format   = 1
// title    = "Ambassador shortlist"
// question = "Whom should we win as ambassadors, and how do we begin?"
// summary  = "One ranking that hides nothing: the score is the weighted mean of the known factors, each of which stands beside it; voice-summary lists the weights. Detractors are not ranked"
// category = "voice"
// owner    = "marketing"
// revision = 2
// maturity = "stable"
// needs    = ["ambassador_rank", "ambassador_score"]
// key      = ["customer_id"]
// pii      = ["name"]
// population = "scored-customers"
// timeout  = "60s"
// [params]
// limit = { type = "int", default = 25, min = 1, max = 10000, help = "How many customers to list" }
// topic = { type = "str", default = "", choices_query = "topics", help = "Only customers whose best topic this is, empty for all" }
// country = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id   = { type = "str", title = "Customer" }
// name          = { type = "str", title = "Name" }
// rank          = { type = "int", title = "Rank", format = "d" }
// score         = { type = "float", title = "Score", format = ".1f", help = "Weighted mean of the known factors, 0 to 100" }
// enthusiasm    = { type = "float", title = "Enthusiasm", format = ".0f", help = "Last NPS answer, 0-10 as 0-100; empty = unknown, left out of the mean" }
// topic_reach   = { type = "float", title = "Reach in topic", format = ".0f", help = "Percentile of reach in the best topic; empty = unknown, left out of the mean" }
// persuasion    = { type = "float", title = "Persuasion", format = ".0f", help = "Percentile of the persuasion rate; 0 unless certified; empty = unknown, left out of the mean" }
// referral      = { type = "float", title = "Referral value", format = ".0f", help = "Percentile of lifetime referral value; empty for those who invited nobody" }
// network_value = { type = "float", title = "Network value", format = ".0f", help = "Percentile of what others spend because of the customer; empty = unknown, left out of the mean" }
// willingness   = { type = "float", title = "Willingness", format = ".0f", help = "Stated willingness, 0-10 as 0-100; empty = unknown, left out of the mean" }
// known         = { type = "float", title = "Known", format = ".0%", help = "Share of all weight that is known" }
// topic         = { type = "str", title = "Best topic", help = "Where the reach is highest" }
// certified     = { type = "bool", title = "Certified persuader", help = "Empty: too little evidence to judge" }
// next_step     = { type = "str", title = "Next step", help = "By the rules in next_steps.toml" }
// why           = { type = "str", title = "Why" }
// country       = { type = "str", title = "Country" }
// ///
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.ambassador_rank IS NOT NULL AND ($topic = '' OR s.ambassador_topic = $topic)
  AND coalesce(c.opted_out, false) = false AND ($country = '' OR c.country = $country)
RETURN c.id AS customer_id, c.name AS name, toInteger(s.ambassador_rank) AS rank, s.ambassador_score AS score,
       s.ambassador_enthusiasm AS enthusiasm, s.ambassador_topic_reach AS topic_reach,
       s.ambassador_persuasion AS persuasion, s.ambassador_referral AS referral,
       s.ambassador_network_value AS network_value, s.ambassador_willingness AS willingness,
       s.ambassador_known AS known, s.ambassador_topic AS topic,
       CASE WHEN s.persuasion_status = 'ok' THEN s.certified_persuader END AS certified, s.next_step AS next_step,
       s.next_step_why AS why, c.country AS country
ORDER BY rank, customer_id
LIMIT $limit
