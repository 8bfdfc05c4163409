// /// internal
// title = "Follows of pairs with a closed period"
// [params]
// as_of = { type = "datetime", help = "Instant of the extract" }
// ///
// A tie that comes back after a sweep is a second relationship: the first period keeps its end, the new one begins at
// its own `since` if that lies behind the old end, else at the instant of this extract. At most one is open.
UNWIND $rows AS row
MATCH (a:Customer {id: row.follower_id})
MATCH (b:Customer {id: row.followed_id})
CALL (a, b) {
  MATCH (a)-[old:FOLLOWS {swept: true}]->(b)
  RETURN max(old.until) AS ended
}
CALL (a, b) {
  OPTIONAL MATCH (a)-[f:FOLLOWS]->(b)
  WHERE f.swept IS NULL
  RETURN count(f) AS current
}
FOREACH (_ IN CASE WHEN current = 0 THEN [1] ELSE [] END |
  CREATE (a)-[:FOLLOWS]->(b)
)
WITH row, a, b, ended
MATCH (a)-[f:FOLLOWS]->(b)
WHERE f.swept IS NULL
SET f += row.properties,
    f.since = CASE WHEN row.properties.since >= ended THEN row.properties.since ELSE coalesce(f.reopened_at, $as_of) END,
    f.reopened_at = coalesce(f.reopened_at, $as_of),
    f.run_id = $run_id, f.loaded_from = $source
RETURN count(*) AS rows
