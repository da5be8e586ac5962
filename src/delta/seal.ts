/**
 * Seals: each entry carries a digest of itself and the digest of the entry before it, so that the log is a chain.
 *
 * `commitInfo` begins with `"seal":{"previous":"<64 hex>","digest":"<64 hex>"}`. The digest is taken over the exact bytes of the
 * entry with the 64 digits of `digest` replaced by zeros; the first entry's `previous` is 64 zeros. Any changed, removed,
 * replaced or rolled-back entry is found. How bytes are hashed is the caller's choice.
 *
 * A checkpoint is sealed likewise, because Parquet protects nothing: its footer holds, under the name `seal`, the text
 * `seal:<version>:<digest of the entry of that version>:<digest>`, the last one over the file with its 64 digits replaced by zeros.
 */
import { Malformed } from "./errors.ts"

/** How entries are sealed. */
export interface Seal {
  /** 64 hexadecimal digits for the bytes of an entry. Must depend on every byte. */
  readonly digest: (bytes: Uint8Array) => string
}

/** What an entry's seal says. */
export interface SealValue {
  readonly previous: string
  readonly digest: string
}

/** The `previous` of the first entry, and the digits that stand for a digest while it is taken. */
export const BLANK = "0".repeat(64)

const HEX = /^[0-9a-f]{64}$/
const OPENING = '{"commitInfo":{"seal":{"previous":"'
const BETWEEN = '","digest":"'
const PREVIOUS_AT = OPENING.length
const DIGEST_AT = PREVIOUS_AT + 64 + BETWEEN.length
const CLOSING = '"}'

const text = (bytes: Uint8Array, start: number, end: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1", start, end)

const setDigest = (bytes: Uint8Array, start: number, digest: string): void => {
  for (let at = 0; at < 64; at++) bytes[start + at] = digest.charCodeAt(at)
}

/** The seal of an entry, unchecked; `undefined` when it has none in its place. */
export const readSeal = (bytes: Uint8Array): SealValue | undefined => {
  const previous = text(bytes, PREVIOUS_AT, PREVIOUS_AT + 64)
  const digest = text(bytes, DIGEST_AT, DIGEST_AT + 64)
  const framed =
    text(bytes, 0, PREVIOUS_AT) === OPENING &&
    text(bytes, PREVIOUS_AT + 64, DIGEST_AT) === BETWEEN &&
    text(bytes, DIGEST_AT + 64, DIGEST_AT + 64 + CLOSING.length) === CLOSING
  return framed && HEX.test(previous) && HEX.test(digest) ? { previous, digest } : undefined
}

/** Fills in the digest of an encoded entry whose seal is blank, in place; gives the digest. */
export const sealEntry = (bytes: Uint8Array, seal: Seal): string => {
  const digest = seal.digest(bytes)
  setDigest(bytes, DIGEST_AT, digest)
  return digest
}

/**
 * Checks an entry against its own digest and, where it is known, the digest of the entry before it. Gives its digest.
 * Throws `Malformed`.
 */
export const checkSeal = (bytes: Uint8Array, seal: Seal, previous: string | undefined): string => {
  const value = readSeal(bytes)
  if (value === undefined) throw new Malformed("it has no seal")
  const blank = new Uint8Array(bytes)
  setDigest(blank, DIGEST_AT, BLANK)
  if (seal.digest(blank) !== value.digest) throw new Malformed("its bytes do not match its digest")
  if (previous !== undefined && value.previous !== previous) {
    throw new Malformed("it does not follow the entry before it: one of the two was replaced")
  }
  return value.digest
}

/** Which version a checkpoint is of, and the digest of that version's entry. */
export interface CheckpointOf {
  readonly version: number
  readonly entry: string
}

/** The name in the footer of a checkpoint under which its seal stands. */
export const CHECKPOINT_SEAL = "seal"

const CHECKPOINT = /^seal:(\d+):([0-9a-f]{64}):([0-9a-f]{64})/

/** The blank seal of a checkpoint, to be written under `CHECKPOINT_SEAL`. */
export const blankCheckpointSeal = ({ entry, version }: CheckpointOf): string => `seal:${version}:${entry}:${BLANK}`

/** Where the digits of a checkpoint's digest begin, and what its seal says. Throws `Malformed`. */
const findCheckpointSeal = (bytes: Uint8Array) => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const start = buffer.lastIndexOf("seal:")
  const match = start < 0 ? null : CHECKPOINT.exec(buffer.toString("latin1", start, start + 160))
  if (match === null) throw new Malformed("it has no seal")
  const [whole, version = "", entry = "", digest = ""] = match
  return { digestAt: start + whole.length - 64, version: Number(version), entry, digest }
}

/** Fills in the digest of an encoded checkpoint whose seal is blank, in place. */
export const sealCheckpoint = (bytes: Uint8Array, seal: Seal): void => {
  const { digestAt } = findCheckpointSeal(bytes)
  setDigest(bytes, digestAt, seal.digest(bytes))
}

/** Checks the bytes of a checkpoint against its seal. Throws `Malformed`. */
export const checkCheckpointSeal = (bytes: Uint8Array, seal: Seal, expected: CheckpointOf): void => {
  const found = findCheckpointSeal(bytes)
  const blank = new Uint8Array(bytes)
  setDigest(blank, found.digestAt, BLANK)
  if (seal.digest(blank) !== found.digest) throw new Malformed("its bytes do not match its digest")
  if (found.version !== expected.version) throw new Malformed(`it is the checkpoint of version ${found.version}`)
  if (found.entry !== expected.entry) throw new Malformed("it belongs to another history than the entry of its version")
}
