// /// segment
// format   = 1
// title    = "Community hubs"
// question = "Who is at the centre of each circle of customers?"
// summary  = "The hubs of each community, best connected first within it"
// category = "communities"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["community", "community_role", "friend_count"]
// key      = ["customer_id"]
// population = "scored-customers"
// timeout  = "60s"
// [params]
// limit         = { type = "int", default = 10000, min = 1, max = 1000000, help = "At most this many customers" }
// per_community = { type = "int", default = 3, min = 1, max = 100000, help = "At most this many hubs of each community" }
// min_members   = { type = "int", default = 3, min = 1, max = 1000000, help = "Leave out communities with fewer members" }
// country       = { type = "str", default = "", choices_query = "countries", help = "Two-letter country code, empty for all" }
// [columns]
// customer_id = { type = "str", title = "Customer" }
// community   = { type = "int", title = "Community" }
// members     = { type = "int", title = "Members", format = ",d" }
// friends     = { type = "int", title = "Friends", format = ",d" }
// ///
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WHERE s.community IS NOT NULL
WITH c, s
ORDER BY s.friend_count DESC, c.id
WITH s.community AS community, count(*) AS members,
     collect(CASE WHEN s.community_role = 'hub' AND coalesce(c.opted_out, false) = false AND coalesce(c.closed_at > datetime(), true)
                           AND ($country = '' OR c.country = $country)
                     THEN {id: c.id, friends: s.friend_count} END)[..$per_community] AS hubs
WHERE members >= $min_members
UNWIND hubs AS hub
RETURN hub.id AS customer_id, community, members, hub.friends AS friends
ORDER BY members DESC, community, friends DESC, customer_id
LIMIT $limit
