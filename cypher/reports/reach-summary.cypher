// /// report
// format   = 1
// title    = "Reach at a glance"
// question = "How connected are our customers, and from how many friends on is somebody a super-connector?"
// summary  = "Spread of each reach measure over all scored customers, and the number of friends from which the super-connector rule holds"
// category = "reach"
// owner    = "data"
// revision = 2
// maturity = "stable"
// needs    = ["friend_count"]
// key      = ["measure"]
// timeout  = "120s"
// [columns]
// measure   = { type = "str", title = "Measure" }
// customers = { type = "int", title = "Customers", format = ",d" }
// p50       = { type = "float", title = "Half have at most", format = ",.1f" }
// p90       = { type = "float", title = "90 % have at most", format = ",.1f" }
// p99       = { type = "float", title = "99 % have at most", format = ",.1f" }
// largest   = { type = "float", title = "Largest", format = ",.1f" }
// threshold = { type = "float", title = "Super-connector from", format = ",.1f" }
// flagged   = { type = "int", title = "Super-connectors", format = ",d" }
// mean      = { type = "float", title = "Mean", format = ",.2f" }
// ///
// The threshold is the one that the run used: friends >= max(P99, median * exp(3 * MAD of ln(1 + friends))), from 100
// customers on.
MATCH (run:Run {id: $run})
UNWIND [['friend_count', 'friends'], ['friends_in', 'people who listen'], ['friends_out', 'people listened to'],
        ['friends_mutual', 'friends both ways'], ['two_hop_reach', 'friends and their friends'],
        ['external_reach', 'followers elsewhere']] AS one
MATCH (:Customer)-[:SCORED]->(s:Score {run: $run})
WITH run, one[1] AS measure, toFloat(s[one[0]]) AS value, s.super_connector AS flag
WITH run, measure, count(value) AS customers, avg(value) AS mean, percentileCont(value, 0.5) AS p50,
     percentileCont(value, 0.9) AS p90, percentileCont(value, 0.99) AS p99, max(value) AS largest,
     count(CASE WHEN flag THEN 1 END) AS flagged
WHERE customers > 0
RETURN measure, customers, p50, p90, p99, largest,
       CASE WHEN measure = 'friends' THEN toFloat(run.super_connector_threshold) END AS threshold,
       CASE WHEN measure = 'friends' THEN flagged END AS flagged,
       mean
ORDER BY measure
LIMIT 100
