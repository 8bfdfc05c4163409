// /// internal
// title   = "Exports that a customer is in"
// summary = "Every audience that was written with this customer, the control group included"
// [params]
// id = { type = "str", help = "Customer" }
// ///
MATCH (:Customer {id: $id})<-[i:INCLUDED]-(e:AudienceExport)
RETURN e.id AS export, e.platform AS platform, e.segment AS segment, e.created_at AS created_at, e.status AS status,
       i.arm AS arm
ORDER BY created_at, export
