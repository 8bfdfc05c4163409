// /// report
// format   = 1
// title    = "Countries"
// question = "Which countries do our customers live in?"
// summary  = "Countries by number of customers: the choices of every `country` parameter"
// category = "data"
// owner    = "data"
// revision = 1
// maturity = "stable"
// key      = ["country"]
// timeout  = "30s"
// chart    = { mark = "bar", x = "country", y = "customers" }
// [params]
// limit = { type = "int", default = 300, min = 1, max = 1000, help = "How many countries to list" }
// [columns]
// country   = { type = "str", title = "Country" }
// customers = { type = "int", title = "Customers", format = ",d", unit = "people" }
// ///
MATCH (c:Customer)
WHERE c.country IS NOT NULL
RETURN c.country AS country, count(*) AS customers
ORDER BY customers DESC, country
LIMIT $limit
