// /// internal
// format  = 1
// title   = "Project who persuaded whom"
// summary = "Projects the persuaded pairs of a run that is being computed, from the persuaded to who is credited"
// [params]
// projection = { type = "str", help = "Name of the projection" }
// persuaded  = { type = "list[int]", help = "Number of the persuaded customer of each pair" }
// credited   = { type = "list[int]", help = "Number of the persuader, or of nobody" }
// purchases  = { type = "list[float]", help = "Purchases of the persuaded that are credited so" }
// ///
// The pairs come as columns because they are not in the graph yet: a run writes only what it has computed in full.
// Customers are numbers and not nodes, so that one more number can stand for nobody, who is in no graph.
UNWIND range(0, size($persuaded) - 1) AS i
RETURN gds.graph.project(
  $projection, $persuaded[i], $credited[i], {relationshipProperties: {purchases: $purchases[i]}}
) AS projected
