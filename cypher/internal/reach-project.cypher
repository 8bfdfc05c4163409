// /// internal
// format  = 1
// title   = "Project who listens to whom"
// summary = "Projects the ties that are active at an instant: LISTENS_TO points to the influential, MUTUAL has no direction"
// [params]
// projection = { type = "str", help = "Name of the projection" }
// as_of      = { type = "datetime", help = "Instant at which ties and customers must be active" }
// ///
// A native projection cannot leave out ties by date, so this is a Cypher projection. The first branch numbers the
// customers in the order of their ids, which makes seeded algorithms repeatable whatever the order of loading.
// Each pair appears once per direction, however many FRIEND and FOLLOWS ties it has.
CALL () {
  MATCH (c:Customer)
  WHERE (c.joined_at IS NULL OR c.joined_at <= $as_of) AND (c.closed_at IS NULL OR c.closed_at > $as_of)
  WITH c
  ORDER BY c.id
  RETURN c AS source, null AS target, null AS kind
  UNION ALL
  MATCH (c:Customer)
  WHERE (c.joined_at IS NULL OR c.joined_at <= $as_of) AND (c.closed_at IS NULL OR c.closed_at > $as_of)
  CALL (c) {
    MATCH (c)-[r:FRIEND|FOLLOWS]-(d:Customer)
    WHERE c <> d
      AND (r.since IS NULL OR r.since <= $as_of) AND (r.until IS NULL OR r.until > $as_of)
      AND (d.joined_at IS NULL OR d.joined_at <= $as_of) AND (d.closed_at IS NULL OR d.closed_at > $as_of)
    WITH d, type(r) = 'FRIEND' OR startNode(r) = c AS listens, type(r) = 'FRIEND' OR endNode(r) = c AS heard
    WITH d, max(toInteger(listens)) = 1 AS listens, max(toInteger(heard)) = 1 AS heard
    RETURN d, listens, heard
  }
  UNWIND CASE
    WHEN listens AND heard AND c.id < d.id THEN ['LISTENS_TO', 'MUTUAL']
    WHEN listens THEN ['LISTENS_TO']
    ELSE []
  END AS kind
  RETURN c AS source, d AS target, kind
}
RETURN gds.graph.project(
  $projection, source, target, {relationshipType: kind}, {undirectedRelationshipTypes: ['MUTUAL']}
) AS projected
