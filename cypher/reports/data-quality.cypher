// /// report
// format   = 1
// title    = "Data quality"
// question = "Is the data complete enough to trust the answers?"
// summary  = "What is in the graph and what is missing or odd, with what follows from it; `influence check run` names the rows"
// category = "data"
// owner    = "data"
// revision = 1
// maturity = "stable"
// key      = ["position"]
// timeout  = "120s"
// [params]
// limit = { type = "int", default = 100, min = 1, max = 1000, help = "How many lines to list" }
// [columns]
// position = { type = "int", title = "#", format = "d" }
// subject  = { type = "str", title = "About" }
// finding  = { type = "str", title = "Finding" }
// found    = { type = "int", title = "Found", format = ",d" }
// of       = { type = "int", title = "Of", format = ",d" }
// share    = { type = "float", title = "Share", format = ".1%" }
// status   = { type = "str", title = "Status" }
// meaning  = { type = "str", title = "What it means" }
// ///
// One pass per kind of node or tie. A line has a limit: the share above which its status turns from ok to look.
CALL () {
  MATCH (c:Customer)
  WITH count(*) AS n,
       count(CASE WHEN NOT EXISTS { (c)-[:FRIEND|FOLLOWS]-() } THEN 1 END) AS alone,
       count(CASE WHEN NOT EXISTS { (c)-[:BOUGHT]->() } THEN 1 END) AS silent,
       count(CASE WHEN c.opted_out THEN 1 END) AS opted_out,
       count(CASE WHEN c.joined_at IS NULL THEN 1 END) AS undated
  UNWIND [
    [10, 'customers', 'in the graph', n, null, null, 'everyone whom a file names'],
    [11, 'customers', 'without any tie', alone, n, 0.5, 'can neither influence nor be influenced'],
    [12, 'customers', 'without any purchase', silent, n, 0.5, 'count as friends, never as persuaders'],
    [13, 'customers', 'opted out', opted_out, n, null, 'get no score and appear in no segment'],
    [14, 'customers', 'without a joining date', undated, n, null, 'taken as customers since ever']
  ] AS line
  RETURN line
UNION ALL
  MATCH (:Customer)-[tie:FRIEND]->(:Customer)
  WITH count(tie) AS n,
       count(CASE WHEN tie.since IS NULL THEN 1 END) AS undated,
       count(CASE WHEN tie.until IS NOT NULL THEN 1 END) AS closed,
       count(CASE WHEN tie.until <= tie.since THEN 1 END) AS reversed
  UNWIND [
    [20, 'friendships', 'in the graph', n, null, null, 'undirected, each stored once'],
    [21, 'friendships', 'without a start date', undated, n, 0.5, 'count as if they had always existed'],
    [22, 'friendships', 'ended', closed, n, null, 'count until the day they ended'],
    [23, 'friendships', 'that end before they start', reversed, n, 0.0, 'never active: correct the dates']
  ] AS line
  RETURN line
UNION ALL
  MATCH (:Customer)-[tie:FOLLOWS]->(:Customer)
  WITH count(tie) AS n,
       count(CASE WHEN tie.since IS NULL THEN 1 END) AS undated,
       count(CASE WHEN tie.until IS NOT NULL THEN 1 END) AS closed,
       count(CASE WHEN tie.until <= tie.since THEN 1 END) AS reversed
  UNWIND [
    [30, 'follows', 'in the graph', n, null, null, 'directed: influence runs to the follower'],
    [31, 'follows', 'without a start date', undated, n, 0.5, 'count as if they had always existed'],
    [32, 'follows', 'ended', closed, n, null, 'count until the day they ended'],
    [33, 'follows', 'that end before they start', reversed, n, 0.0, 'never active: correct the dates']
  ] AS line
  RETURN line
UNION ALL
  MATCH (p:Product)
  WITH count(*) AS n,
       count(CASE WHEN NOT EXISTS { (p)-[:ABOUT]->() } THEN 1 END) AS untopical,
       count(CASE WHEN NOT EXISTS { (p)<-[:BOUGHT]-() } THEN 1 END) AS unsold
  UNWIND [
    [40, 'products', 'in the graph', n, null, null, 'everything that can be bought'],
    [41, 'products', 'without a topic', untopical, n, 0.2, 'their purchases count in no topic'],
    [42, 'products', 'never bought', unsold, n, 0.5, 'no evidence about them']
  ] AS line
  RETURN line
UNION ALL
  MATCH (c:Customer)-[b:BOUGHT]->(:Product)
  WITH count(b) AS n,
       count(CASE WHEN b.at IS NULL THEN 1 END) AS undated,
       count(CASE WHEN b.at > datetime() THEN 1 END) AS future,
       count(CASE WHEN b.at < c.joined_at THEN 1 END) AS early,
       count(CASE WHEN b.refunded THEN 1 END) AS refunded,
       count(CASE WHEN b.margin IS NULL THEN 1 END) AS no_margin,
       count(CASE WHEN b.first THEN 1 END) AS firsts,
       count(CASE WHEN b.first AND b.at = datetime.truncate('day', b.at) THEN 1 END) AS midnight
  UNWIND [
    [50, 'purchases', 'lines in the graph', n, null, null, 'one per order line'],
    [51, 'purchases', 'first of their customer and product', firsts, n, null, 'only these count for influence'],
    [52, 'purchases', 'first, dated to the day only', midnight, firsts, 0.5, 'same-day purchases have no order and are not counted'],
    [53, 'purchases', 'without a time', undated, n, 0.0, 'ignored: correct the source'],
    [54, 'purchases', 'dated in the future', future, n, 0.0, 'ignored until then: correct the source'],
    [55, 'purchases', 'before the customer joined', early, n, 0.01, 'joining dates or purchase times are wrong'],
    [56, 'purchases', 'refunded', refunded, n, 0.2, 'never count as first purchases'],
    [57, 'purchases', 'without a margin', no_margin, n, null, 'money measures do not apply to them']
  ] AS line
  RETURN line
UNION ALL
  OPTIONAL MATCH (:Customer)-[:SCORED]->(s:Score {run: $run})
  WITH count(s) AS n, sum(s.follow_on_count) AS follow_ons, sum(s.ties_dropped) AS dropped, COUNT { (:Customer) } AS customers
  UNWIND [
    [60, 'scores', 'customers in the current run', n, customers, null, 'opted-out customers have none'],
    [61, 'scores', 'follow-on purchases', follow_ons, null, null, 'a count, not proof'],
    [62, 'scores', 'pairs at the same instant', dropped, follow_ons + dropped, 0.2, 'dropped: nobody can say who was first']
  ] AS line
  RETURN line
}
WITH line[0] AS position, line[1] AS subject, line[2] AS finding, line[3] AS found, line[4] AS of, line[5] AS at_most,
     line[6] AS meaning
WITH position, subject, finding, found, of, at_most, meaning, CASE WHEN of > 0 THEN toFloat(found) / of END AS share
RETURN position, subject, finding, found, of, share,
       CASE WHEN at_most IS NULL OR share IS NULL THEN '' WHEN share > at_most THEN 'look' ELSE 'ok' END AS status,
       meaning
ORDER BY position
LIMIT $limit
