// /// report
// format   = 1
// title    = "Net promoter score"
// question = "Would our customers recommend us, and where more than elsewhere?"
// summary  = "Share of promoters (9-10) less share of detractors (0-6), with its standard error and 95 % interval, by wave, channel, circle of friends, topic, segment or country. Groups differ for sure only where their intervals are apart; below 30 answers only the interval is shown"
// category = "voice"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["nps_answer", "community", "topic_affinity"]
// key      = ["group"]
// timeout  = "60s"
// chart    = { mark = "interval", x = "group", y = "nps", low = "low", high = "high", title = "NPS with its 95 % interval" }
// [params]
// by = { type = "str", default = "wave", choices = ["all", "wave", "channel", "community", "topic", "segment", "country"], help = "What to compare: community = circle of friends, topic = the one the customer likes most" }
// wave = { type = "str", default = "", choices_query = "survey-waves", help = "Only this survey wave, empty for all" }
// channel = { type = "str", default = "", choices_query = "survey-channels", help = "Only answers given here, empty for all" }
// min_answers = { type = "int", default = 1, min = 1, max = 1000000, help = "Leave out groups with fewer answers" }
// limit = { type = "int", default = 25, min = 1, max = 10000, help = "How many groups to list" }
// [columns]
// group          = { type = "str", title = "Group" }
// answers        = { type = "int", title = "Customers who answered", format = ",d", help = "Each customer once" }
// promoters      = { type = "int", title = "Promoters", format = ",d", help = "9 or 10" }
// passives       = { type = "int", title = "Passives", format = ",d", help = "7 or 8" }
// detractors     = { type = "int", title = "Detractors", format = ",d", help = "0 to 6" }
// nps            = { type = "float", title = "NPS", format = ".1f", help = "Points from -100 to 100; empty below 30 answers" }
// standard_error = { type = "float", title = "Standard error", format = ".1f", help = "How far the score may be off by chance alone: 100 * sqrt((P + D - (P - D)^2) / n), P promoters and D detractors as shares of n answers" }
// low            = { type = "float", title = "From", format = ".1f", help = "95 % interval" }
// high           = { type = "float", title = "To", format = ".1f", help = "95 % interval" }
// ///
// NPS = 100 (P - D), SE = 100 sqrt((P + D - (P - D)^2) / n); the interval adds three pseudo-answers (docs/metrics.md 6).
// A customer counts once in a group, with the last answer there; of two at one instant, the higher one.
MATCH (run:Run {id: $run})
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run}), (c)-[:ANSWERED]->(r:Response {kind: 'nps'})
WHERE r.at <= run.as_of AND coalesce(c.opted_out, false) = false
  AND ($wave = '' OR r.wave = $wave) AND ($channel = '' OR r.channel = $channel)
WITH c, r, CASE $by
    WHEN 'wave' THEN r.wave
    WHEN 'channel' THEN r.channel
    WHEN 'community' THEN toString(s.community)
    WHEN 'topic' THEN head(COLLECT {
      MATCH (s)-[:IN_TOPIC]->(ts:TopicScore {run: $run})-[:OF]->(t:Topic)
      WHERE ts.topic_affinity IS NOT NULL
      RETURN t.id AS topic
      ORDER BY ts.topic_affinity DESC, t.id
      LIMIT 1
    })
    WHEN 'segment' THEN c.segment
    WHEN 'country' THEN c.country
    ELSE 'all customers'
  END AS group
WHERE group IS NOT NULL
ORDER BY r.at DESC, r.score DESC
WITH group, c, head(collect(r.score)) AS score
WITH group, toFloat(count(*)) AS n, toFloat(count(CASE WHEN score >= 9 THEN 1 END)) AS promoters,
     toFloat(count(CASE WHEN score <= 6 THEN 1 END)) AS detractors
WHERE n >= $min_answers
WITH group, n, promoters, detractors, promoters / n AS up, detractors / n AS down,
     (promoters + 0.75) / (n + 3) AS up3, (detractors + 0.75) / (n + 3) AS down3
WITH group, n, promoters, detractors, 100 * (up - down) AS nps, 100 * sqrt((up + down - (up - down) ^ 2) / n) AS se,
     100 * (up3 - down3) AS middle, 100 * sqrt((up3 + down3 - (up3 - down3) ^ 2) / (n + 3)) AS spread
RETURN group, toInteger(n) AS answers, toInteger(promoters) AS promoters,
       toInteger(n - promoters - detractors) AS passives, toInteger(detractors) AS detractors,
       CASE WHEN n >= 30 THEN nps END AS nps, CASE WHEN n >= 30 THEN se END AS standard_error,
       CASE WHEN middle - 1.96 * spread < -100 THEN -100.0 ELSE middle - 1.96 * spread END AS low,
       CASE WHEN middle + 1.96 * spread > 100 THEN 100.0 ELSE middle + 1.96 * spread END AS high
ORDER BY CASE WHEN $by = 'wave' THEN group ELSE '' END, answers DESC, group
LIMIT $limit
