// /// internal
// title = "What the ledger knows of a file"
// [params]
// key     = { type = "str", help = "Dataset, source, digest and part of the file" }
// dataset = { type = "str", help = "Dataset" }
// keys    = { type = "list[str]", help = "Keys of all files of this load" }
// ///
OPTIONAL MATCH (f:_InfluenceFile {key: $key})
OPTIONAL MATCH (other:_InfluenceFile {dataset: $dataset, loaded_from: $source})
WHERE NOT other.key IN $keys
WITH f, max(other.last_version) AS newest, max(other.as_of) AS as_of
RETURN f.status AS status, f.stamp AS stamp, f.batch_size AS batch_size, f.contract AS contract,
       f.first_version AS first_version, newest AS newest_other, as_of AS as_of_other
