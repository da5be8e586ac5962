/**
 * What commands of factories need in order to ask questions of the pond: the pond itself, and a directory for what is parsed.
 */
import { Context, type Effect, type Scope } from "effect"
import type { CacheFailed } from "../query/errors.ts"
import { cachePlace } from "../query/place.ts"
import type { PondInterface } from "../tlogfs/pond.ts"

/** The pond that is asked. */
export class Questions extends Context.Service<
  Questions,
  {
    readonly pond: PondInterface
    /** Where parsed contents are kept; in a dry run, and where nothing can be written beside the pond, it goes with the scope. */
    readonly directory: Effect.Effect<string, CacheFailed, Scope.Scope>
  }
>()("pond/factories/Questions") {}

/** Questions to a pond; `control` is the directory of its caches, where it has one. */
export const questionsTo = (pond: PondInterface, control: string | undefined): Questions["Service"] =>
  Questions.of({ pond, directory: cachePlace(control) })
