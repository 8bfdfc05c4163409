// /// report
// format   = 1
// title    = "Reach at a glance"
// question = "How connected are our customers, and from where on is someone a super-connector?"
// summary  = "Spread of each reach measure over all scored customers, and the number of friends from which the super-connector rule holds"
// category = "reach"
// owner    = "data"
// revision = 1
// maturity = "stable"
// needs    = ["friend_count"]
// key      = ["measure"]
// timeout  = "120s"
// [params]
// limit = { type = "int", default = 25, min = 1, max = 100, help = "How many measures to list" }
// [columns]
// measure   = { type = "str", title = "Measure" }
// customers = { type = "int", title = "Customers", format = ",d" }
// mean      = { type = "float", title = "Mean", format = ",.2f" }
// p50       = { type = "float", title = "P50", format = ",.1f" }
// p90       = { type = "float", title = "P90", format = ",.1f" }
// p99       = { type = "float", title = "P99", format = ",.1f" }
// largest   = { type = "float", title = "Largest", format = ",.1f" }
// threshold = { type = "float", title = "Super-connector from", format = ",.1f" }
// flagged   = { type = "int", title = "Super-connectors", format = ",d" }
// ///
// Super-connector: friends >= max(P99, median * exp(3 * MAD of ln(1 + friends))); no threshold under 100 customers.
UNWIND ['friend_count', 'friends_in', 'friends_out', 'friends_mutual', 'two_hop_reach', 'external_reach'] AS measure
MATCH (:Customer)-[:SCORED]->(s:Score {run: $run})
WITH measure, toFloat(s[measure]) AS value, s.super_connector AS flag
WITH measure, count(value) AS customers, avg(value) AS mean, percentileCont(value, 0.5) AS p50,
     percentileCont(value, 0.9) AS p90, percentileCont(value, 0.99) AS p99, max(value) AS largest,
     percentileCont(log(1 + value), 0.5) AS middle, count(CASE WHEN flag THEN 1 END) AS flagged
WHERE customers > 0
CALL (measure, middle) {
  MATCH (:Customer)-[:SCORED]->(s:Score {run: $run})
  WHERE measure = 'friend_count' AND s.friend_count IS NOT NULL
  RETURN percentileCont(abs(log(1 + s.friend_count) - middle), 0.5) AS mad
}
WITH measure, customers, mean, p50, p90, p99, largest, flagged, measure = 'friend_count' AND customers >= 100 AS ruled,
     p50 * exp(3 * mad) AS far
RETURN measure, customers, mean, p50, p90, p99, largest,
       CASE WHEN ruled THEN CASE WHEN p99 > far THEN p99 ELSE far END END AS threshold,
       CASE WHEN measure = 'friend_count' THEN flagged END AS flagged
ORDER BY measure
LIMIT $limit
