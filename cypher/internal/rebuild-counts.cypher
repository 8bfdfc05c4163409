// /// internal
// title   = "What the files brought"
// summary = "Counts nodes and relationships by label and type, whoever made them"
// ///
CALL () {
  MATCH (n) UNWIND labels(n) AS kind RETURN kind, count(*) AS amount
  UNION ALL
  MATCH ()-[r]->() WITH type(r) AS kind, count(*) AS amount RETURN kind, amount
}
RETURN kind, amount
ORDER BY kind
