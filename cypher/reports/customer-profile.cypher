// /// report
// format   = 1
// title    = "Customer profile"
// question = "Who is this customer, and what do we know of their influence?"
// summary  = "Everything the current run holds about one customer; an empty field is unknown or does not apply"
// category = "customers"
// owner    = "marketing"
// revision = 3
// maturity = "stable"
// key      = ["customer_id"]
// pii      = ["name"]
// timeout  = "30s"
// [params]
// customer = { type = "str", help = "Id of the customer" }
// [columns]
// customer_id       = { type = "str", title = "Customer" }
// name              = { type = "str", title = "Name" }
// country           = { type = "str", title = "Country" }
// region            = { type = "str", title = "Region" }
// segment           = { type = "str", title = "Segment" }
// joined_at         = { type = "datetime", title = "Joined" }
// opted_out         = { type = "bool", title = "Opted out" }
// purchases         = { type = "int", title = "Purchase lines", format = ",d" }
// products          = { type = "int", title = "Products", format = ",d" }
// first_bought_at   = { type = "datetime", title = "First purchase" }
// last_bought_at    = { type = "datetime", title = "Last purchase" }
// friends           = { type = "int", title = "Friends", format = ",d" }
// followers         = { type = "int", title = "Can influence", format = ",d" }
// follows           = { type = "int", title = "Can be influenced by", format = ",d" }
// mutual            = { type = "int", title = "Both ways", format = ",d", help = "Tied in both directions: each can influence the other" }
// two_hop_reach     = { type = "int", title = "Friends and their friends", format = ",d" }
// super_connector   = { type = "bool", title = "Super-connector", help = "Far more friends than most: see reach-summary" }
// page_rank         = { type = "float", title = "PageRank", format = ".2f", help = "Attention that ends up here when everybody passes theirs on to those they listen to; about 1 on average" }
// page_rank_percentile = { type = "float", title = "PageRank percentile", format = ".1f", help = "Share of the customers with a lower PageRank, 0 to 100" }
// broker_score      = { type = "float", title = "Broker score (0-100)", format = ".1f", help = "Percentile of how often the shortest way between two others leads over the customer" }
// access            = { type = "float", title = "Access (0-100)", format = ".1f", help = "Percentile of how well connected those are who listen to the customer" }
// external_reach    = { type = "int", title = "Followers elsewhere", format = ",d" }
// community         = { type = "int", title = "Community" }
// community_role    = { type = "str", title = "Role in it", help = "hub: far more friends inside than most members; bridge: friends in several communities; peripheral: the others" }
// community_members = { type = "int", title = "Members", format = ",d" }
// follow_on_count   = { type = "int", title = "Follow-on purchases (a count, not proof)", format = ",d" }
// certificate       = { type = "str", title = "Certificate", help = "Unlikely to be chance (false discovery rate of 10 % or less), lift of 1.5 or more, and the timing agrees" }
// observed          = { type = "int", title = "Follow-ons of friends who could follow", format = ",d" }
// expected          = { type = "float", title = "Expected anyway", format = ",.1f", help = "Follow-ons that friends of the same kind make at that time without persuasion" }
// lift              = { type = "float", title = "Lift", format = ".2f", help = "Follow-ons over expected ones, drawn towards 1 when there is little evidence" }
// lift_low          = { type = "float", title = "Lift from", format = ".2f", help = "90 % interval of the lift" }
// lift_high         = { type = "float", title = "Lift to", format = ".2f", help = "90 % interval of the lift" }
// lift_half_window  = { type = "float", title = "Lift, half the window", format = ".2f", help = "Higher than the lift where word spreads quickly" }
// lift_twice_window = { type = "float", title = "Lift, twice the window", format = ".2f", help = "Higher than the lift where word spreads slowly" }
// persuasion_rate   = { type = "float", title = "Persuasion rate", format = ".2%", help = "Estimated extra purchases per friend who could have followed" }
// extra_purchases   = { type = "float", title = "Extra purchases (estimate)", format = ",.1f", help = "Estimate: persuasion rate times friends who could have followed" }
// p_none            = { type = "float", title = "Chance of no persuasion", format = ".0%", help = "Probability that this customer persuades nobody" }
// longest_chain     = { type = "int", title = "Longest chain", format = ",d", help = "Purchases of one product, each credited to the one before" }
// influenced_share  = { type = "float", title = "Own purchases credited to friends", format = ".1%", help = "Estimated share of own first purchases that is due to friends" }
// ///
MATCH (c:Customer {id: $customer})
CALL (c) {
  MATCH (run:Run {id: $run})
  OPTIONAL MATCH (c)-[b:BOUGHT]->(p:Product)
  WHERE b.at <= run.as_of
  RETURN count(b) AS purchases, count(DISTINCT p) AS products, min(b.at) AS first_bought_at, max(b.at) AS last_bought_at
}
OPTIONAL MATCH (c)-[:SCORED]->(s:Score {run: $run})
OPTIONAL MATCH (g:Community {run: $run, id: s.community})
WITH c, s, g, purchases, products, first_bought_at, last_bought_at, [condition IN [
  CASE WHEN s.persuasion_q > 0.1 THEN 'could still be chance' END,
  CASE WHEN s.persuasion_lift < 1.5 THEN 'effect too small' END,
  CASE WHEN s.timing_p > 0.2 THEN 'timing does not agree' END,
  CASE WHEN s.timing_p IS NULL THEN 'timing cannot be judged: no product with three buyers' END
] WHERE condition IS NOT NULL] AS failed
RETURN c.id AS customer_id, c.name AS name, c.country AS country, c.region AS region, c.segment AS segment,
       c.joined_at AS joined_at, coalesce(c.opted_out, false) AS opted_out, purchases, products, first_bought_at,
       last_bought_at, s.friend_count AS friends, s.friends_in AS followers, s.friends_out AS follows,
       s.friends_mutual AS mutual, s.two_hop_reach AS two_hop_reach, s.super_connector AS super_connector,
       s.page_rank AS page_rank, s.page_rank_percentile AS page_rank_percentile,
       s.broker_score AS broker_score, s.access AS access,
       s.external_reach AS external_reach, s.community AS community, s.community_role AS community_role,
       g.size AS community_members,
       s.follow_on_count AS follow_on_count,
       CASE
         WHEN s.persuasion_status = 'insufficient_data' THEN 'unknown: too few purchases or friends to judge'
         WHEN s.certified_persuader THEN 'certified persuader'
         WHEN s.persuasion_status = 'ok' THEN 'not certified: '
           + reduce(told = '', reason IN failed | told + CASE told WHEN '' THEN '' ELSE ', ' END + reason)
       END AS certificate, s.persuasion_observed AS observed, s.persuasion_expected AS expected,
       s.persuasion_lift AS lift, s.persuasion_lift_low AS lift_low, s.persuasion_lift_high AS lift_high,
       s.persuasion_lift_half_window AS lift_half_window, s.persuasion_lift_double_window AS lift_twice_window,
       s.persuasion_rate AS persuasion_rate, s.extra_purchases AS extra_purchases, s.p_none AS p_none,
       s.longest_chain AS longest_chain, s.influenced_share AS influenced_share
ORDER BY customer_id
LIMIT 1
