// /// internal
// format  = 1
// title   = "Drop orphan projections"
// summary = "Drops every projection of ours that belongs to another run; safe only while holding the lock"
// ///
CALL gds.graph.list() YIELD graphName
WITH graphName
WHERE graphName STARTS WITH 'influence-' AND NOT graphName ENDS WITH $run_id
CALL gds.graph.drop(graphName, false) YIELD graphName AS dropped
RETURN dropped
