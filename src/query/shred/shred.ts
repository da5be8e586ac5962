/**
 * JSON lines to Parquet by threads of our own, several times as fast as the engine, which would read them twice: to find out what columns there are, and
 * to take them.
 *
 * It gives what the engine would give, or nothing: what is not beyond doubt is refused as a whole, and read by the engine. The bytes that come are
 * checked ones (R4).
 */
import { Effect, Stream } from "effect"
import { Unpacking } from "../../tlogfs/content/threads/crew.ts"
import type { Named } from "../cache.ts"
import { namer } from "../checksum.ts"
import type { Column } from "../columns.ts"
import { CacheFailed } from "../errors.ts"
import { crew } from "./crew.ts"
import { Holding } from "./holding.ts"
import { Orders, type Shredding } from "./orders.ts"
import type { FileColumn, PartFile } from "./part-file.ts"
import { Refused } from "./refused.ts"
import { solo } from "./solo.ts"
import type { Branch } from "./tree.ts"

/** A run of lines that became a file. */
export interface ShreddedPart {
  readonly file: string
  /** What it is to be called, and its checksum. */
  readonly named: Named
  /** Bytes of the lines. */
  readonly sizeBytes: number
  /** Each of them a row. */
  readonly lines: number
  readonly columns: ReadonlyArray<Column>
  /** Columns that are objects: what types these are, the engine knows. */
  readonly objects: ReadonlyArray<Branch<FileColumn>>
}

/** What becomes of texts. */
const TEXTS: ReadonlySet<string> = new Set(["DATE", "TIME", "TIMESTAMP", "UUID", "VARCHAR"])

/**
 * The columns of all files whose texts may be more than texts: none of them is beyond doubt. `undefined` where columns contradict each other or earlier ones:
 * times are written in one way, and what holds texts holds nothing else.
 */
const doubtfulOf = (parts: ReadonlyArray<PartFile>, before: ReadonlyArray<Column>) => {
  const known = new Map(
    before.map(([name, type]) => [name.toLowerCase(), { name, type, style: undefined as string | undefined }])
  )
  const doubtful = new Set<string>()
  const certain = new Set(before.flatMap(([name, type]) => (type === "VARCHAR" ? [name] : [])))
  for (const { isText, name, style, type } of parts.flatMap(({ columns }) => [...columns.values()])) {
    if (type === "NULL") continue
    const column = known.get(name.toLowerCase()) ?? { name, type, style }
    // The engine tells keys apart by their case, and columns not.
    if (column.name !== name) return undefined
    if (TEXTS.has(type) || TEXTS.has(column.type)) {
      if (column.type !== type || (column.style ?? style) !== style) return undefined
    }
    known.set(name.toLowerCase(), { ...column, style })
    if (type === "VARCHAR") (isText ? certain : doubtful).add(name)
  }
  return [...doubtful].filter((name) => !certain.has(name))
}

/** What lines became. */
export interface Shredded {
  readonly parts: ReadonlyArray<ShreddedPart>
  /** Columns of texts that may be times or other types: the engine has to be asked. */
  readonly doubtful: ReadonlyArray<string>
  /** Bytes of a last line that goes on later. */
  readonly unfinishedBytes: number
}

/** Contents so far: threads take turns with each of them. */
let turns = 0

/** Threads for a content, and what they keep of it. */
const holdingOf = Effect.gen(function* () {
  yield* Effect.acquireRelease(
    Effect.sync(() => crew.enter()),
    () => Effect.sync(() => crew.leave())
  )
  return yield* Effect.acquireRelease(
    Effect.sync(() => new Holding(crew, (turns += 1))),
    (held) => Effect.sync(() => held.close())
  )
})

/** Makes files of JSON lines, in the directory that is given; `undefined` where they have to be read by the engine. */
export const shred = <E, R>(
  bytes: Stream.Stream<Uint8Array, E, R>,
  shredding: Shredding
): Effect.Effect<Shredded | undefined, E | CacheFailed, R> =>
  Effect.gen(function* () {
    const holding = shredding.isLarge ? yield* holdingOf : undefined
    const nextName = yield* namer
    const orders = yield* Effect.acquireRelease(
      Effect.sync(() => new Orders(holding === undefined ? solo : crew, holding, { ...shredding, nextName })),
      (held) => Effect.promise(() => held.close())
    )
    const attempt = <A>(make: () => Promise<A>) =>
      Effect.tryPromise({
        try: make,
        catch: (cause) => (cause instanceof Refused ? cause : new CacheFailed({ path: shredding.work, cause }))
      })
    const unpacked = holding === undefined ? bytes : Stream.provideService(bytes, Unpacking, holding)
    yield* Stream.runForEach(unpacked, (chunk) => attempt(() => orders.push(chunk)))
    const unfinishedBytes = yield* attempt(() => orders.finish())
    const doubtful = doubtfulOf(orders.parts, shredding.columns)
    if (doubtful === undefined) return undefined
    const parts = orders.parts.map(({ named, objects, path, rows, sizeBytes, types }) => {
      return { file: path, named, sizeBytes, lines: rows, columns: types, objects } satisfies ShreddedPart
    })
    return { parts, doubtful, unfinishedBytes } satisfies Shredded
  }).pipe(
    Effect.scoped,
    Effect.catchIf(
      (error): error is Refused => error instanceof Refused,
      () => Effect.undefined
    )
  )
