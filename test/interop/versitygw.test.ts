/**
 * A real server of S3 keeps the contract of stores through `s3Store`.
 */
import { Effect } from "effect"
import { PROBE_KEY } from "../../src/store/probe.ts"
import { s3Store } from "../../src/store/s3/store.ts"
import { versitygw } from "../support/interop/versitygw.ts"
import { conforms } from "../support/store/conformance.ts"

conforms({
  name: "S3 of versitygw",
  make: Effect.map(versitygw, (location) => s3Store({ ...location, prefix: "some/prefix/" })),
  ownKeys: [PROBE_KEY],
  // It lists these as XML 1.0 cannot have them.
  mangledKeys: ["escape\u001b[31m", "\uffff"]
})
