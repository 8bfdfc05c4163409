// /// report
// format   = 1
// title    = "Community memberships of a customer"
// question = "Which groups of our community has this customer joined?"
// summary  = "One customer's groups at the day of the data; that members spend more than others does not show that joining made them"
// category = "customers"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// key      = ["group_id"]
// timeout  = "30s"
// [params]
// customer = { type = "str", help = "Id of the customer" }
// limit    = { type = "int", default = 25, min = 1, max = 10000, help = "How many groups to list" }
// [columns]
// group     = { type = "str", title = "Group" }
// joined_at = { type = "datetime", title = "Joined", format = "%Y-%m-%d" }
// left_at   = { type = "datetime", title = "Left", format = "%Y-%m-%d" }
// role      = { type = "str", title = "Role" }
// members   = { type = "int", title = "Members", format = ",d" }
// group_id  = { type = "str", title = "Group number" }
// ///
MATCH (run:Run {id: $run})
MATCH (c:Customer {id: $customer})-[m:MEMBER_OF]->(g:Group)
WHERE m.joined_at IS NULL OR m.joined_at <= run.as_of
RETURN coalesce(g.name, g.id) AS group, m.joined_at AS joined_at, m.left_at AS left_at, m.role AS role,
       COUNT { (g)<-[other:MEMBER_OF]-(:Customer) WHERE other.joined_at IS NULL OR other.joined_at <= run.as_of } AS members,
       g.id AS group_id
ORDER BY joined_at IS NULL, joined_at DESC, group_id
LIMIT $limit
