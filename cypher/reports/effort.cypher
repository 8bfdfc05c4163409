// /// report
// format   = 1
// title    = "Customer effort score"
// question = "Is it easy to deal with us, and where less than elsewhere?"
// summary  = "Mean agreement from 1 to 7 that it was easy (CES 2.0), with standard error and 95 % interval, and the share of answers of 5 and more. Below 30 answers only the interval is shown"
// category = "voice"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["effort_answer", "community", "topic_affinity"]
// key      = ["group"]
// timeout  = "60s"
// chart    = { mark = "interval", x = "group", y = "ces", low = "low", high = "high", title = "Effort score with its 95 % interval" }
// [params]
// by = { type = "str", default = "channel", choices = ["all", "wave", "channel", "community", "topic", "segment", "country"], help = "What to compare: community = circle of friends, topic = the one the customer likes most" }
// wave = { type = "str", default = "", choices_query = "survey-waves", help = "Only this survey wave, empty for all" }
// channel = { type = "str", default = "", choices_query = "survey-channels", help = "Only answers given here, empty for all" }
// min_answers = { type = "int", default = 1, min = 1, max = 1000000, help = "Leave out groups with fewer answers" }
// limit = { type = "int", default = 25, min = 1, max = 10000, help = "How many groups to list" }
// [columns]
// group          = { type = "str", title = "Group" }
// answers        = { type = "int", title = "Customers who answered", format = ",d", help = "Each customer once" }
// ces            = { type = "float", title = "Effort score", format = ".2f", help = "1 (hard) to 7 (easy); empty below 30 answers" }
// standard_error = { type = "float", title = "Standard error", format = ".2f", help = "How far the score may be off by chance alone" }
// share_easy     = { type = "float", title = "Easy", format = ".0%", help = "Answers of 5, 6 or 7" }
// low            = { type = "float", title = "From", format = ".2f", help = "95 % interval; empty for a single answer" }
// high           = { type = "float", title = "To", format = ".2f", help = "95 % interval" }
// ///
// CES = mean of 1-7, SE = standard deviation / sqrt(n) (docs/metrics.md 6).
// A customer counts once in a group, with the last answer there; of two at one instant, the higher one.
MATCH (run:Run {id: $run})
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run}), (c)-[:ANSWERED]->(r:Response {kind: 'ces'})
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
WITH group, count(*) AS n, avg(score) AS mean, stDev(score) / sqrt(count(*)) AS se,
     toFloat(count(CASE WHEN score >= 5 THEN 1 END)) / count(*) AS easy
WHERE n >= $min_answers
RETURN group, n AS answers, CASE WHEN n >= 30 THEN mean END AS ces, CASE WHEN n >= 30 THEN se END AS standard_error,
       CASE WHEN n >= 30 THEN easy END AS share_easy,
       CASE WHEN n < 2 THEN null WHEN mean - 1.96 * se < 1 THEN 1.0 ELSE mean - 1.96 * se END AS low,
       CASE WHEN n < 2 THEN null WHEN mean + 1.96 * se > 7 THEN 7.0 ELSE mean + 1.96 * se END AS high
ORDER BY CASE WHEN $by = 'wave' THEN group ELSE '' END, answers DESC, group
LIMIT $limit
