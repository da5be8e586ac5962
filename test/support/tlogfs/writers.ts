/**
 * Writers that get in each other's way, and what must be true of a pond after them: nothing lost, nothing twice, numbers without gaps.
 *
 * Every transaction counts one further in `/counter` and appends a line with that count and its writer to `/lines`; each writer also keeps a
 * file of its own, so that the parts of a transaction can be seen to stay together (R2).
 */
import { Effect, Stream } from "effect"
import type { Store } from "../../../src/store/ObjectStore.ts"
import { type Reader, Transaction } from "../../../src/tinyfs/index.ts"
import { fsck } from "../../../src/tlogfs/fsck/check.ts"
import type { PondInterface } from "../../../src/tlogfs/pond.ts"

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Bytes that do not compress, so that they need a blob of their own. */
export const noise = (sizeBytes: number, seed: number): Uint8Array => {
  const out = new Uint8Array(sizeBytes)
  let state = seed
  for (let at = 0; at < sizeBytes; at++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    out[at] = state >>> 24
  }
  return out
}

const textOr = (reader: Reader, path: string, otherwise: string) =>
  Effect.catchTag(reader.readText(path), "NotFound", () => Effect.succeed(otherwise))

/** The file of one writer, which holds its last count. */
export const ownFile = (writer: string): string => `/writer-${writer}`

/** Counts one further; `sizeBytes` of noise come with it. Gives the count. Repeats itself after conflicts until it comes through. */
export const count = (pond: PondInterface, writer: string, sizeBytes = 0) =>
  Effect.gen(function* () {
    const tx = yield* Transaction
    const next = Number(yield* textOr(tx, "/counter", "0")) + 1
    yield* tx.write("/counter", bytes(String(next)))
    yield* tx.append("/lines", bytes(`${next} ${writer}\n`))
    yield* tx.write(ownFile(writer), bytes(String(next)))
    if (sizeBytes > 0) yield* tx.write(`/noise-${writer}`, noise(sizeBytes, next))
    return next
  }).pipe(
    (program) => pond.transaction(program, { author: writer }),
    Effect.retry({ while: ({ _tag }) => _tag === "TransactionConflict" }),
    Effect.map(({ value }) => value)
  )

/** What a pond tells of its writers. */
export interface Counted {
  readonly counter: number
  readonly lines: ReadonlyArray<readonly [number, string]>
  readonly txn: number
}

/** Reads what the writers of a pond left. */
export const countedIn = (pond: PondInterface) =>
  Effect.gen(function* () {
    const head = yield* pond.head
    const counter = Number(yield* textOr(head, "/counter", "0"))
    const text = yield* textOr(head, "/lines", "")
    const lines = text
      .split("\n")
      .slice(0, -1)
      .map((line): readonly [number, string] => {
        const [number = "", writer = ""] = line.split(" ")
        return [Number(number), writer]
      })
    return { counter, lines, txn: head.view.txn } satisfies Counted
  })

/** What is wrong with a pond after writers that count and do nothing else, in words; nothing when all is well. */
export const problemsAfterCounting = (pond: PondInterface, store: Store) =>
  Effect.gen(function* () {
    const problems: Array<string> = []
    const { counter, lines, txn } = yield* countedIn(pond)
    if (lines.length !== counter) problems.push(`${lines.length} lines, but the counter says ${counter}`)
    if (txn !== counter) problems.push(`${txn} transactions, but the counter says ${counter}`)
    const misplaced = lines.findIndex(([number], at) => number !== at + 1)
    if (misplaced >= 0) problems.push(`line ${misplaced + 1} says ${lines[misplaced]!.join(" ")}`)
    const head = yield* pond.head
    for (const [writer, last] of new Map(lines.map(([number, by]) => [by, number]))) {
      const own = Number(yield* textOr(head, ownFile(writer), "0"))
      if (own !== last) problems.push(`writer ${writer} has ${own} in its file, and ${last} in the lines`)
    }
    const history = yield* Stream.runCollect(Stream.take(pond.log(), txn))
    const numbers = history.map(({ header }) => header.txn).toReversed()
    if (numbers.some((number, at) => number !== at + 1)) problems.push(`transactions ${numbers.join(" ")}`)
    if (numbers.length !== txn) problems.push(`the log has ${numbers.length} transactions of ${txn}`)
    const misnamed = history.find(({ header }) => header.author !== lines[header.txn - 1]?.[1])
    if (misnamed !== undefined) problems.push(`txn ${misnamed.header.txn} is not by the writer of its line`)
    return [...problems, ...(yield* damagesOf(store))]
  })

/** What fsck says of a store, leaving aside objects that belong to nothing. */
export const damagesOf = (store: Store) =>
  Effect.map(fsck(store), ({ findings }) =>
    findings.flatMap(({ kind, what, where }) => (kind === "foreign" ? [] : [`${kind} ${where}: ${what}`]))
  )
