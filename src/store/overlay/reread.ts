/**
 * Producing again what a dry run hashed and did not keep.
 */
import { Stream } from "effect"
import { Hasher } from "../../bao/hasher.ts"
import { sameHash, toHex } from "../../bao/hex.ts"
import { chunksOf } from "../bytes.ts"
import { BytesNotKept } from "../errors.ts"
import type { StoreError } from "../errors.ts"
import type { Span } from "../range.ts"

/** An object whose bytes were not kept: `hash` is their BLAKE3, 32 bytes. */
export interface ForgottenObject {
  readonly key: string
  readonly sizeBytes: number
  readonly hash: Uint8Array
}

/** Produces the bytes of such an object again, all of them and in order, usually by reading and encoding their source. */
export type Reread = (object: ForgottenObject) => Stream.Stream<Uint8Array, StoreError>

const notKept = (url: string, { key, sizeBytes, hash }: ForgottenObject): BytesNotKept =>
  new BytesNotKept({ url, key, sizeBytes, hash: toHex(hash) })

/** What is done where nobody can produce bytes again: `BytesNotKept`. */
export const rereadNothing =
  (url: string): Reread =>
  (object) =>
    Stream.fail(notKept(url, object))

/** Gives the part of a chunk that begins at `at` and lies in the span. */
const within = (span: Span, at: number, chunk: Uint8Array): Uint8Array =>
  chunk.subarray(Math.max(0, span.start - at), Math.max(0, span.end - at))

/**
 * Streams a span of bytes that are produced again. All of them are produced and hashed, and the stream ends well only when
 * they are the ones that were planned: until then a reader holds unverified bytes.
 */
export const rereadSpan = (url: string, object: ForgottenObject, span: Span, reread: Reread) =>
  Stream.suspend(() => {
    const hasher = new Hasher()
    const produced = Stream.map(reread(object), (chunk) => {
      const part = within(span, hasher.sizeBytes, chunk)
      hasher.update(chunk)
      return part
    })
    const checked = Stream.suspend(() => {
      const isSame = hasher.sizeBytes === object.sizeBytes && sameHash(hasher.root(), object.hash)
      return isSame ? Stream.empty : Stream.fail(notKept(url, object))
    })
    return Stream.concat(produced, checked).pipe(
      Stream.map((part) => [...chunksOf(part)]),
      Stream.flattenIterable
    )
  })
