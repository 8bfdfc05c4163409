// /// internal
// format  = 1
// title   = "Kinds of advocacy"
// summary = "Every kind of advocacy in the data: the choices of `kind`"
// [columns]
// kind = { type = "str", title = "Kind" }
// ///
MATCH (:Customer)-[a:ADVOCATED]->()
RETURN DISTINCT a.kind AS kind
ORDER BY kind
