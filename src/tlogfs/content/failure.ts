/**
 * What a failure below means for the reader of a content: damage of that content, or a store that failed.
 */
import type { VerificationFailed } from "../../bao/index.ts"
import { Damaged, PersistenceFailed } from "../../tinyfs/index.ts"
import type { BlobDamaged } from "./blob.ts"
import type { BlobError } from "./blob-reader.ts"
import type { Span } from "./seekable.ts"
import { type ContentIdentity, NEW_SUBJECT, type ReadFailure, subjectOf } from "./stored.ts"

/** Names the content, and the bytes of it that are meant, in a failure of a blob or a store. */
export const failureOf =
  (url: string, identity: ContentIdentity, span: Span | null) =>
  (error: BlobError): ReadFailure =>
    error._tag === "BlobDamaged"
      ? damageOf(identity, span, whyOfBlob(error))
      : new PersistenceFailed({ operation: `reading ${subjectOf(identity)}`, url, cause: error })

/** As `failureOf`, of bytes on their way into a content. */
export const storingFailureOf =
  (url: string, identity: ContentIdentity) =>
  (error: BlobError): ReadFailure =>
    error._tag === "BlobDamaged"
      ? damageOf(identity, null, whyOfBlob(error))
      : new PersistenceFailed({
          operation: identity.node === NEW_SUBJECT.node ? "storing bytes" : `storing ${subjectOf(identity)}`,
          url,
          cause: error
        })

/** What is wrong with a blob, as the reason of a damage, which says itself what to do. */
export const whyOfBlob = ({ blob, why }: BlobDamaged): string => `the blob ${blob}: ${why}`

/** Damage of a content, or of a span of it. */
export const damageOf = (identity: ContentIdentity, span: Span | null, why: string): Damaged =>
  new Damaged({
    subject: subjectOf(identity),
    version: identity.version,
    start: span?.start ?? null,
    end: span?.end ?? null,
    why
  })

/** Why a group or a pair was not accepted, without saying where again. */
export const whyOf = ({ part }: VerificationFailed): string =>
  part === "content"
    ? "they do not match the hash"
    : "the hash tree over them does not match the hash, so they cannot be checked"
