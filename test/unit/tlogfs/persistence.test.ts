import { Effect, Layer } from "effect"
import { memoryStore } from "../../../src/store/memory/store.ts"
import { Persistence } from "../../../src/tinyfs/index.ts"
import { createPond } from "../../../src/tlogfs/create.ts"
import { openPersistence } from "../../../src/tlogfs/persistence.ts"
import { persistenceContract } from "../../support/tinyfs/persistence.ts"

persistenceContract("a pond in a store", {
  layer: Layer.effect(
    Persistence,
    Effect.suspend(() => {
      const store = memoryStore()
      return Effect.andThen(createPond(store), openPersistence(store))
    })
  ).pipe(Layer.orDie)
})
