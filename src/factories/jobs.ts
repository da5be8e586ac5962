/**
 * What became of the runs of each instance on this machine: for `pond status`, and for people. Bounded; losing it loses no data (R1).
 *
 * A run is noted when it begins, too: one whose process is gone without having noted its end was killed, and is found as interrupted.
 */
import { Clock, Effect, Exit, Option, Schema } from "effect"
import { hash, toHex } from "../bao/index.ts"
import type { Store } from "../store/ObjectStore.ts"
import { isDead, ProcessIdentity, thisProcess } from "../tlogfs/process.ts"

/** Runs that are remembered of each instance. */
const JOBS_MAX = 50

/** How a run can stand. */
export const JOB_OUTCOMES = ["done", "attention", "failed", "interrupted", "running"] as const

/** How many inputs came to what. */
export const Counts = Schema.Record(Schema.String, Schema.Int)

/** One run. Times are milliseconds since 1970. */
export const Job = Schema.Struct({
  command: Schema.String,
  beganMs: Schema.Finite,
  /** Of one that is running: when it began. */
  endedMs: Schema.Finite,
  outcome: Schema.Literals(JOB_OUTCOMES),
  txn: Schema.NullOr(Schema.Int),
  /** Why it failed. */
  problem: Schema.NullOr(Schema.String),
  /** What its report counts. */
  counts: Schema.optionalKey(Counts),
  /** Who runs it, as long as it runs. */
  process: Schema.optionalKey(ProcessIdentity)
})
/** One run. */
export type Job = typeof Job.Type

const JobsJson = Schema.fromJsonString(Schema.Array(Job))
const decode = Schema.decodeUnknownOption(JobsJson)
const encode = Schema.encodeSync(JobsJson)

const keyOf = (instance: string): string => `jobs/${toHex(hash(new TextEncoder().encode(instance)))}.json`

const KILLED = "its process ended before the run did: it was killed, or the machine stopped"

/** What a run is that never noted its end. */
const settled = ({ process, ...job }: Job): Job => {
  if (process === undefined || job.outcome !== "running") return job
  return isDead(process) ? { ...job, outcome: "interrupted", problem: KILLED } : { ...job, process }
}

/** The runs of an instance that are remembered, oldest first. */
export const jobsOf = (store: Store, instance: string): Effect.Effect<ReadonlyArray<Job>> =>
  store.get(keyOf(instance)).pipe(
    Effect.map((bytes) => Option.getOrElse(decode(new TextDecoder().decode(bytes)), () => []).map(settled)),
    Effect.orElseSucceed(() => [])
  )

/** A run that began. */
export interface BegunRun {
  readonly instance: string
  readonly command: string
  readonly beganMs: number
}

/** A run that ended. */
export interface EndedRun extends BegunRun {
  readonly exit: Exit.Exit<{ readonly report: unknown; readonly txn: number | undefined }, unknown>
  readonly isAttention: (report: unknown) => boolean
  readonly countsOf?: ((report: unknown) => Readonly<Record<string, number>>) | undefined
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

const jobOf = ({ beganMs, command, countsOf, exit, isAttention }: EndedRun, endedMs: number): Job => {
  const times = { command, beganMs, endedMs }
  if (Exit.isSuccess(exit)) {
    const { report, txn = null } = exit.value
    const counts = countsOf === undefined ? {} : { counts: countsOf(report) }
    return { ...times, outcome: isAttention(report) ? "attention" : "done", txn, problem: null, ...counts }
  }
  const failure = exit.cause.reasons.find(({ _tag }) => _tag !== "Interrupt")
  if (failure === undefined) return { ...times, outcome: "interrupted", txn: null, problem: null }
  const problem = messageOf(failure._tag === "Fail" ? failure.error : failure._tag === "Die" ? failure.defect : failure)
  return { ...times, outcome: "failed", txn: null, problem }
}

const put = (store: Store, instance: string, jobs: ReadonlyArray<Job>) =>
  store.put(keyOf(instance), new TextEncoder().encode(encode(jobs.slice(-JOBS_MAX))))

/** Notes that a run begins. Where that cannot be noted, the end says so. */
export const beginJob = (store: Store, { beganMs, command, instance }: BegunRun): Effect.Effect<void> =>
  Effect.gen(function* () {
    const job = { command, beganMs, endedMs: beganMs, outcome: "running", txn: null, problem: null } as const
    yield* put(store, instance, [...(yield* jobsOf(store, instance)), { ...job, process: thisProcess() }])
  }).pipe(Effect.ignore)

/** Remembers a run; that it cannot be remembered is told, and fails nothing. */
export const recordJob = (store: Store, run: EndedRun): Effect.Effect<void> =>
  Effect.gen(function* () {
    const job = jobOf(run, yield* Clock.currentTimeMillis)
    const isBeginning = ({ beganMs, outcome, process: by }: Job): boolean =>
      outcome === "running" && beganMs === run.beganMs && by?.pid === process.pid
    const others = (yield* jobsOf(store, run.instance)).filter((one) => !isBeginning(one))
    yield* put(store, run.instance, [...others, job])
  }).pipe(
    Effect.catch((error) =>
      Effect.logWarning(`the run could not be noted in the history of this machine: ${error.message}`)
    )
  )
