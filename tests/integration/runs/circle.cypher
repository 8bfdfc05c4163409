// Six friends, two topics. p1 is about tea alone, p2 about tea and cups.
// a and b know everybody in the triangle a-b-c; d hangs on c; e follows a; f keeps to itself.
CREATE (a:Customer {id: 'a'}), (b:Customer {id: 'b'}), (c:Customer {id: 'c'}),
       (d:Customer {id: 'd'}), (e:Customer {id: 'e'}), (f:Customer {id: 'f'}), (x:Customer {id: 'x', opted_out: true}),
       (tea:Topic {id: 'tea'}), (cups:Topic {id: 'cups'}),
       (p1:Product {id: 'p1'}), (p2:Product {id: 'p2'}),
       (p1)-[:ABOUT]->(tea), (p2)-[:ABOUT]->(tea), (p2)-[:ABOUT]->(cups),
       (a)-[:FRIEND]->(b), (a)-[:FRIEND]->(c), (b)-[:FRIEND]->(c), (c)-[:FRIEND]->(d), (d)-[:FRIEND]->(x),
       (e)-[:FOLLOWS]->(a),
       (a)-[:BOUGHT {line_id: '1', at: datetime('2024-03-01T00:00:00Z'), first: true}]->(p1),
       (b)-[:BOUGHT {line_id: '2', at: datetime('2024-03-10T00:00:00Z'), first: true}]->(p1),
       (e)-[:BOUGHT {line_id: '3', at: datetime('2024-03-29T00:00:00Z'), first: true}]->(p1),
       (d)-[:BOUGHT {line_id: '4', at: datetime('2024-03-05T00:00:00Z'), first: true}]->(p1),
       (c)-[:BOUGHT {line_id: '5', at: datetime('2024-03-10T00:00:00Z'), first: true}]->(p1),
       (c)-[:BOUGHT {line_id: '6', at: datetime('2024-04-01T00:00:00Z'), first: true}]->(p2),
       (x)-[:BOUGHT {line_id: '7', at: datetime('2024-04-09T00:00:00Z'), first: true}]->(p1)
