// /// internal
// title   = "What changed the data"
// summary = "Every load and clean-up, oldest first, with what is needed to do it again"
// ///
MATCH (h:_InfluenceHistory)
RETURN h.kind AS kind, h.record AS record
ORDER BY h.number, h.at, h.id
