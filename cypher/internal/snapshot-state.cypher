// /// internal
// format  = 1
// title   = "What a property can change in a snapshot"
// summary = "Who opted out, ends of accounts and ties, weights of topics: to notice changes that no load made"
// ///
// Remainders, because a sum of them cannot overflow, whatever the dates. A weight counts in millionths.
CALL () {
  MATCH (c:Customer)
  RETURN collect(CASE WHEN coalesce(c.opted_out, false) <> false THEN c.id END) AS opted_out,
         [count(c.closed_at), sum(c.closed_at.epochMillis % 2147483647)] AS closed
}
CALL () {
  MATCH ()-[r:FRIEND]->()
  RETURN [count(r.until), sum(r.until.epochMillis % 2147483647)] AS friends
}
CALL () {
  MATCH ()-[r:FOLLOWS]->()
  RETURN [count(r.until), sum(r.until.epochMillis % 2147483647)] AS follows
}
CALL () {
  MATCH ()-[r:ABOUT]->()
  RETURN [count(r.weight), sum(toInteger(toFloat(r.weight) * 1000000) % 2147483647)] AS topics
}
RETURN opted_out,
       closed,
       friends,
       follows,
       topics
