// /// internal
// format  = 1
// title   = "What the graph holds"
// summary = "Counts what a snapshot reads, from the count store, to notice changes that no load made"
// ///
CALL () {
  MATCH (:Customer) WITH count(*) AS amount RETURN 'Customer' AS kind, amount
  UNION ALL
  MATCH (:Product) WITH count(*) AS amount RETURN 'Product' AS kind, amount
  UNION ALL
  MATCH (:Topic) WITH count(*) AS amount RETURN 'Topic' AS kind, amount
  UNION ALL
  MATCH ()-[r:FRIEND]->() WITH count(r) AS amount RETURN 'FRIEND' AS kind, amount
  UNION ALL
  MATCH ()-[r:FOLLOWS]->() WITH count(r) AS amount RETURN 'FOLLOWS' AS kind, amount
  UNION ALL
  MATCH ()-[r:BOUGHT]->() WITH count(r) AS amount RETURN 'BOUGHT' AS kind, amount
  UNION ALL
  MATCH ()-[r:ABOUT]->() WITH count(r) AS amount RETURN 'ABOUT' AS kind, amount
  UNION ALL
  MATCH ()-[r:INTERESTED_IN]->() WITH count(r) AS amount RETURN 'INTERESTED_IN' AS kind, amount
  UNION ALL
  MATCH ()-[r:EXPOSED_TO]->() WITH count(r) AS amount RETURN 'EXPOSED_TO' AS kind, amount
  UNION ALL
  MATCH ()-[r:REFERRED]->() WITH count(r) AS amount RETURN 'REFERRED' AS kind, amount
}
RETURN kind, amount
ORDER BY kind
