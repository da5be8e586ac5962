/**
 * A program that reads a local store and tries to change it, and prints what happens. Run where writing is not permitted.
 */
import { dirname, join } from "node:path"
import { Effect, Stream } from "effect"
import { localStore } from "../../../src/store/local/store.ts"
import { patterned } from "./bytes.ts"
import { outcomeOf } from "./outcome.ts"

const root = process.argv[2] as string
const store = localStore(root)

await Effect.runPromise(
  Effect.gen(function* () {
    yield* outcomeOf(
      "read",
      Effect.map(store.get("folder/object"), ({ length }) => length)
    )
    yield* outcomeOf(
      "keys",
      Effect.map(Stream.runCollect(store.list("")), (found) => found.map(({ key }) => key))
    )
    yield* outcomeOf("create", store.putIfAbsent("new", patterned(10)))
    yield* outcomeOf("hint", store.put("hint", patterned(10)))
    yield* outcomeOf("stage", Effect.scoped(store.stage))
    yield* outcomeOf("delete", store.delete("folder/object"))
    yield* outcomeOf("elsewhere", localStore(join(dirname(root), "new")).putIfAbsent("a", patterned(10)))
  })
)
