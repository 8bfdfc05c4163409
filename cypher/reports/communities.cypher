// /// report
// format   = 1
// title    = "Communities and their hubs"
// question = "Which circles do our customers form, and who is at the centre of each?"
// summary  = "Groups of customers who know each other more than they know others, with the member best connected inside"
// category = "communities"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["community", "community_role", "friend_count"]
// key      = ["community"]
// pii      = ["hub_name"]
// timeout  = "60s"
// chart    = { mark = "bar", x = "community", y = "members" }
// [params]
// limit       = { type = "int", default = 25, min = 1, max = 10000, help = "How many communities to list" }
// min_members = { type = "int", default = 3, min = 1, max = 1000000, help = "Leave out communities with fewer members" }
// [columns]
// community   = { type = "int", title = "Community", help = "From 1 by size; numbers differ between runs" }
// members     = { type = "int", title = "Members", format = ",d" }
// share       = { type = "float", title = "Share of customers", format = ".1%" }
// hub         = { type = "str", title = "Hub", help = "The hub with the most friends; without one, the member with the most friends" }
// hub_name    = { type = "str", title = "Hub's name" }
// hub_friends = { type = "int", title = "Hub's friends", format = ",d" }
// leading_out = { type = "float", title = "Ties leading out", format = ".0%", help = "Share of the ties that lead out of the community (conductance): 0 is a closed circle" }
// hubs        = { type = "int", title = "Hubs", format = ",d", help = "Members with far more friends inside than most" }
// bridges     = { type = "int", title = "Bridges", format = ",d", help = "Members with friends in several communities" }
// follow_ons  = { type = "int", title = "Follow-on purchases", format = ",d" }
// ///
MATCH (c:Customer)-[:SCORED]->(s:Score {run: $run})
WITH s.community AS community, c, s, CASE s.community_role WHEN 'hub' THEN 0 ELSE 1 END AS place,
     coalesce(c.opted_out, false) = false AS shown
ORDER BY place, s.friend_count DESC, c.id
WITH community, count(*) AS members, head(collect(CASE WHEN shown THEN c END)) AS hub,
     head(collect(CASE WHEN shown THEN s.friend_count END)) AS hub_friends,
     count(CASE WHEN s.community_role = 'hub' THEN 1 END) AS hubs,
     count(CASE WHEN s.community_role = 'bridge' THEN 1 END) AS bridges,
     sum(s.follow_on_count) AS follow_ons
WITH collect({community: community, members: members, hub: hub, hub_friends: hub_friends, hubs: hubs,
              bridges: bridges, follow_ons: follow_ons}) AS found, sum(members) AS customers
UNWIND found AS row
WITH row, customers
WHERE row.community IS NOT NULL AND row.members >= $min_members
OPTIONAL MATCH (g:Community {run: $run, id: row.community})
RETURN row.community AS community, row.members AS members, toFloat(row.members) / customers AS share,
       row.hub.id AS hub, row.hub.name AS hub_name, row.hub_friends AS hub_friends, g.conductance AS leading_out,
       row.hubs AS hubs, row.bridges AS bridges, row.follow_ons AS follow_ons
ORDER BY members DESC, community
LIMIT $limit
