/**
 * Publications: what the newest index consists of and which data files hold which transactions, as one `domainMetadata` entry.
 *
 * With a publication and the log entries after it a pond is open: neither the history nor a list of files is needed (R9). Derived
 * like the index itself (R6): without a usable one, everything follows from the data files.
 */
import { Schema } from "effect"

/** The metadata domain of publications. */
export const INDEX_DOMAIN = "pond.index"

const Hash = Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/))
const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/** One piece of the index. `first` and `last` are its outermost keys, base64. */
export const PieceInfo = Schema.Struct({
  file: Schema.NonEmptyString,
  level: Count,
  sizeBytes: Count,
  hash: Hash,
  outboard: Schema.optionalKey(Hash),
  entries: Count,
  first: Schema.String,
  last: Schema.String
})
/** One piece of the index. */
export type PieceInfo = typeof PieceInfo.Type

/** One data file: the txns whose rows it holds, its size and BLAKE3. */
export const DataFileInfo = Schema.Struct({
  file: Schema.NonEmptyString,
  level: Count,
  firstTxn: Count,
  lastTxn: Count,
  rows: Count,
  sizeBytes: Count,
  hash: Hash,
  outboard: Schema.optionalKey(Hash)
})
/** One data file. */
export type DataFileInfo = typeof DataFileInfo.Type

/** The state of the pond after a txn, by names: pieces and data files from the oldest to the newest. */
export const Publication = Schema.Struct({
  format: Count,
  pond: Schema.NonEmptyString,
  txn: Count,
  chain: Hash,
  root: Hash,
  timeMicros: Schema.Int,
  pieces: Schema.Array(PieceInfo),
  files: Schema.Array(DataFileInfo),
  /** All other metadata domains at its log entry: whoever opens the pond by it must know what is condemned. */
  domains: Schema.Record(Schema.String, Schema.String)
})
/** The state of the pond after a txn, by names. */
export type Publication = typeof Publication.Type

const PublicationJson = Schema.fromJsonString(Publication)

/** The configuration text of a publication. */
export const encodePublication: (publication: Publication) => string = Schema.encodeSync(PublicationJson)

/** Reads a configuration text. Fails with a `SchemaError` that says what is wrong; callers fall back to a rebuild. */
export const decodePublication = Schema.decodeUnknownExit(PublicationJson)
