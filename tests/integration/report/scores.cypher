// Two published runs with scores set by hand: the reports show what a run holds, whoever computed it.
MERGE (state:_InfluenceState {id: 'current'})
SET state.run = 'run-2'
WITH state
UNWIND [
  {id: 'run-1', as_of: '2026-03-10T00:00Z', at: '2026-03-11T02:00Z'},
  {id: 'run-2', as_of: '2026-03-31T00:00Z', at: '2026-04-01T02:10Z'}
] AS run
CREATE (r:Run {id: run.id, status: 'published', as_of: datetime(run.as_of), started_at: datetime(run.at),
               published_at: datetime(run.at), customers: 8, window_days: 28.0, follow_ons: 6,
               same_instant_pairs_dropped: 2, super_connector_threshold: 5.5, measures: $measures})
CREATE (:Community {run: run.id, id: 1, size: 3, conductance: 0.25, hubs: 1, bridges: 1}),
       (:Community {run: run.id, id: 2, size: 3, conductance: 0.5, hubs: 1, bridges: 0})
WITH run
UNWIND [
  {id: 'ann', friends: 6, before: 4, reach: 7, rank: 2.5, broker: 95.0, access: 40.0, community: 1, role: 'hub', follow: 4, old: 2, super: true, outside: 900},
  {id: 'ben', friends: 2, before: 2, reach: 5, rank: 1.0, broker: 50.0, access: 90.0, community: 1, role: 'peripheral', follow: 1, old: 1, super: false, outside: null},
  {id: 'cai', friends: 3, before: 3, reach: 5, rank: 1.2, broker: 60.0, access: 85.0, community: 1, role: 'bridge', follow: 0, old: 0, super: false, outside: null},
  {id: 'dee', friends: 2, before: 1, reach: 4, rank: 0.9, broker: 20.0, access: 88.0, community: 2, role: 'hub', follow: 1, old: 3, super: false, outside: null},
  {id: 'eve', friends: 0, before: 1, reach: 0, rank: 0.2, broker: null, access: 10.0, community: null, role: 'none', follow: 0, old: 0, super: false, outside: null},
  {id: 'hal', friends: 1, before: 1, reach: 6, rank: 0.3, broker: 10.0, access: 95.0, community: 2, role: 'peripheral', follow: 0, old: 0, super: false, outside: 120000},
  {id: 'ian', friends: 1, before: 1, reach: 6, rank: 0.4, broker: 10.0, access: 95.0, community: 2, role: 'peripheral', follow: 0, old: 0, super: false, outside: null},
  {id: 'joe', friends: 1, before: 1, reach: 6, rank: 0.4, broker: 10.0, access: 95.0, community: null, role: 'none', follow: 0, old: 0, super: false, outside: null}
] AS x
MATCH (c:Customer {id: x.id})
CREATE (c)-[:SCORED]->(s:Score {
  run: run.id, customer: c.id, friend_count: CASE run.id WHEN 'run-1' THEN x.before ELSE x.friends END,
  friends_in: CASE x.id WHEN 'ann' THEN 6 WHEN 'ian' THEN 1 ELSE x.friends END, friends_out: x.friends, friends_mutual: x.friends,
  two_hop_reach: x.reach, super_connector: x.super, friends_over_100: false, friends_over_1000: false,
  page_rank: x.rank, broker_score: x.broker, component_size: 8, access: x.access, community: x.community,
  community_role: x.role, follow_on_count: CASE run.id WHEN 'run-1' THEN x.old ELSE x.follow END,
  external_reach: x.outside})
WITH run, x, s
UNWIND CASE x.id
  WHEN 'ann' THEN [{topic: 'light', reach: 0.5, affinity: 0.6, follow: 4}, {topic: 'home', reach: 0.3, affinity: 0.4, follow: 4}]
  WHEN 'ben' THEN [{topic: 'light', reach: 0.2, affinity: 0.3, follow: 1}, {topic: 'home', reach: 0.6, affinity: 0.7, follow: 1}]
  ELSE [{topic: 'light', reach: 0.3 / 6, affinity: 0.5, follow: 0}]
END AS t
MATCH (topic:Topic {id: t.topic})
CREATE (s)-[:IN_TOPIC]->(:TopicScore {run: run.id, customer: x.id, topic: t.topic, topic_reach: t.reach,
  topic_affinity: t.affinity, interest_declared: false, follow_on_count: t.follow})-[:OF]->(topic)
