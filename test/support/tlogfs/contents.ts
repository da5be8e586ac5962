/**
 * Contents in a store, without a log around them: what `tlogfs` does with them, for tests.
 */
import { Effect, Exit, Scope, Stream } from "effect"
import type { Row } from "../../../src/tlogfs/row.ts"
import { row } from "../../../src/tlogfs/row.ts"
import { type BlobReader, makeBlobReader } from "../../../src/tlogfs/content/blob-reader.ts"
import type { BlobPlace } from "../../../src/tlogfs/content/blob-writer.ts"
import { type ContentLimits, DEFAULT_LIMITS } from "../../../src/tlogfs/content/limits.ts"
import { makeBatch } from "../../../src/tlogfs/content/packs.ts"
import { readContent } from "../../../src/tlogfs/content/read.ts"
import { contentOfRows } from "../../../src/tlogfs/content/rows.ts"
import type { StagedContent } from "../../../src/tlogfs/content/staged.ts"
import type { ContentIdentity, StoredContent } from "../../../src/tlogfs/content/stored.ts"
import { stageContent } from "../../../src/tlogfs/content/writer.ts"
import { memoryStore } from "../../../src/store/memory/store.ts"
import type { Store } from "../../../src/store/ObjectStore.ts"
import { concat } from "../../../src/store/bytes.ts"
import type { StageMode } from "../../../src/tinyfs/index.ts"
import { noise } from "../bao/content.ts"

/** How the tests name the node they write. */
export const SUBJECT = { node: "01890000-0000-7000-8000-000000000001", path: "/logs/app.json" }

/** Limits a hundred times smaller than the real ones, so that small contents reach them all. */
export const SMALL_LIMITS: ContentLimits = {
  inlineBytes: 20_000,
  inlineTotalBytes: 60_000,
  memberBytes: 300_000,
  packBytes: 700_000,
  extentBytes: 1024 * 1024,
  compressionLevel: 1
}

/** Bytes that compress like logs: lines of numbers and words, other ones for each seed. */
export const logs = (sizeBytes: number, seed = 0): Uint8Array => {
  const random = noise(sizeBytes / 8 + 16, seed)
  const lines: Array<string> = []
  for (let at = 0, length = 0; length < sizeBytes; at += 4) {
    const number = random[at % random.length]! * 256 + random[(at + 1) % random.length]!
    const line = `{"seq":${seed + at},"level":"info","sensor":"pump-${number % 7}","value":${number}}\n`
    lines.push(line)
    length += line.length
  }
  return new TextEncoder().encode(lines.join("")).slice(0, sizeBytes)
}

/** A node's rows and the store with its blobs, as a log would keep them. */
export class Shelf {
  readonly store: Store
  readonly reader: BlobReader
  readonly limits: ContentLimits
  readonly rows: Array<Row> = []
  readonly condemned = new Set<string>()
  readonly type: "file" | "series" | "table-series"
  last: Pick<StagedContent, "content" | "state"> | undefined

  private constructor(store: Store, reader: BlobReader, type: Shelf["type"], limits: ContentLimits) {
    this.store = store
    this.reader = reader
    this.type = type
    this.limits = limits
  }

  /** Makes an empty one. */
  static readonly make = (
    options: { readonly store?: Store; readonly type?: Shelf["type"]; readonly limits?: ContentLimits } = {}
  ): Effect.Effect<Shelf> => {
    const store = options.store ?? memoryStore()
    return Effect.map(
      makeBlobReader(store),
      (reader) => new Shelf(store, reader, options.type ?? "series", options.limits ?? DEFAULT_LIMITS)
    )
  }

  /** The same rows and objects with nothing cached. */
  readonly reopened = Effect.suspend(() =>
    Effect.map(makeBlobReader(this.store), (reader) => {
      const shelf = new Shelf(this.store, reader, this.type, this.limits)
      shelf.rows.push(...this.rows)
      return shelf
    })
  )

  get place(): BlobPlace {
    return { store: this.store, isCondemned: (blob) => this.condemned.has(blob) }
  }

  /** How many versions were committed. */
  get version(): number {
    return this.rows.reduce((newest, { version }) => Math.max(newest, version ?? 0), 0)
  }

  identity(version = this.version): ContentIdentity {
    return { ...SUBJECT, version }
  }

  /** The content of a version as its rows tell it. */
  content(version = this.version, rows: ReadonlyArray<Row> = this.rows): StoredContent {
    const bare: ReadonlyArray<Row> = rows.map((one) => ({ ...one, content: null }))
    const inline = (asked: ReadonlyArray<Row>) =>
      Effect.succeed(asked.map((one) => rows[bare.indexOf(one)]!.content ?? new Uint8Array(0)))
    const content = contentOfRows(this.identity(version), bare, inline)
    if ("extents" in content) return content
    throw content
  }

  /** Writes one version in pieces and commits it; `resumes` without the state that was kept. */
  readonly write = Effect.fnUntraced(function* (
    this: Shelf,
    mode: StageMode,
    pieces: ReadonlyArray<Uint8Array>,
    options: { readonly resumes?: boolean } = {}
  ) {
    const scope = yield* Scope.make()
    const staged = yield* this.stage(mode, pieces, options).pipe(Scope.provide(scope))
    yield* this.commit(staged)
    yield* Scope.close(scope, Exit.void)
    return staged
  })

  /** Writes one version without committing it. */
  readonly stage = Effect.fnUntraced(function* (
    this: Shelf,
    mode: StageMode,
    pieces: ReadonlyArray<Uint8Array>,
    options: { readonly resumes?: boolean } = {}
  ) {
    const batch = yield* makeBatch(this.place, this.limits)
    const base =
      this.version === 0
        ? undefined
        : {
            content: this.last?.content ?? contentOf(this),
            stored: Effect.sync(() => this.content()),
            state: options.resumes === true ? undefined : this.last?.state
          }
    const writer = yield* stageContent(this.reader, batch, { mode, subject: SUBJECT, base })
    for (const piece of pieces) yield* writer.write(piece)
    return yield* writer.finish
  })

  /** Adds the rows of a staged content. */
  readonly commit = Effect.fnUntraced(function* (this: Shelf, staged: StagedContent) {
    const { hash, listHash, sizeBytes, version } = staged.content
    const [first, ...further] = yield* staged.physical
    const event = { txn: version, op: 1, node_id: SUBJECT.node }
    const state = { version, size: sizeBytes, hash, list_hash: listHash ?? null, type: this.type }
    const kind = this.type === "series" ? "appended" : "written"
    this.rows.push(row({ ...event, kind, ...state, ...first }))
    for (const physical of further) this.rows.push(row({ ...event, kind: "extent", ...physical }))
    this.last = staged
  })

  /** Reads bytes of a version, by default the newest. */
  read(
    span?: { readonly start: number; readonly end: number },
    version?: number
  ): Effect.Effect<Uint8Array, Stream.Error<ReturnType<typeof readContent>>> {
    return Effect.suspend(() => collect(readContent(this.reader, this.content(version), span)))
  }
}

const contentOf = (shelf: Shelf) => {
  const { hash, size, version } = shelf.rows.findLast(({ kind }) => kind !== "extent")!
  return { version: version!, sizeBytes: size!, hash: hash! }
}

/** Joins the chunks of a stream. */
export const collect = <E>(stream: Stream.Stream<Uint8Array, E>): Effect.Effect<Uint8Array, E> =>
  Effect.map(Stream.runCollect(stream), concat)

/** The keys of all objects of a store. */
export const keysOf = (store: Store): Effect.Effect<ReadonlyArray<string>, unknown> =>
  Effect.map(Stream.runCollect(store.list("")), (objects) => objects.map(({ key }) => key))
