/**
 * The index of a remote, kept on this machine as far as it was read or written here: each push adds to it, and need not fetch what the one before
 * wrote. A cache: what comes from it is checked against the hashes in the remote's log like what comes from there (R4, R6).
 */
import { cachedStore } from "../../store/cache.ts"
import type { Store } from "../../store/ObjectStore.ts"

/** Of the indexes of all remotes of a pond together so much is kept. */
const PIECES_BYTES_MAX = 64 * 1024 * 1024

/** Pieces are named by chance: a name never means other bytes. */
const isPiece = (key: string): boolean => /^_index\/.+\.parquet$/u.test(key)

/** Wraps the store of a remote so that pieces of its index are kept in `cache`; one on this machine is left as it is. */
export const keptPieces = (remote: Store, cache: Store): Store =>
  remote.capabilities.remote ? cachedStore(remote, cache, { isImmutable: isPiece, bytesMax: PIECES_BYTES_MAX }) : remote
