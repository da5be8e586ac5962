/**
 * A process that appends rows to a table: `writer.ts <directory> <first id> <count>`.
 */
import { Effect } from "effect"
import { openTable } from "../../../src/delta/table.ts"
import { localStore } from "../../../src/store/local/store.ts"
import { testSeal } from "./seal.ts"
import { append } from "./table.ts"

const [directory = "", first = "0", count = "0"] = process.argv.slice(2)

await Effect.runPromise(
  Effect.gen(function* () {
    const table = yield* openTable({ store: localStore(directory), seal: testSeal })
    for (let id = Number(first); id < Number(first) + Number(count); id++) {
      yield* append(table, yield* table.head, `${id}.parquet`, id)
    }
  })
)
