/**
 * The store in memory: for tests, for simulations, and for ponds that need not outlive their process.
 *
 * It keeps the contract step by step over a `MemoryDisk`: an object becomes visible, becomes durable, is acknowledged. A
 * simulation gets control before each step through `onStep`, and may crash the disk there.
 */
import { Effect, Layer, Option, Stream } from "effect"
import { chunksOf, concat } from "../bytes.ts"
import { ObjectMissing, ObjectRangeOutside } from "../errors.ts"
import type { Operation } from "../errors.ts"
import { invalidPrefix } from "../key.ts"
import { ObjectStore } from "../ObjectStore.ts"
import type { Capabilities, ListedObject, ObjectInfo, StagedObject, Store } from "../ObjectStore.ts"
import { oneByOne } from "../order.ts"
import { resolveRange } from "../range.ts"
import type { ByteRange } from "../range.ts"
import { isSelected } from "../selection.ts"
import type { Selection } from "../selection.ts"
import { MemoryDisk } from "./disk.ts"
import type { Stored } from "./disk.ts"
import { MEMORY_URL, Session } from "./session.ts"
import type { OnStep } from "./session.ts"

const CAPABILITIES: Capabilities = {
  conditionalPut: true,
  durable: false,
  readOnly: false,
  remote: false,
  atomicCreate: true
}

/** A copy, also of a Buffer, whose `slice` is none. */
const copyOf = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes)

const infoOf = ({ bytes, modifiedMs }: Stored): ObjectInfo => ({ sizeBytes: bytes.length, modifiedMs })

const readBytes = (session: Session, operation: Operation, key: string) =>
  session.on(operation, key, () => {
    const stored = session.disk.read(key)
    return stored === undefined
      ? Effect.fail(new ObjectMissing({ url: MEMORY_URL, key }))
      : Effect.succeed(stored.bytes)
  })

const readRange = (session: Session, operation: Operation, key: string, range: ByteRange | undefined) =>
  Effect.flatMap(readBytes(session, operation, key), (bytes) => {
    const span = resolveRange(range, { url: MEMORY_URL, key, sizeBytes: bytes.length })
    return span instanceof ObjectRangeOutside ? Effect.fail(span) : Effect.succeed(bytes.subarray(span.start, span.end))
  })

const listed = (disk: MemoryDisk, selection: Selection): Array<ListedObject> =>
  disk.keys().flatMap((key) => {
    const stored = isSelected(key, selection) ? disk.read(key) : undefined
    return stored === undefined ? [] : [{ key, ...infoOf(stored) }]
  })

const stagedIn = (session: Session): StagedObject => {
  let parts: Array<Uint8Array> | undefined = []
  const open = (): Array<Uint8Array> => {
    if (parts === undefined) throw new Error("a staged object was used after it was published")
    return parts
  }
  return {
    write: (bytes) => session.alive("write", "", () => Effect.sync(() => void open().push(bytes.slice()))),
    publish: (key) =>
      Effect.suspend(() => {
        const bytes = concat(open())
        parts = undefined
        return session.create("publish", key, bytes)
      })
  }
}

/**
 * Opens a store on a disk. It is dead once the disk has crashed: what was running then cannot go on, and a new store is opened.
 * `onStep` runs before each change of the disk.
 */
export const memoryStore = (disk: MemoryDisk = new MemoryDisk(), onStep?: OnStep): Store => {
  const session = new Session(disk, onStep)
  const putIfAbsent: Store["putIfAbsent"] = (key, bytes) =>
    Effect.suspend(() => session.create("putIfAbsent", key, bytes.slice()))
  return {
    url: MEMORY_URL,
    capabilities: CAPABILITIES,
    get: (key) => Effect.map(readBytes(session, "get", key), copyOf),
    getRange: (key, range) => Effect.map(readRange(session, "getRange", key, range), copyOf),
    stream: (key, range) =>
      Stream.unwrap(
        Effect.map(readRange(session, "stream", key, range), (bytes) =>
          Stream.fromIterable(chunksOf(bytes), { chunkSize: 1 })
        )
      ),
    head: (key) =>
      session.on("head", key, () => Effect.succeed(Option.map(Option.fromUndefinedOr(disk.read(key)), infoOf))),
    list: (prefix, { startAfter } = {}) =>
      Stream.fromIterableEffect(
        session.alive("list", prefix, () => {
          const invalid = invalidPrefix(prefix)
          return invalid === undefined ? Effect.succeed(listed(disk, { prefix, startAfter })) : Effect.fail(invalid)
        })
      ),
    putIfAbsent,
    putInOrder: oneByOne(putIfAbsent),
    stage: session.alive("stage", "", () => Effect.sync(() => stagedIn(session))),
    put: (key, bytes) => Effect.suspend(() => session.replace(key, bytes.slice())),
    delete: (key) => session.remove(key),
    sweep: () => session.alive("sweep", "", () => Effect.succeed(0))
  }
}

/** Provides a store in memory, empty and gone with its layer. */
export const layerMemory: Layer.Layer<ObjectStore> = Layer.sync(ObjectStore, () => ObjectStore.of(memoryStore()))
