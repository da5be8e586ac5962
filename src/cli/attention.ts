/**
 * Things that a command did beside its own work and that need a person: they were told, and make it end with exit code 3.
 */
import { Context, Effect, Layer } from "effect"
import { NeedsAttention } from "./failure.ts"

/** Remembers that something needs a person, until the command ends. */
export class Attention extends Context.Service<
  Attention,
  {
    readonly note: (what: string) => Effect.Effect<void>
    /** Fails when something was noted. */
    readonly settle: Effect.Effect<void, NeedsAttention>
  }
>()("pond/cli/Attention") {
  /** Nothing noted yet. */
  static readonly layer = Layer.sync(Attention, () => {
    const noted = new Set<string>()
    return Attention.of({
      note: (what) => Effect.sync(() => noted.add(what)),
      settle: Effect.suspend(() =>
        noted.size === 0 ? Effect.void : Effect.fail(new NeedsAttention({ what: [...noted].join(", ") }))
      )
    })
  })
}
