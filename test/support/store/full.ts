/**
 * A program that fills a local store until the system refuses, and prints what happens. Run with a limit on file sizes.
 */
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { Console, Effect, Stream } from "effect"
import type { StoreError } from "../../../src/store/errors.ts"
import { localStore } from "../../../src/store/local/store.ts"
import { patterned } from "./bytes.ts"
import { outcomeOf } from "./outcome.ts"

const root = process.argv[2] as string
const store = localStore(root)

const staged: Effect.Effect<boolean, StoreError> = Effect.scoped(
  Effect.gen(function* () {
    const object = yield* store.stage
    for (let written = 0; written < 2_000_000; written += 100_000) yield* object.write(patterned(100_000))
    return yield* object.publish("staged")
  })
)

await Effect.runPromise(
  Effect.gen(function* () {
    yield* outcomeOf("small", store.putIfAbsent("small", patterned(1000)))
    yield* outcomeOf("large", store.putIfAbsent("large", patterned(2_000_000)))
    yield* outcomeOf("staged", staged)
    yield* outcomeOf("hint", store.put("hint", patterned(1_000_000)))
    yield* outcomeOf(
      "read",
      Effect.map(store.get("small"), ({ length }) => length)
    )
    yield* outcomeOf(
      "keys",
      Effect.map(Stream.runCollect(store.list("")), (found) => found.map(({ key }) => key))
    )
    yield* store.delete("small")
    yield* outcomeOf(
      "deleted",
      Effect.map(Stream.runCollect(store.list("")), ({ length }) => `${length} left`)
    )
    yield* outcomeOf("small again", store.putIfAbsent("small", patterned(1000)))
    yield* Console.log(`staging: ${readdirSync(join(root, ".staging")).join()}`)
  })
)
