// A crowd from lists of rows: ties with and without dates, both kinds at once, purchases at the same instant.
UNWIND $customers AS id
CREATE (:Customer {id: id})
WITH count(*) AS customers
UNWIND $topics AS id
CREATE (:Topic {id: id})
WITH count(*) AS topics
UNWIND $products AS product
CREATE (p:Product {id: product.id})
WITH p, product
UNWIND product.topics AS topic
MATCH (t:Topic {id: topic})
CREATE (p)-[:ABOUT {weight: 1.0}]->(t)
WITH count(*) AS links
CALL () {
  UNWIND $friends AS tie
  MATCH (a:Customer {id: tie.a}), (b:Customer {id: tie.b})
  CREATE (a)-[:FRIEND {since: tie.since, until: tie.until}]->(b)
  RETURN count(*) AS friends
}
CALL () {
  UNWIND $follows AS tie
  MATCH (a:Customer {id: tie.a}), (b:Customer {id: tie.b})
  CREATE (a)-[:FOLLOWS {since: tie.since, until: tie.until}]->(b)
  RETURN count(*) AS follows
}
UNWIND $purchases AS line
MATCH (c:Customer {id: line.customer}), (p:Product {id: line.product})
CREATE (c)-[:BOUGHT {line_id: line.id, at: line.at, quantity: 1, first: true}]->(p)
WITH count(*) AS purchases
MERGE (state:_InfluenceState {id: 'current'})
SET state.run = 'run-1'
CREATE (:Run {id: 'run-1', status: 'published', as_of: $as_of, started_at: $as_of, published_at: $as_of,
              window_days: 28.0, customers: 0, measures: []})
