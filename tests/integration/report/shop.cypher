// A shop small enough to work out every answer by hand. Ann buys the lamp first; who of her friends follows?
CREATE (ann:Customer {id: 'ann', name: 'Ann Archer', country: 'DE', segment: 'gold', joined_at: datetime('2025-01-01T00:00Z')}),
       (ben:Customer {id: 'ben', name: 'Ben Baker', country: 'DE', joined_at: datetime('2026-03-20T00:00Z')}),
       (cai:Customer {id: 'cai', name: 'Cai Cooper', country: 'FR'}),
       (dee:Customer {id: 'dee', name: 'Dee Dyer', country: 'FR'}),
       (eve:Customer {id: 'eve', name: 'Eve Eaton', country: 'FR'}),
       (fay:Customer {id: 'fay', name: 'Fay Fisher', country: 'DE', opted_out: true}),
       (hal:Customer {id: 'hal', name: 'Hal Hunter', country: 'DE'}),
       (ian:Customer {id: 'ian', name: 'Ian Ironmonger'}),
       (joe:Customer {id: 'joe'}),
       (zoe:Customer {id: 'zoe', name: '=HYPERLINK("x")'}),
       (ann)-[:FRIEND {since: datetime('2026-01-01T00:00Z')}]->(ben),
       (ann)-[:FRIEND]->(cai),
       (ann)-[:FRIEND {since: datetime('2026-03-10T00:00Z')}]->(dee),
       (ann)-[:FRIEND {since: datetime('2025-01-01T00:00Z'), until: datetime('2026-02-01T00:00Z')}]->(eve),
       (ann)-[:FRIEND]->(fay),
       (ann)-[:FRIEND]->(joe),
       (ben)-[:FRIEND]->(cai),
       (cai)-[:FRIEND]->(dee),
       (hal)-[:FOLLOWS]->(ann),
       (ann)-[:FOLLOWS]->(ian),
       (lamp:Product {id: 'lamp', name: 'Desk lamp'})-[:ABOUT {weight: 1.0}]->(light:Topic {id: 'light', name: 'Light'}),
       (rug:Product {id: 'rug', name: 'Rug'})-[:ABOUT {weight: 1.0}]->(home:Topic {id: 'home', name: 'Home'}),
       (lamp)-[:ABOUT {weight: 1.0}]->(home),
       (vase:Product {id: 'vase', name: 'Vase'})
WITH *
UNWIND [
  ['l1', ann, lamp, '2026-03-01T10:00Z', true], ['l2', ben, lamp, '2026-03-05T10:00Z', true],
  ['l3', cai, lamp, '2026-03-29T10:00Z', true], ['l4', dee, lamp, '2026-03-15T10:00Z', true],
  ['l5', eve, lamp, '2026-03-02T10:00Z', true], ['l6', fay, lamp, '2026-03-03T10:00Z', true],
  ['l7', hal, lamp, '2026-03-04T10:00Z', true], ['l8', ian, lamp, '2026-03-04T10:00Z', true],
  ['l9', joe, lamp, '2026-04-02T10:00Z', true], ['l10', ben, lamp, '2026-03-06T10:00Z', null],
  ['r1', ann, rug, '2026-03-07T00:00Z', true], ['r2', ben, rug, '2026-03-07T00:00Z', true]
] AS line
WITH line[0] AS line_id, line[1] AS customer, line[2] AS product, datetime(line[3]) AS at, line[4] AS first
CREATE (customer)-[:BOUGHT {line_id: line_id, at: at, quantity: 1, first: first}]->(product)
