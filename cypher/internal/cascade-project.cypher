// /// internal
// format  = 1
// title   = "Project who persuaded whom"
// summary = "Projects the persuaded pairs of a run that is being computed, from the persuaded to the persuader"
// [params]
// projection = { type = "str", help = "Name of the projection" }
// persuader  = { type = "list[str]", help = "Id of the persuader of each pair" }
// persuaded  = { type = "list[str]", help = "Id of the persuaded of each pair" }
// credit     = { type = "list[float]", help = "Credit of each pair" }
// ///
// The pairs come as columns because they are not in the graph yet: a run writes only what it has computed in full.
UNWIND range(0, size($persuader) - 1) AS i
MATCH (source:Customer {id: $persuaded[i]})
MATCH (target:Customer {id: $persuader[i]})
RETURN gds.graph.project(
  $projection, source, target, {relationshipProperties: {credit: $credit[i]}}
) AS projected
