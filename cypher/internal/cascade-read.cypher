// /// internal
// format  = 1
// title   = "Cascade rank as columns"
// summary = "Reads the cascade rank from its projection, thousands of customers to a record"
// [params]
// projection = { type = "str", help = "Name of the projection" }
// ///
CALL gds.graph.nodeProperty.stream($projection, 'cascade_rank') YIELD nodeId, propertyValue
WITH nodeId / 20000 AS part,
     collect(nodeId) AS customers,
     collect(propertyValue) AS ranks
RETURN customers, ranks
ORDER BY part
