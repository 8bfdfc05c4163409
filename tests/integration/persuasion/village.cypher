// A village small enough to work out who is credited for what by hand, its scores set by hand.
// Run `now` is current; run `old` holds one pair and one score that must never show.
// Credit in round figures: of the lamp dan's sale is shared by ann and cat, cat leads; of the rug ann leads.
CREATE (ann:Customer {id: 'ann', name: 'Ann Archer', country: 'DE'}),
       (bob:Customer {id: 'bob', name: 'Bob Baker', country: 'DE'}),
       (cat:Customer {id: 'cat', name: 'Cat Cooper', country: 'FR'}),
       (dan:Customer {id: 'dan', name: 'Dan Dyer', country: 'FR'}),
       (eve:Customer {id: 'eve', name: 'Eve Eaton', country: 'FR'}),
       (gil:Customer {id: 'gil', name: 'Gil Grocer', country: 'DE'}),
       (ivy:Customer {id: 'ivy', name: 'Ivy Ironmonger'}),
       (ned:Customer {id: 'ned', name: 'Ned Nailor', opted_out: true}),
       (zoe:Customer {id: 'zoe', name: 'Zoe Zimmer', joined_at: datetime('2026-03-03T00:00Z')}), (ann)-[:FRIEND]->(zoe),
       (ann)-[:FRIEND]->(bob), (ann)-[:FRIEND]->(cat), (dan)-[:FRIEND]->(ann), (bob)-[:FRIEND]->(cat),
       (cat)-[:FRIEND]->(dan), (eve)-[:FRIEND]->(dan), (ann)-[:FRIEND]->(ned),
       (ann)-[:FRIEND {until: datetime('2026-02-01T00:00Z')}]->(ivy),
       (light:Topic {id: 'light', name: 'Light'}), (home:Topic {id: 'home', name: 'Home'}),
       (lamp:Product {id: 'lamp', name: 'Desk lamp'})-[:ABOUT {weight: 1.0}]->(light),
       (rug:Product {id: 'rug', name: 'Rug'})-[:ABOUT {weight: 1.0}]->(home),
       (vase:Product {id: 'vase', name: 'Vase'})
WITH *
CALL (*) {
  UNWIND [
    [ann, lamp, '2026-03-01'], [bob, lamp, '2026-03-05'], [ivy, lamp, '2026-03-06'], [ned, lamp, '2026-03-08'],
    [cat, lamp, '2026-03-11'], [dan, lamp, '2026-03-16'], [eve, lamp, '2026-03-20'], [gil, lamp, '2026-03-02'],
    [cat, rug, '2026-03-01'], [ann, rug, '2026-03-02'], [dan, rug, '2026-03-03'],
    [zoe, lamp, '2026-03-04'], [ann, vase, '2026-01-01'], [ivy, vase, '2026-01-05'], [gil, vase, '2026-01-01']
  ] AS line
  WITH line[0] AS customer, line[1] AS product, datetime(line[2] + 'T12:00Z') AS at
  CREATE (customer)-[:BOUGHT {line_id: customer.id + product.id, at: at, quantity: 1, first: true}]->(product)
}
CALL (*) {
  UNWIND [
    ['e1', eve, 'nps', 3.0, '2026-03-01'], ['d1', dan, 'nps', 9.0, '2026-02-01'], ['d2', dan, 'nps', 5.0, '2026-03-01'],
    ['b1', bob, 'nps', 10.0, '2026-03-01'], ['b2', bob, 'nps', 0.0, '2026-05-01'], ['c1', cat, 'ces', 2.0, '2026-03-01']
  ] AS one
  WITH one[0] AS id, one[1] AS customer, one[2] AS kind, one[3] AS score, datetime(one[4] + 'T00:00Z') AS at
  CREATE (customer)-[:ANSWERED]->(:Response {id: id, kind: kind, score: score, at: at})
}
CALL (*) {
  UNWIND [
    ['now', ann, bob, 600, ['lamp'], [0.6], ['lamp']], ['now', ann, cat, 300, ['lamp'], [0.6], ['lamp']],
    ['now', ann, dan, 900, ['lamp', 'rug'], [0.3, 0.45], ['rug']], ['now', ann, ivy, 100, ['vase'], [0.6], ['vase']],
    ['now', cat, dan, null, ['lamp', 'rug'], [0.5, 0.35], ['lamp']], ['now', cat, ann, 50, ['rug'], [0.5], ['rug']],
    ['now', dan, eve, 20, ['lamp'], [0.2], ['lamp']],
    ['old', eve, ann, 9000, ['lamp'], [9.0], ['lamp']], ['old', gil, ann, 9000, ['lamp'], [9.0], ['lamp']]
  ] AS one
  WITH one[0] AS run, one[1] AS a, one[2] AS b, one[3] AS margin, one[4] AS products, one[5] AS credits, one[6] AS leading
  CREATE (a)-[:PERSUADED {run: run, purchases: size(products), margin: toFloat(margin), products: products,
    credits: credits, credit: reduce(sum = 0.0, credit IN credits | sum + credit), leading: leading}]->(b)
}
CREATE (:_InfluenceState {id: 'current', run: 'now'})
WITH *
CALL (*) {
  UNWIND ['old', 'now'] AS run
  CREATE (:Run {id: run, status: 'published', as_of: datetime('2026-04-01T00:00Z'), measures: $measures, customers: 7,
    started_at: datetime('2026-04-01T00:00Z'), published_at: datetime('2026-04-01T01:00Z'), window_days: 28.0,
    persuasion_naive: 17.0, persuasion_n1: 9.0, persuasion_n2: 6.0, persuasion_n2_low: 2.0, persuasion_n2_high: 8.0,
    persuasion_n3: 3.0, persuasion_caused: 5.1, persuasion_lag: 1.2, persuasion_lag_low: 1.0, persuasion_lag_high: 1.4,
    persuasion_family: 5, persuasion_discoveries: 3, persuasion_certified: 2, persuasion_shuffled_ratio: 1.01,
    persuasion_shuffled_error: 0.1, persuasion_topic_family: 4, persuasion_ties_dropped: 0, persuasion_warnings: ['Friendships have no dates.', 'The log is short.']})
}
CALL (*) {
  UNWIND [
    {of: ann, rate: 0.05, o: 8, e: 2.0, q: 0.001, timing: 0.01, sure: true, chain: 3, rank: 2.5, share: 0.1, infl: 0.5},
    {of: bob, rate: 0.01, o: 2, e: 2.0, q: 0.15, timing: 0.5, sure: false, chain: 0, rank: 0.5, share: 0.12, infl: 1.0},
    {of: cat, rate: 0.04, o: 4, e: 1.0, q: 0.02, timing: 0.1, sure: true, chain: 2, rank: 1.5, share: 0.3, infl: 0.5},
    {of: dan, rate: 0.02, o: 3, e: 2.0, q: 0.05, timing: 0.1, sure: false, chain: 1, rank: 0.8, share: 0.32, infl: 1.0},
    {of: eve, rate: 0.0, o: 0, e: 12.0, q: 0.95, timing: 1.0, sure: false, chain: 0, rank: null, share: 0.04, infl: 0.5}
  ] AS x
  WITH x, x.of AS c, (x.o + 2.0) / (x.e + 2.0) AS lift
  CREATE (c)-[:SCORED]->(:Score {
    run: 'now', customer: c.id, persuasion_status: 'ok', persuasion_rate: x.rate, extra_purchases: x.rate * 40,
    p_none: 0.5, persuasion_observed: x.o, persuasion_expected: x.e, persuasion_exposures: 40, persuasion_lift: lift,
    persuasion_lift_low: lift / 2, persuasion_lift_high: lift * 2, persuasion_excess: x.o - x.e, persuasion_q: x.q,
    persuasion_p: x.q / 2, persuasion_sigma: 2.0, timing_p: x.timing, certified_persuader: x.sure,
    negative_p: CASE WHEN x.e >= 10 THEN 0.01 END, negative_q: CASE WHEN x.e >= 10 THEN 0.02 END, longest_chain: x.chain, cascade_rank: x.rank,
    influenced_share: x.share, influenceability: x.infl, first_purchases: 5, specificity: 0.5})
}
CREATE (gil)-[:SCORED]->(:Score {run: 'now', customer: 'gil', persuasion_status: 'insufficient_data',
         persuasion_observed: 0, persuasion_exposures: 0, certified_persuader: false, longest_chain: 0,
         influenced_share: 0.0, influenceability: 0.0, first_purchases: 2}),
       (gil)-[:SCORED]->(:Score {run: 'old', customer: 'gil', persuasion_status: 'ok', persuasion_rate: 0.9,
         persuasion_observed: 90, persuasion_expected: 1.0, persuasion_q: 0.0, persuasion_lift: 30.0, timing_p: 0.0,
         certified_persuader: true, longest_chain: 9, influenced_share: 0.9, first_purchases: 50})
WITH *
MATCH (ann)-[:SCORED]->(a:Score {run: 'now'})
MATCH (cat)-[:SCORED]->(k:Score {run: 'now'})
MATCH (dan)-[:SCORED]->(d:Score {run: 'now'})
MATCH (gil)-[:SCORED]->(g:Score {run: 'old'})
CREATE (a)-[:FOLLOWED_IN {follow_ons: 4, expected: 1.0, exposures: 4}]->(lamp),
       (a)-[:FOLLOWED_IN {follow_ons: 1, expected: 0.5, exposures: 2}]->(rug),
       (k)-[:FOLLOWED_IN {follow_ons: 1, expected: 0.25, exposures: 3}]->(lamp),
       (k)-[:FOLLOWED_IN {follow_ons: 2, expected: 0.5, exposures: 3}]->(rug),
       (d)-[:FOLLOWED_IN {follow_ons: 1, expected: 0.1, exposures: 1}]->(lamp),
       (g)-[:FOLLOWED_IN {follow_ons: 90, expected: 0.1, exposures: 99}]->(lamp)
WITH *
UNWIND [
  {of: a, topic: light, index: 87.5, excess: 3.0, first: 1.0, audience: 3, lift: 2.0, all: false, rate: 0.06},
  {of: k, topic: light, index: 62.5, excess: 0.75, first: 1.0, audience: 2, lift: 2.0, all: true, rate: 0.03},
  {of: d, topic: light, index: 95.0, excess: -0.5, first: 2.0, audience: 1, lift: 0.8, all: true, rate: 0.01},
  {of: k, topic: home, index: 75.0, excess: 1.5, first: 1.0, audience: 2, lift: 1.6, all: false, rate: 0.05}
] AS x
WITH x, x.of AS s, x.topic AS topic
CREATE (s)-[:IN_TOPIC]->(:TopicScore {run: 'now', customer: s.customer, topic: topic.id,
  contextual_influence_index: x.index, topic_excess: x.excess, topic_first_purchases: x.first,
  topic_audience: x.audience, topic_lift: x.lift, topic_lift_fallback: x.all, topic_observed: x.excess + 1,
  topic_expected: 1.0, topic_rate: x.rate, topic_p_none: 0.25, topic_extra_purchases: x.rate * 20})-[:OF]->(topic)
