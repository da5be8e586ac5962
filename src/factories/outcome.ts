/**
 * What came of a run: the envelope that every report is put into, the same for people, for `--json` and for programs.
 */
import { Schema } from "effect"
import type { Factory, FactoryCommand } from "./contract.ts"
import type { FoundInstance } from "./instance.ts"

/** What became of one instance that ran by itself after a commit. */
export const AfterRun = Schema.Struct({
  instance: Schema.String,
  outcome: Schema.Literals(["done", "attention", "failed"]),
  committed: Schema.Boolean,
  problem: Schema.NullOr(Schema.String).annotate({ description: "why it failed" })
})
/** What became of one instance that ran by itself after a commit. */
export type AfterRun = typeof AfterRun.Type

/** What came of a run. */
export interface RunOutcome {
  readonly instance: FoundInstance
  readonly factory: Factory
  readonly command: FactoryCommand
  readonly commandName: string
  readonly isDryRun: boolean
  /** The transaction that it made, if it made one. */
  readonly txn: number | undefined
  readonly report: unknown
  readonly needsAttention: boolean
  /** What ran by itself because of it. */
  readonly after?: ReadonlyArray<AfterRun> | undefined
}

/** The report of a run as programs read it: the envelope, and what the factory's command says. */
export interface RunReport {
  readonly factory: string
  /** The path of the instance. */
  readonly instance: string
  readonly command: string
  readonly dryRun: boolean
  /** Whether the run made a transaction, or in a dry run would make one. */
  readonly committed: boolean
  /** Its number; null in a dry run, which cannot know it, and where nothing changed. */
  readonly txn: number | null
  /** Whether a person has to look at something: exit code 3. */
  readonly needsAttention: boolean
  /** What ran by itself because of it; left out where nothing did. */
  readonly after?: ReadonlyArray<AfterRun>
  /** What the command reports. */
  readonly [key: string]: unknown
}

/** The report of a run as programs read it. */
export const encodeOutcome = (outcome: RunOutcome): RunReport => {
  const { after = [], command, commandName, factory, instance, isDryRun, needsAttention, report, txn } = outcome
  return {
    factory: factory.type,
    instance: instance.path,
    command: commandName,
    dryRun: isDryRun,
    committed: txn !== undefined,
    txn: isDryRun ? null : (txn ?? null),
    needsAttention,
    ...(command.encodeReport(report) as object),
    ...(after.length === 0 ? {} : { after })
  }
}
