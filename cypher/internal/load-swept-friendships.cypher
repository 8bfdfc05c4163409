// /// internal
// title = "Swept friendships"
// ///
// Pairs with a tie that a sweep closed: when the tie comes back, its first period stays as it was.
MATCH (a:Customer)-[f:FRIEND {swept: true}]->(b:Customer)
RETURN a.id AS customer_id, b.id AS friend_id
ORDER BY customer_id, friend_id
