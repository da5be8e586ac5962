/**
 * SQL over ponds: the public API of `pondfs/query`.
 */
export type { Column } from "./columns.ts"
export * from "./errors.ts"
export type { ColumnProfile, TableProfile } from "./profile.ts"
export { type Answer, type Profile, Query, type QueryError, type QueryInterface, queryOver } from "./query.ts"
export type { Rows } from "./rows.ts"
export type { Attached, AttachedPond } from "./sources.ts"
export type { Note, QueryOptions } from "./tables.ts"
