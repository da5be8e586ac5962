/**
 * Carrying out a plan in the transaction: names first, then bytes and notes.
 */
import { Effect } from "effect"
import type { OpenTransaction } from "../../tinyfs/index.ts"
import { orAgain } from "./again.ts"
import { ChangedWhileRead } from "./bytes.ts"
import { MirrorFailed } from "./errors.ts"
import { type Entry, notesOf } from "./entry.ts"
import type { EventTimeField } from "./event-times.ts"
import { readHeld } from "./holding.ts"
import type { Known } from "./known.ts"
import { uncompressedName } from "./names.ts"
import type { Plan, Step } from "./plan.ts"
import type { ReadFile } from "./reading.ts"
import { beginTiming } from "./timing.ts"

/** Where a plan is carried out. */
export interface ApplyPlace {
  readonly transaction: OpenTransaction
  /** The mirror's directory in the pond. */
  readonly directory: string
  readonly known: ReadonlyMap<string, Known>
  readonly files: ReadonlyMap<string, ReadFile>
  /** Where the lines hold their times, if versions are to have bounds of them. */
  readonly eventTime: EventTimeField | undefined
}

/** A change of name that waits for its new name to be free. */
interface Rename {
  from: string
  readonly to: string
}

const pathIn = ({ directory }: ApplyPlace, name: string): string => `${directory === "/" ? "" : directory}/${name}`

/** Renames that could be made one after the other; what goes round in a circle goes through a name of its own. */
const rename = Effect.fnUntraced(function* (place: ApplyPlace, steps: ReadonlyArray<Step>) {
  const pending: Array<Rename> = []
  for (const { after, before } of steps) {
    if (before !== undefined && after !== undefined && before.name !== after.name) {
      pending.push({ from: before.name, to: after.name })
    }
  }
  const held = new Set(pending.map(({ from }) => from))
  const move = Effect.fnUntraced(function* (one: Rename, to: string) {
    yield* place.transaction.move(pathIn(place, one.from), pathIn(place, to))
    held.delete(one.from)
  })
  while (pending.length > 0) {
    const index = pending.findIndex(({ to }) => !held.has(to))
    const one = pending[Math.max(0, index)]!
    if (index >= 0) {
      yield* move(one, one.to)
      pending.splice(index, 1)
    } else {
      const aside = `.${one.to.slice(0, 100)}.moving`
      yield* move(one, aside)
      one.from = aside
    }
  }
})

const write = Effect.fnUntraced(function* (place: ApplyPlace, { after, before, write }: Step) {
  if (write === undefined || after === undefined) return
  const path = pathIn(place, after.name)
  const { again, held: layers } = place.files.get(write.file)!
  const held = layers.get(write.layer)
  if (held === undefined || again === undefined)
    return yield* Effect.die(new Error(`nothing was read of ${write.file}`))
  const node = before === undefined ? undefined : place.known.get(before.name)!.node
  const isSeries = write.how !== "store" && node?.type === "series"
  const { staged } = held
  const isReady =
    staged !== undefined &&
    staged.series?.id === (isSeries ? node.id : undefined) &&
    staged.isAddition === (write.how !== "rewrite" || !isSeries)
  // A file of another type that somebody put there makes room; it stays in the history.
  if (write.how === "rewrite" && !isSeries) yield* place.transaction.remove(path)
  if (isReady) {
    const times = yield* held.timing?.bounds(write.file) ?? Effect.undefined
    yield* place.transaction.give(path, staged, { times })
    return
  }
  // What was stored belongs to another entry: it is read from there, and stored again.
  const base = write.how === "complete" ? place.known.get(before!.name) : undefined
  const eventTime = write.layer === "raw" && uncompressedName(write.file) !== undefined ? undefined : place.eventTime
  const timing = yield* beginTiming(place.transaction, eventTime, base)
  const start = base?.entry.sizeBytes ?? 0
  const bytes = orAgain(readHeld(place.transaction, held, start), start, (at) => again(write.layer, at))
  const moved = yield* place.transaction.stage(timing.look(bytes), isSeries ? node : undefined, {
    isAnew: write.how === "rewrite" && isSeries
  })
  if (moved.staged.content.hash !== after.hash) return yield* new ChangedWhileRead({ path: write.file })
  yield* place.transaction.give(path, moved, { times: yield* timing.bounds(write.file) })
})

/** Carries out a plan. */
export const applyPlan = Effect.fn("logfile.apply")(function* (place: ApplyPlace, { steps }: Plan) {
  if (steps.length === 0) return
  yield* place.transaction.mkdir(place.directory, { parents: true })
  for (const { after, before } of steps) {
    if (before !== undefined && after === undefined) yield* place.transaction.remove(pathIn(place, before.name))
  }
  yield* rename(place, steps)
  for (const step of steps) {
    yield* write(place, step).pipe(
      Effect.mapError((cause) =>
        cause._tag === "EventTimeFieldMissing" ? cause : new MirrorFailed({ fileName: step.write?.file ?? "", cause })
      )
    )
    if (step.after !== undefined) {
      yield* place.transaction.setAttributes(
        pathIn(place, step.after.name),
        notesOf(step.after satisfies Omit<Entry, "isEdited">)
      )
    }
  }
})
