/**
 * Damage to the files of a pond, and what its readers and fsck make of it.
 */
import { Effect, Layer, Logger, Result, Stream } from "effect"
import { isDeepStrictEqual } from "node:util"
import { ROOT_ID } from "../../../src/tinyfs/index.ts"
import { fsck, openAt, type Snapshot } from "../../../src/tlogfs/index.ts"
import type { Store } from "../../../src/store/ObjectStore.ts"
import { noise } from "../bao/content.ts"
import type { Files } from "../reader/files.ts"
import { knownOf, type KnownTree, storeOf } from "./golden.ts"

/** One way in which one file is not what it was. */
export interface Damage {
  readonly name: string
  /** `undefined`: the file is gone. */
  readonly bytes: Uint8Array | undefined
}

const cutTo = (bytes: Uint8Array, sizeBytes: number): Damage => ({
  name: `cut to ${sizeBytes} bytes`,
  bytes: bytes.slice(0, sizeBytes)
})

/** Single bits flipped, evenly spread, the first and the last byte among them; other bits of a byte for each. */
const flips = (bytes: Uint8Array, count: number): ReadonlyArray<Damage> =>
  Array.from({ length: count }, (_, at) => {
    const position = count === 1 ? 0 : Math.round((at * (bytes.length - 1)) / (count - 1))
    const bit = (at * 5) % 8
    const flipped = bytes.slice()
    flipped[position]! ^= 1 << bit
    return { name: `bit ${bit} of byte ${position} flipped`, bytes: flipped }
  })

const zeroed = (bytes: Uint8Array, start: number): Damage => {
  const copy = bytes.slice()
  copy.fill(0, start, start + 512)
  return { name: `512 zeros from byte ${start} on`, bytes: copy }
}

/** All damage that is done to a file; `others` are contents that might come to stand in its place. */
export const damagesOf = (
  bytes: Uint8Array,
  flipCount: number,
  others: Readonly<Record<string, Uint8Array>>
): ReadonlyArray<Damage> => {
  const block = Math.floor((bytes.length - 1) / 512) * 512
  const all: ReadonlyArray<Damage> = [
    ...flips(bytes, flipCount),
    ...[bytes.length - 1, block, Math.floor(bytes.length / 2), 0].map((size) => cutTo(bytes, size)),
    zeroed(bytes, 0),
    zeroed(bytes, Math.floor(bytes.length / 1024) * 512),
    { name: "garbage appended", bytes: Buffer.concat([bytes, noise(37)]) },
    { name: "doubled", bytes: Buffer.concat([bytes, bytes]) },
    { name: "missing", bytes: undefined },
    ...Object.entries(others).map(([name, other]) => ({ name: `replaced by ${name}`, bytes: other }))
  ]
  return all.filter((damage) => damage.bytes === undefined || Buffer.compare(damage.bytes, bytes) !== 0)
}

/** The files with one of them damaged. */
export const withDamage = (files: Files, key: string, { bytes }: Damage): Files => {
  const damaged = new Map(files)
  if (bytes === undefined) damaged.delete(key)
  else damaged.set(key, bytes)
  return damaged
}

/** What came of reading everything: answers that are wrong, and what failed with a typed error, each in words. */
export interface Survey {
  readonly wrong: ReadonlyArray<string>
  readonly failed: ReadonlyArray<string>
}

/** What must be found after some transactions, by number. */
export type KnownStates = Readonly<Record<number, KnownTree>>

class Notes {
  readonly wrong: Array<string> = []
  readonly failed: Array<string> = []

  /** Gives the value of an effect; `undefined` and a note when it fails. A failure that nobody can act on is a wrong answer. */
  try<A, E>(where: string, effect: Effect.Effect<A, E>): Effect.Effect<A | undefined> {
    return effect.pipe(
      Effect.result,
      Effect.catchDefect((defect) => Effect.sync(() => void this.wrong.push(`${where}: dies of ${String(defect)}`))),
      Effect.map((result) => {
        if (result === undefined) return undefined
        if (Result.isSuccess(result)) return result.success
        const { failure } = result
        const isTyped = failure instanceof Error && "_tag" in failure && failure.message.length > 20
        if (isTyped) this.failed.push(`${where}: ${failure.message}`)
        else this.wrong.push(`${where}: fails with ${String(failure)}`)
        return undefined
      })
    )
  }
}

const surveySnapshot = Effect.fnUntraced(function* (snapshot: Snapshot, known: KnownTree, notes: Notes) {
  const found = new Set<string>()
  const pending = [{ id: ROOT_ID, path: "" }]
  let isWhole = true
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    const children = yield* notes.try(`listing ${directory.path}/`, snapshot.view.children(directory.id))
    if (children === undefined) isWhole = false
    for (const node of children ?? []) {
      const path = `${directory.path}/${node.name}`
      found.add(path)
      if (node.type === "dir") pending.push({ id: node.id, path })
      const read = yield* notes.try(path, knownOf(snapshot, node))
      if (read === undefined || isDeepStrictEqual(read, known[path])) continue
      notes.wrong.push(`txn ${snapshot.view.txn}, ${path}: ${JSON.stringify(read)}`)
    }
  }
  const missing = Object.keys(known).filter((path) => !found.has(path))
  if (isWhole && missing.length > 0) notes.wrong.push(`txn ${snapshot.view.txn}: ${missing.join()} are missing`)
})

/** Opens the pond in a store and reads all that is known of it. */
export const survey = Effect.fnUntraced(function* (store: Store, known: KnownStates) {
  const notes = new Notes()
  const pond = yield* notes.try("opening", openAt(store, false, undefined))
  if (pond === undefined) return notes
  const head = yield* notes.try("the head", pond.head)
  const newest = Math.max(...Object.keys(known).map(Number))
  if (head !== undefined && head.view.txn !== newest)
    notes.wrong.push(`the head is txn ${head.view.txn}, not ${newest}`)
  for (const [txn, tree] of Object.entries(known)) {
    const snapshot = yield* notes.try(`txn ${txn}`, pond.at(Number(txn)))
    if (snapshot !== undefined) yield* surveySnapshot(snapshot, tree, notes)
  }
  yield* notes.try("the log", Stream.runDrain(pond.log()))
  return notes
})

/** What fsck finds besides foreign objects, in words; a pond that it cannot open is a finding. */
export const findingsIn = (files: Files): Effect.Effect<ReadonlyArray<string>> =>
  Effect.match(fsck(storeOf(files)), {
    onFailure: (error) => [`${error._tag}: ${error.message}`],
    onSuccess: ({ findings }) =>
      findings.flatMap(({ kind, what, where }) => (kind === "foreign" ? [] : [`${kind} ${where}: ${what}`]))
  })

/** Runs a program of a test; what it logs is of no interest. */
export const runQuietly = <A, E>(effect: Effect.Effect<A, E>): Promise<A> =>
  Effect.runPromise(Effect.provide(effect, Layer.mergeAll(Logger.layer([]))))
