// /// internal
// title   = "What a database holds"
// summary = "Counts and marks by which a copy of a database is recognised; all nodes count, book-keeping included"
// ///
MATCH (n)
WITH count(n) AS nodes
OPTIONAL MATCH ()-[r]->()
WITH nodes, count(r) AS relationships
OPTIONAL MATCH (state:_InfluenceState {id: 'current'})
OPTIONAL MATCH (data:_InfluenceState {id: 'data'})
RETURN nodes, relationships, state.run AS run,
       CASE WHEN data.epoch IS NULL THEN null ELSE toString(data.epoch) + '-' + toString(data.version) END AS data_version
