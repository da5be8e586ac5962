/**
 * What commands answer with `--json`: the Schema that each of them presents.
 */
import { Schema } from "effect"
import { DoctorReport } from "../../src/cli/care/doctor.ts"
import { MaintainReport } from "../../src/cli/care/maintain.ts"
import { PruneReport } from "../../src/cli/care/prune.ts"
import { StatusReport } from "../../src/cli/care/status.ts"
import { InitReport } from "../../src/cli/commands/init.ts"
import { SetReport, ShownSetting, ShownSettings } from "../../src/cli/config/run.ts"
import { CopyReport } from "../../src/cli/copy/report.ts"
import { Description } from "../../src/cli/describe/describe.ts"
import { Change } from "../../src/cli/diff/changes.ts"
import { InstanceReport } from "../../src/cli/factories/add.ts"
import { FactoryEntry } from "../../src/cli/factories/list.ts"
import { PromoteReport } from "../../src/cli/factories/promote.ts"
import { ChangeReport } from "../../src/cli/files/change.ts"
import { ListEntry } from "../../src/cli/files/list.ts"
import { VersionEntry } from "../../src/cli/files/versions.ts"
import { GrepLine } from "../../src/cli/grep/show.ts"
import { LogEntry } from "../../src/cli/history/log.ts"
import { ShownTransaction } from "../../src/cli/history/show.ts"
import { WhyReport } from "../../src/cli/history/why.ts"
import { CloneReport } from "../../src/cli/remote/clone.ts"
import { RemoteEntry, RemovalReport } from "../../src/cli/remote/edit.ts"
import { AfterRun, type RunReport } from "../../src/factories/outcome.ts"
import { FsckReport } from "../../src/tlogfs/index.ts"

/** An answer in JSON: one document, or one per line. */
export interface Answer {
  readonly schema: Schema.Constraint
  readonly isList: boolean
}

const one = (schema: Schema.Constraint): Answer => ({ schema, isList: false })
const list = (schema: Schema.Constraint): Answer => ({ schema, isList: true })

/** What every report of a factory is put into. */
const RunEnvelope: Schema.Codec<
  Pick<RunReport, "factory" | "instance" | "command" | "dryRun" | "committed" | "txn" | "needsAttention" | "after">
> = Schema.Struct({
  factory: Schema.String,
  instance: Schema.String.annotate({ description: "path of the instance" }),
  command: Schema.String,
  dryRun: Schema.Boolean,
  committed: Schema.Boolean.annotate({ description: "whether a transaction was made, or would be" }),
  txn: Schema.NullOr(Schema.Int).annotate({ description: "its number; null in a dry run, and where nothing changed" }),
  needsAttention: Schema.Boolean.annotate({ description: "whether a person has to look: exit code 3" }),
  after: Schema.optionalKey(Schema.Array(AfterRun)).annotate({ description: "what ran by itself because of it" })
})

/** The answers, by command. */
export const ANSWERS: Readonly<Record<string, Answer>> = {
  add: one(InstanceReport),
  clone: one(CloneReport),
  "config get": one(ShownSetting),
  "config set": one(SetReport),
  "config show": one(ShownSettings),
  copy: one(CopyReport),
  describe: list(Description),
  diff: list(Change),
  doctor: one(DoctorReport),
  factories: list(FactoryEntry),
  fsck: one(FsckReport),
  grep: list(GrepLine),
  init: one(InitReport),
  list: list(ListEntry),
  ln: one(ChangeReport),
  log: list(LogEntry),
  maintain: one(MaintainReport),
  mkdir: one(ChangeReport),
  mknod: one(InstanceReport),
  mv: one(ChangeReport),
  promote: one(PromoteReport),
  prune: one(PruneReport),
  pull: one(RunEnvelope),
  push: one(RunEnvelope),
  "remote add": one(InstanceReport),
  "remote list": list(RemoteEntry),
  "remote remove": one(RemovalReport),
  rm: one(ChangeReport),
  run: one(RunEnvelope),
  show: one(ShownTransaction),
  status: one(StatusReport),
  verify: one(RunEnvelope),
  versions: list(VersionEntry),
  why: one(WhyReport)
}

/** Commands whose answer is bytes or text as it is, for programs too, or rows whose columns the question names. */
export const WITHOUT_JSON: ReadonlySet<string> = new Set(["b3sum", "cat", "completions", "sql", "tail"])
