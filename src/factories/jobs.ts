/**
 * What became of the runs of each instance on this machine: for `pond status`, and for people. Bounded; losing it loses no data (R1).
 */
import { Clock, Effect, Exit, Option, Schema } from "effect"
import { hash, toHex } from "../bao/index.ts"
import type { Store } from "../store/ObjectStore.ts"

/** Runs that are remembered of each instance. */
const JOBS_MAX = 50

/** One run. Times are milliseconds since 1970. */
export const Job = Schema.Struct({
  command: Schema.String,
  beganMs: Schema.Finite,
  endedMs: Schema.Finite,
  outcome: Schema.Literals(["done", "attention", "failed", "interrupted"]),
  txn: Schema.NullOr(Schema.Int),
  /** Why it failed. */
  problem: Schema.NullOr(Schema.String)
})
/** One run. */
export type Job = typeof Job.Type

const JobsJson = Schema.fromJsonString(Schema.Array(Job))
const decode = Schema.decodeUnknownOption(JobsJson)
const encode = Schema.encodeSync(JobsJson)

const keyOf = (instance: string): string => `jobs/${toHex(hash(new TextEncoder().encode(instance)))}.json`

/** The runs of an instance that are remembered, oldest first. */
export const jobsOf = (store: Store, instance: string): Effect.Effect<ReadonlyArray<Job>> =>
  store.get(keyOf(instance)).pipe(
    Effect.map((bytes) => Option.getOrElse(decode(new TextDecoder().decode(bytes)), () => [])),
    Effect.orElseSucceed(() => [])
  )

/** A run that ended. */
export interface EndedRun {
  readonly instance: string
  readonly command: string
  readonly beganMs: number
  readonly exit: Exit.Exit<{ readonly report: unknown; readonly txn: number | undefined }, unknown>
  readonly isAttention: (report: unknown) => boolean
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

const jobOf = ({ beganMs, command, exit, isAttention }: EndedRun, endedMs: number): Job => {
  const times = { command, beganMs, endedMs }
  if (Exit.isSuccess(exit)) {
    const { report, txn = null } = exit.value
    return { ...times, outcome: isAttention(report) ? "attention" : "done", txn, problem: null }
  }
  const failure = exit.cause.reasons.find(({ _tag }) => _tag !== "Interrupt")
  if (failure === undefined) return { ...times, outcome: "interrupted", txn: null, problem: null }
  const problem = messageOf(failure._tag === "Fail" ? failure.error : failure._tag === "Die" ? failure.defect : failure)
  return { ...times, outcome: "failed", txn: null, problem }
}

/** Remembers a run; that it cannot be remembered is told, and fails nothing. */
export const recordJob = (store: Store, run: EndedRun): Effect.Effect<void> =>
  Effect.gen(function* () {
    const job = jobOf(run, yield* Clock.currentTimeMillis)
    const before = yield* jobsOf(store, run.instance)
    const bytes = new TextEncoder().encode(encode([...before, job].slice(-JOBS_MAX)))
    yield* store.put(keyOf(run.instance), bytes)
  }).pipe(
    Effect.catch((error) =>
      Effect.logWarning(`the run could not be noted in the history of this machine: ${error.message}`)
    )
  )
