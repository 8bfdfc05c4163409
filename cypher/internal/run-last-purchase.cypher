// /// internal
// format  = 1
// title   = "Time of the last purchase"
// summary = "The latest instant of a purchase, the default as-of instant of a run"
// ///
MATCH (:Customer)-[b:BOUGHT]->(:Product)
RETURN max(b.at) AS at
