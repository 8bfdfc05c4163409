// /// report
// format   = 1
// title    = "Data quality"
// question = "Is the data complete enough to trust the answers?"
// summary  = "What is in the graph and what is missing or odd; `influence check run` names the rows"
// category = "data"
// owner    = "data"
// revision = 1
// maturity = "stable"
// key      = ["finding"]
// timeout  = "120s"
// [columns]
// finding = { type = "str", title = "Finding" }
// found   = { type = "int", title = "Found", format = ",d" }
// share   = { type = "float", title = "Share", format = ".1%" }
// status  = { type = "str", title = "Status" }
// meaning = { type = "str", title = "What it means" }
// of      = { type = "int", title = "Of", format = ",d" }
// ///
// Needs no run: data is looked at before the first one. One pass per kind of node or tie. A line is place, finding, found, of how many, the share above which its status
// turns from ok to look (null: no limit), and what it means.
CALL () {
  MATCH (c:Customer)
  WITH count(*) AS n,
       count(CASE WHEN NOT EXISTS { (c)-[:FRIEND|FOLLOWS]-() } THEN 1 END) AS alone,
       count(CASE WHEN NOT EXISTS { (c)-[:BOUGHT]->() } THEN 1 END) AS silent,
       count(CASE WHEN c.opted_out THEN 1 END) AS opted_out,
       count(CASE WHEN c.joined_at IS NULL THEN 1 END) AS undated
  UNWIND [
    [10, 'customers', n, null, null, 'everyone whom a file names'],
    [11, 'customers without any tie', alone, n, 0.5, 'can neither influence nor be influenced'],
    [12, 'customers without purchases', silent, n, 0.5, 'count as friends, never as persuaders'],
    [13, 'customers who opted out', opted_out, n, null, 'get no score, appear in no segment'],
    [14, 'customers without joining date', undated, n, null, 'taken as customers from the beginning']
  ] AS line
  RETURN line
UNION ALL
  MATCH (:Customer)-[tie:FRIEND]->(:Customer)
  WITH count(tie) AS n,
       count(CASE WHEN tie.since IS NULL THEN 1 END) AS undated,
       count(CASE WHEN tie.until IS NOT NULL THEN 1 END) AS closed,
       count(CASE WHEN tie.until <= tie.since THEN 1 END) AS reversed
  UNWIND [
    [20, 'friendships', n, null, null, 'undirected, each stored once'],
    [21, 'friendships without start date', undated, n, 0.5, 'count as if they had always existed'],
    [22, 'friendships that ended', closed, n, null, 'count until the day they ended'],
    [23, 'friendships ending before start', reversed, n, 0.0, 'never active: correct the dates']
  ] AS line
  RETURN line
UNION ALL
  MATCH (:Customer)-[tie:FOLLOWS]->(:Customer)
  WITH count(tie) AS n,
       count(CASE WHEN tie.since IS NULL THEN 1 END) AS undated,
       count(CASE WHEN tie.until IS NOT NULL THEN 1 END) AS closed,
       count(CASE WHEN tie.until <= tie.since THEN 1 END) AS reversed
  UNWIND [
    [30, 'follows', n, null, null, 'directed: influence runs to the follower'],
    [31, 'follows without start date', undated, n, 0.5, 'count as if they had always existed'],
    [32, 'follows that ended', closed, n, null, 'count until the day they ended'],
    [33, 'follows ending before start', reversed, n, 0.0, 'never active: correct the dates']
  ] AS line
  RETURN line
UNION ALL
  MATCH (p:Product)
  WITH count(*) AS n,
       count(CASE WHEN NOT EXISTS { (p)-[:ABOUT]->() } THEN 1 END) AS untopical,
       count(CASE WHEN NOT EXISTS { (p)<-[:BOUGHT]-() } THEN 1 END) AS unsold
  UNWIND [
    [40, 'products', n, null, null, 'everything that can be bought'],
    [41, 'products without topic', untopical, n, 0.2, 'their purchases count in no topic'],
    [42, 'products never bought', unsold, n, 0.5, 'no evidence about them']
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
    [50, 'purchase lines', n, null, null, 'one per order line'],
    [51, 'first purchases', firsts, n, null, 'first of a customer and product: only these count for influence'],
    [52, 'first purchases at midnight', midnight, firsts, 0.5, 'no time of day: those of the same day have no order and are not counted'],
    [53, 'purchases without time', undated, n, 0.0, 'ignored: correct the source'],
    [54, 'purchases in the future', future, n, 0.0, 'ignored until then: correct the source'],
    [55, 'purchases before joining', early, n, 0.01, 'joining dates or purchase times are wrong'],
    [56, 'purchases refunded', refunded, n, 0.2, 'never count as first purchases'],
    [57, 'purchases without margin', no_margin, n, null, 'money measures do not apply to them']
  ] AS line
  RETURN line
UNION ALL
  OPTIONAL MATCH (run:Run {status: 'published'})
  WITH run
  ORDER BY run.published_at DESC
  LIMIT 1
  WITH coalesce(run.customers, 0) AS n, coalesce(run.follow_ons, 0) AS follow_ons, COUNT { (:Customer) } AS customers,
       coalesce(run.same_instant_pairs_dropped, 0) AS dropped
  UNWIND [
    [60, 'customers scored', n, customers, null, 'in the latest run; who opted out has no score'],
    [61, 'follow-on purchases', follow_ons, null, null, 'a count, not proof'],
    [62, 'pairs at the same instant', dropped, follow_ons + dropped, 0.2, 'dropped: nobody can say who was first']
  ] AS line
  RETURN line
}
WITH line[0] AS place, line[1] AS finding, line[2] AS found, line[3] AS of, line[4] AS at_most, line[5] AS meaning
WITH place, finding, found, of, at_most, meaning, CASE WHEN of > 0 THEN toFloat(found) / of END AS share
RETURN finding, found, share,
       CASE WHEN at_most IS NULL OR share IS NULL THEN '' WHEN share > at_most THEN 'look' ELSE 'ok' END AS status,
       meaning, of
ORDER BY place, finding
LIMIT 100
