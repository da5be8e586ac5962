/**
 * What commands of factories need in order to ask questions of the pond: the pond itself, and a directory for what is parsed.
 */
import { Context, Effect, type Scope } from "effect"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { CacheFailed } from "../query/errors.ts"
import type { PondInterface } from "../tlogfs/pond.ts"

/** The pond that is asked. */
export class Questions extends Context.Service<
  Questions,
  {
    readonly pond: PondInterface
    /** Where parsed contents are kept; in a dry run it goes with the scope. */
    readonly directory: Effect.Effect<string, CacheFailed, Scope.Scope>
  }
>()("pond/factories/Questions") {}

const passing = Effect.acquireRelease(
  Effect.tryPromise({
    try: () => mkdtemp(join(tmpdir(), "pond-query-")),
    catch: (cause) => new CacheFailed({ path: tmpdir(), cause })
  }),
  (path) => Effect.promise(() => rm(path, { recursive: true, force: true }).catch(() => undefined))
)

/** Questions to a pond; `control` is the directory of its caches, where it has one. */
export const questionsTo = (pond: PondInterface, control: string | undefined): Questions["Service"] =>
  Questions.of({ pond, directory: control === undefined ? passing : Effect.succeed(join(control, "query")) })
