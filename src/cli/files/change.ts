/**
 * Commands that change names: what they have in common, and what they answer.
 */
import { Effect, Schema } from "effect"
import { type OpenTransaction, Transaction } from "../../tinyfs/index.ts"
import { present } from "../present.ts"
import { type Request, Session } from "../session.ts"

/** What commands that change names print with `--json`. A dry run cannot know the number of a transaction. */
export const ChangeReport = Schema.Struct({
  command: Schema.String,
  paths: Schema.Array(Schema.String),
  changed: Schema.Boolean,
  txn: Schema.NullOr(Schema.Int)
})

/** Runs a change in a transaction, and tells what it did in one line. */
const change = Effect.fnUntraced(function* <A, E>(
  request: Request,
  program: (open: OpenTransaction) => Effect.Effect<A, E>,
  lineOf: (value: A) => string
) {
  const { isDryRun, transaction } = yield* Session
  const { txn, value } = yield* transaction(request, Effect.flatMap(Transaction, program))
  const report = {
    command: request.command,
    paths: request.paths,
    changed: txn !== undefined,
    txn: isDryRun ? null : (txn ?? null)
  }
  yield* present(ChangeReport, report, () => [txn === undefined ? "nothing to change" : lineOf(value)])
})

/** A directory cannot be made because the one above it does not exist. */
export class ParentMissing extends Schema.TaggedError<ParentMissing>()("ParentMissing", { path: Schema.String }) {
  override get message(): string {
    return `${JSON.stringify(this.path)} does not exist, so nothing can be made in it: \`pond mkdir -p\` makes it too`
  }
}

/** Makes directories of the pond, in one transaction. */
export const mkdir = (paths: ReadonlyArray<string>, parents: boolean) =>
  change(
    { command: "mkdir", paths, ...(parents ? { parents } : {}) },
    (open) =>
      Effect.forEach(paths, (path) => open.mkdir(path, { parents })).pipe(
        Effect.catchTag("NotFound", ({ path }) => Effect.fail(new ParentMissing({ path })))
      ),
    () => `Made ${paths.join(", ")}`
  )

/** Moves or renames. */
export const move = (from: string, to: string) =>
  change(
    { command: "mv", paths: [from, to] },
    (open) => Effect.flatMap(open.move(from, to), ({ id }) => open.pathOf(id)),
    (path) => `Moved ${from} to ${path}`
  )

/** Removes nodes from the newest state. */
export const remove = (paths: ReadonlyArray<string>, recursive: boolean) =>
  change(
    { command: "rm", paths, ...(recursive ? { recursive } : {}) },
    (open) => Effect.forEach(paths, (path) => open.remove(path, { recursive })),
    (counts) => {
      const count = counts.reduce((sum, one) => sum + one, 0)
      return count === 1
        ? `Removed ${paths.join(", ")}; history keeps it`
        : `Removed ${count} nodes; history keeps them`
    }
  )

/** Makes a symlink. */
export const link = (target: string, path: string) =>
  change(
    { command: "ln", paths: [target, path], symbolic: true },
    (open) => open.symlink(target, path),
    () => `Made ${path} -> ${target}`
  )
