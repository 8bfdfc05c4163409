// /// schema
// title = "Customers are found by a part of their name"
// ///
CREATE TEXT INDEX customer_name_text IF NOT EXISTS
FOR (c:Customer) ON (c.name)
