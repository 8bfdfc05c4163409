UNWIND $customers AS row
CREATE (c:Customer {id: row.id, joined_at: row.joined_at, closed_at: row.closed_at, opted_out: row.opted_out})
WITH count(*) AS done
CALL () {
  UNWIND $topics AS id
  CREATE (:Topic {id: id})
}
CALL () {
  UNWIND $products AS row
  CREATE (:Product {id: row.id})
}
CALL () {
  UNWIND $about AS row
  MATCH (p:Product {id: row.product})
  MATCH (t:Topic {id: row.topic})
  CREATE (p)-[:ABOUT {weight: row.weight}]->(t)
}
CALL () {
  UNWIND $friends AS row
  MATCH (a:Customer {id: row.a})
  MATCH (b:Customer {id: row.b})
  CREATE (a)-[:FRIEND {since: row.since, until: row.until, weight: row.weight}]->(b)
}
CALL () {
  UNWIND $follows AS row
  MATCH (a:Customer {id: row.a})
  MATCH (b:Customer {id: row.b})
  CREATE (a)-[:FOLLOWS {since: row.since, until: row.until, weight: row.weight}]->(b)
}
CALL () {
  UNWIND $bought AS row
  MATCH (c:Customer {id: row.customer})
  MATCH (p:Product {id: row.product})
  CREATE (c)-[:BOUGHT {line_id: row.line, at: row.at, first: true}]->(p)
}
CALL () {
  UNWIND $interests AS row
  MATCH (c:Customer {id: row.customer})
  MATCH (t:Topic {id: row.topic})
  CREATE (c)-[:INTERESTED_IN {source: 'declared', at: row.at}]->(t)
}
CALL () {
  UNWIND $profiles AS row
  MATCH (c:Customer {id: row.customer})
  CREATE (c)-[:HAS_PROFILE]->(:Profile {id: row.id, network: row.network, followers: row.followers})
}
FINISH
