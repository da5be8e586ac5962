/**
 * What `pond copy` does: which way it goes, and what it reports.
 */
import { shellWord } from "../advice.ts"
import { Effect, Option, Stream } from "effect"
import { existsSync } from "node:fs"
import { HostFiles } from "../../factories/host/files.ts"
import { HostWriter } from "../../factories/host/writer.ts"
import { PartlyFailed, WrongUsage } from "../failure.ts"
import { nameForDisplay, nameToBytes } from "../fileName.ts"
import { Output } from "../output.ts"
import { present } from "../present.ts"
import * as Meter from "../progress.ts"
import { Session } from "../session.ts"
import { copyInto, copyStandardInput } from "./into.ts"
import { copyOut } from "./out.ts"
import { type Copied, copyLines, CopyReport, summaryOf } from "./report.ts"
import { identity } from "./walk.ts"

/** What was typed. */
export interface CopyOptions {
  readonly words: ReadonlyArray<string>
  readonly stripPrefix: Option.Option<string>
  readonly follow: boolean
}

const HOST = "host:"

const usage = (problem: string) => new WrongUsage({ problem, command: "pond copy" })

const withoutHost = (word: string): string => word.slice(HOST.length)

const report = Effect.fnUntraced(function* (
  direction: CopyReport["direction"],
  files: ReadonlyArray<Copied>,
  txn: number | undefined
) {
  const { isDryRun } = yield* Session
  const summary = summaryOf(files)
  const value: CopyReport = { direction, dryRun: isDryRun, txn: txn ?? null, files, summary }
  yield* present(CopyReport, value, copyLines)
  if (summary.failed > 0) return yield* new PartlyFailed({ failures: summary.failed })
})

const runIn = Effect.fnUntraced(function* (sources: ReadonlyArray<string>, destination: string, isFollowing: boolean) {
  const session = yield* Session
  const request = {
    command: "copy",
    paths: [...sources.map((source) => (source === "-" ? source : `${HOST}${nameForDisplay(source)}`)), destination]
  }
  const provided = Effect.provide([HostFiles.layer, Meter.layer("copying")])
  // What is far away is no directory of this machine.
  const own = Effect.orElseSucceed(identity(Buffer.from(session.url)), () => undefined)
  const copying = Effect.flatMap(own, (known) => copyInto(sources, destination, { isFollowing, own: known }))
  const { txn, value } = sources.includes("-")
    ? yield* provided(session.transaction(request, copyStandardInput(destination)))
    : yield* provided(session.transaction(request, copying))
  yield* report("in", value, session.isDryRun ? undefined : txn)
})

const runOut = Effect.fnUntraced(function* (
  globs: ReadonlyArray<string>,
  { destination, options }: { readonly destination: string; readonly options: CopyOptions }
) {
  const session = yield* Session
  const head = yield* (yield* session.pond).head
  const { follow: isFollowing, stripPrefix } = options
  const copied = yield* copyOut(head, { globs, destination, stripPrefix, isFollowing }).pipe(
    Effect.provide([session.isDryRun ? HostWriter.layerDry : HostWriter.layer, Meter.layer("copying")])
  )
  yield* report("out", copied, undefined)
})

const runToOutput = Effect.fnUntraced(function* (paths: ReadonlyArray<string>) {
  const { data } = yield* Output
  const head = yield* (yield* (yield* Session).pond).head
  for (const path of paths) yield* Stream.runForEach(head.read(path), data)
})

/** What is wrong with the sides of a copy, and what may have been meant. */
const sidesProblem = (sources: ReadonlyArray<string>, destination: string): string => {
  const problem = "one side lies on this machine and is written host:PATH, the other in the pond"
  const isPlain = ![...sources, destination].some((word) => word.startsWith(HOST) || word === "-")
  if (!isPlain || !sources.every((source) => existsSync(source))) return problem
  const line = ["pond copy", ...sources.map((source) => shellWord(`${HOST}${source}`)), shellWord(destination)].join(
    " "
  )
  return `${problem}: did you mean \`${line}\`?`
}

/** Runs the command on what was typed. */
export const run = Effect.fn("pond.copy")(function* (options: CopyOptions) {
  const { words } = options
  const sources = words.slice(0, -1)
  const destination = words.at(-1)
  if (destination === undefined || sources.length === 0) {
    return yield* usage("a source and a destination are needed, one of them on this machine: host:PATH")
  }
  const fromHost = sources.filter((source) => source.startsWith(HOST) || source === "-")
  const isToHost = destination.startsWith(HOST) || destination === "-"
  if (fromHost.length > 0 === isToHost || (fromHost.length > 0 && fromHost.length < sources.length)) {
    return yield* usage(sidesProblem(sources, destination))
  }
  if ([...sources, destination].includes(HOST)) return yield* usage("`host:` needs a path, as in host:/var/log")
  if (isToHost) {
    if (destination === "-") return yield* runToOutput(sources)
    const path = withoutHost(destination)
    if (!path.isWellFormed())
      return yield* usage(`${nameToBytes(path).toString()} is not UTF-8, and cannot be written to`)
    return yield* runOut(sources, { destination: path, options })
  }
  if (Option.isSome(options.stripPrefix)) return yield* usage("`--strip-prefix` is for copying out of the pond")
  if (sources.includes("-") && sources.length > 1)
    return yield* usage("`-` is standard input, and the only source then")
  const named = sources.map((source) => (source === "-" ? source : withoutHost(source)))
  return yield* runIn(named, destination, options.follow)
})
