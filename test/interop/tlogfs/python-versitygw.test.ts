/**
 * A pond that was pushed to a server of S3 is read there by other programs, straight from the server: every value as Pond has it.
 */
import { expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { join } from "node:path"
import { localStore } from "../../../src/store/local/store.ts"
import { s3Store } from "../../../src/store/s3/store.ts"
import { createPond } from "../../../src/tlogfs/create.ts"
import { openAt } from "../../../src/tlogfs/pond.ts"
import { replicate } from "../../../src/tlogfs/replicate/replicate.ts"
import { writeHistory } from "../../support/interop/history.ts"
import { pythonWith } from "../../support/interop/python.ts"
import { type Said, saidByPond } from "../../support/interop/said.ts"
import { GATEWAY_ENVIRONMENT, versitygw } from "../../support/interop/versitygw.ts"
import { Folder } from "../../support/pond.ts"

const ENGINES = ["delta-rs", "arrow", "polars"]

it.live("R4: read by delta-rs, Arrow and Polars, it has the values of the pond that was pushed", () =>
  Effect.gen(function* () {
    using folder = new Folder()
    const url = join(folder.path, "pond")
    yield* Effect.promise(() => writeHistory(url, 1200))
    const location = yield* versitygw
    const source = localStore(join(url, "data"))
    const target = s3Store({ ...location, prefix: "pushed/data/" })
    yield* createPond(target, (yield* openAt(source, false, undefined)).id)
    yield* replicate(source, target)
    const said: Said = yield* Effect.promise(() => saidByPond(url))
    const read = pythonWith({
      ...GATEWAY_ENVIRONMENT,
      AWS_ENDPOINT_URL: location.endpoint!,
      AWS_ALLOW_HTTP: "true",
      AWS_REGION: "us-east-1"
    })
    for (const engine of ENGINES) {
      expect([engine, read("read.py", engine, `s3://${location.bucket}/pushed/data`)]).toEqual([engine, said])
    }
  })
)
