// /// internal
// format  = 1
// title   = "Results of the graph algorithms as columns"
// summary = "Reads what the algorithms wrote into a projection for a chunk of customers"
// [params]
// projection = { type = "str", help = "Name of the projection" }
// as_of      = { type = "datetime", help = "Instant at which the projected customers are active" }
// community  = { type = "str", help = "Property that holds the community" }
// ///
MATCH (c:Customer)
WHERE c.id > $after
  AND (c.joined_at IS NULL OR c.joined_at <= $as_of) AND (c.closed_at IS NULL OR c.closed_at > $as_of)
WITH c
ORDER BY c.id
LIMIT $chunk
RETURN max(c.id) AS last,
       collect(c.id) AS customer_id,
       collect(toInteger(gds.util.nodeProperty($projection, c, 'listeners'))) AS listeners,
       collect(toInteger(gds.util.nodeProperty($projection, c, 'listens_to'))) AS listens_to,
       collect(gds.util.nodeProperty($projection, c, 'page_rank')) AS page_rank,
       collect(gds.util.nodeProperty($projection, c, 'betweenness')) AS betweenness,
       collect(gds.util.nodeProperty($projection, c, 'component')) AS component,
       collect(gds.util.nodeProperty($projection, c, $community)) AS community
