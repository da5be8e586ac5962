/**
 * Contents that wait for their commit.
 *
 * A transaction may have thousands of them: each keeps what the commit needs and no more. So it is a class, whose methods know its fields alone,
 * and not a bundle of functions, which would keep everything that its writer had.
 */
import { Effect, Stream } from "effect"
import type { OutboardBuilder } from "../../bao/index.ts"
import {
  type ByteRange,
  type Content,
  listHash,
  PersistenceFailed,
  type Staged,
  type StageMode
} from "../../tinyfs/index.ts"
import type { Physical } from "../row.ts"
import type { BlobError, BlobReader } from "./blob-reader.ts"
import type { Extent } from "./extent.ts"
import { storingFailureOf } from "./failure.ts"
import { outboardColumns, type OutboardParts } from "./outboard.ts"
import { readContent } from "./read.ts"
import { physicalRows } from "./rows.ts"
import { type ContentIdentity, continued, type ReadFailure, type StoredContent } from "./stored.ts"

/** The state of a content's tree after a version, to go on from without reading anything. About 18 KiB. */
export interface AppendState {
  readonly sizeBytes: number
  /** The content it belongs to, hex. */
  readonly hash: string
  readonly builder: OutboardBuilder
}

/** What a node holds already. */
export interface Base {
  readonly content: Content
  /** The state that belongs to it, where the caller still has it. */
  readonly state?: AppendState | undefined
  /** Where it is; asked for only when it must be read. */
  readonly stored: Effect.Effect<StoredContent, ReadFailure>
}

/** What is to be written, and how it relates to what is there. */
export interface StageRequest {
  readonly mode: StageMode
  /** The node, for messages. */
  readonly subject: Omit<ContentIdentity, "version">
  readonly base?: Base | undefined
}

/** What a write came to. */
interface Written extends OutboardParts {
  /** The extents of the added bytes. */
  readonly extents: Effect.Effect<ReadonlyArray<Extent>, BlobError>
  readonly state: AppendState
  /** Bytes that this write added. */
  readonly addedBytes: number
}

/** A content that waits for its commit. */
export class StagedContent implements Staged {
  readonly content: Content
  /** Bytes that this write added. */
  readonly addedBytes: number
  readonly #reader: BlobReader
  readonly #request: StageRequest
  readonly #extents: Written["extents"]
  readonly #parts: OutboardParts
  #state: AppendState | undefined

  constructor(reader: BlobReader, request: StageRequest, { addedBytes, extents, loose, runs, state }: Written) {
    const { base, mode } = request
    const { hash, sizeBytes } = state
    this.content = {
      version: (base?.content.version ?? 0) + 1,
      sizeBytes,
      hash,
      ...(mode === "add-version" ? { listHash: listHash(base?.content.listHash, sizeBytes, hash) } : {})
    }
    this.addedBytes = addedBytes
    this.#reader = reader
    this.#request = request
    this.#extents = extents
    this.#parts = { loose, runs }
    this.#state = state
  }

  /** To append further, also before the commit: without it the end of the content is read again. */
  get state(): AppendState | undefined {
    return this.#state
  }

  /** Gives the state up. */
  forgetState(): void {
    this.#state = undefined
  }

  get #identity(): ContentIdentity {
    return { ...this.#request.subject, version: this.content.version }
  }

  get #added(): Effect.Effect<ReadonlyArray<Extent>, ReadFailure> {
    return Effect.mapError(this.#extents, storingFailureOf(this.#reader.store.url, this.#identity))
  }

  /** The physical columns of its rows, first that of the event; publishes the pack in which its bytes are. */
  get physical(): Effect.Effect<ReadonlyArray<Physical>, ReadFailure> {
    const { loose, runs } = this.#parts
    return Effect.map(this.#added, (list) => physicalRows(list, outboardColumns(runs[0], loose)))
  }

  /** The content after the event, as it will be read. */
  get stored(): StoredContent {
    const { base, mode } = this.#request
    const { hash, sizeBytes } = this.content
    const before =
      mode === "append" && base !== undefined ? { sizeBytes: base.content.sizeBytes, stored: base.stored } : undefined
    return continued({ identity: this.#identity, sizeBytes, hash }, before, { extents: this.#added, ...this.#parts })
  }

  /** Reads the staged bytes back; of an append the whole content. */
  read(range?: ByteRange): Stream.Stream<Uint8Array, ReadFailure> {
    return Stream.mapError(readContent(this.#reader, this.stored, range), (error) =>
      error._tag === "Pruned"
        ? new PersistenceFailed({ operation: "reading back", url: this.#reader.store.url, cause: error })
        : error
    )
  }
}
