// /// internal
// title = "Swept follows"
// ///
// Pairs with a tie that a sweep closed: when the tie comes back, its first period stays as it was.
MATCH (a:Customer)-[f:FOLLOWS {swept: true}]->(b:Customer)
RETURN a.id AS follower_id, b.id AS followed_id
ORDER BY follower_id, followed_id
