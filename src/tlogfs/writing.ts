/**
 * The writing side of a persistence: contents staged for a transaction, and where their bytes are when it is committed.
 */
import { Effect } from "effect"
import type { Store } from "../store/ObjectStore.ts"
import {
  type Change,
  type Content,
  type Contents,
  type Draft,
  type Node,
  type NodeId,
  PersistenceFailed,
  type StorageError,
  type Staged,
  TransactionConflict
} from "../tinyfs/index.ts"
import type { BlobReader } from "./content/blob-reader.ts"
import { regenerateBlob } from "./content/blob-writer.ts"
import type { ContentLimits } from "./content/limits.ts"
import { makeBatch } from "./content/packs.ts"
import { NEW_SUBJECT, type StoredContent } from "./content/stored.ts"
import type { AppendState, Base, StagedContent } from "./content/staged.ts"
import { stageContent } from "./content/writer.ts"
import type { PhysicalOf } from "./engine.ts"
import type { Physical } from "./row.ts"
import { readErrorOf } from "./view.ts"

/** Contents whose state is kept, in a transaction and between commits, so that appending reads nothing: about 18 KiB each. */
const APPEND_STATES_KEPT = 256

/** What writing needs of the pond it writes to. */
export interface WritingPlace {
  readonly store: Store
  readonly blobs: BlobReader
  readonly limits: ContentLimits
  /** Blobs that vacuum has condemned, as of now. */
  readonly condemned: () => ReadonlySet<string>
  /** The newest transaction, as of now. */
  readonly headTxn: () => number
  /** The content that a node has at the head. */
  readonly storedOf: (node: NodeId, content: Content) => Effect.Effect<StoredContent, StorageError>
}

/** Bytes that could not be stored, by the name of the node that was to have them. */
const namedAfter = ({ name }: Node, error: StorageError): StorageError =>
  error._tag === "PersistenceFailed"
    ? new PersistenceFailed({ operation: `storing ${JSON.stringify(name)}`, url: error.url, cause: error.cause })
    : error

/** The writing side of one open pond. */
export class Writing {
  readonly #place: WritingPlace
  readonly #states = new Map<NodeId, AppendState>()

  constructor(place: WritingPlace) {
    this.#place = place
  }

  /** Begins the contents of one transaction. */
  readonly contents = Effect.suspend(() => {
    const { blobs, condemned, limits, store } = this.#place
    const atBegin = condemned()
    const recent: Array<StagedContent> = []
    const keepFew = (staged: StagedContent): void => {
      recent.push(staged)
      if (recent.length > APPEND_STATES_KEPT) recent.shift()!.forgetState()
    }
    return Effect.map(makeBatch({ store, isCondemned: (blob) => atBegin.has(blob) }, limits), (batch): Contents => ({
      open: (mode, base?: Node, staged?: Staged) => {
        const subject = base === undefined ? NEW_SUBJECT : { node: base.id, path: base.name }
        const request = { mode, subject, base: this.#baseOf(base, staged as StagedContent | undefined) }
        return Effect.map(stageContent(blobs, batch, request), ({ finish, write }) => ({
          write,
          finish: Effect.tap(finish, (done) => Effect.sync(() => keepFew(done)))
        }))
      }
    }))
  })

  /** What the next content of a node goes on from. */
  #baseOf(node: Node | undefined, staged: StagedContent | undefined): Base | undefined {
    if (staged !== undefined) {
      return { content: staged.content, state: staged.state, stored: Effect.succeed(staged.stored) }
    }
    if (node?.content === undefined) return undefined
    const { content, id } = node
    return { content, state: this.#states.get(id), stored: this.#place.storedOf(id, content) }
  }

  /** Where the bytes of changes are. What vacuum condemned since it was staged is stored again under another name. */
  readonly physicalOf: PhysicalOf = (changes: ReadonlyArray<Change>) =>
    Effect.forEach(changes, ({ event, staged }) =>
      staged === undefined
        ? Effect.succeed([])
        : Effect.flatMap(
            Effect.mapError((staged as StagedContent).physical, (error) => namedAfter(event.node, error)),
            (rows) => Effect.forEach(rows, (columns) => this.#regenerated(columns))
          )
    )

  #regenerated(columns: Physical): Effect.Effect<Physical, StorageError | TransactionConflict> {
    const { blobs, condemned, headTxn, limits, store } = this.#place
    const gone = condemned()
    const again = (blob: string | null) =>
      blob === null || !gone.has(blob)
        ? Effect.succeed(blob)
        : Effect.mapError(
            regenerateBlob({ store, isCondemned: (name) => gone.has(name) }, blobs, blob, limits.compressionLevel),
            // Vacuum deletes soon after it condemns: then only the transaction itself can bring the bytes again.
            (cause) =>
              cause._tag === "BlobDamaged"
                ? new TransactionConflict({
                    url: store.url,
                    base: headTxn(),
                    winner: headTxn(),
                    what: `the blob ${blob}, which maintenance removed as nothing referred to it`
                  })
                : readErrorOf(store.url, "storing a blob again", cause)
          )
    return Effect.map(Effect.all([again(columns.blob), again(columns.outboard_blob)]), ([blob, outboard_blob]) => ({
      ...columns,
      blob,
      outboard_blob
    }))
  }

  /** Keeps what the next append to a committed series goes on from. */
  keepStates({ changes }: Draft): void {
    for (const { event, staged } of changes) {
      if (event.node.type !== "series" || staged === undefined) continue
      this.#states.delete(event.node.id)
      const { state } = staged as StagedContent
      if (state === undefined) continue
      this.#states.set(event.node.id, state)
      if (this.#states.size > APPEND_STATES_KEPT) this.#states.delete(this.#states.keys().next().value!)
    }
  }
}
