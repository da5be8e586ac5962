/**
 * versitygw, a server of S3 over a directory, on this machine for the length of a scope.
 */
import { Effect } from "effect"
import type { Scope } from "effect"
import { spawn } from "node:child_process"
import { mkdirSync } from "node:fs"
import { connect, createServer } from "node:net"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import type { S3Location } from "../../../src/store/s3/location.ts"
import { ROOT } from "../root.ts"
import { provideCredentials } from "../s3/subject.ts"
import { temporaryDirectory } from "../store/subjects.ts"

const CREDENTIALS = { accessKeyId: "interop-key", secretAccessKey: "interop-secret" }
const BUCKET = "bucket"

/** The program, where scripts build it. */
export const VERSITYGW = join(ROOT, ".cache/go/bin/versitygw")

/** The environment of a process that is to use the server. */
export const GATEWAY_ENVIRONMENT: Readonly<Record<string, string>> = {
  AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey
}

const freePort = Effect.callback<number>((resume) => {
  const server = createServer()
  server.listen(0, "127.0.0.1", () => {
    const { port } = server.address() as AddressInfo
    server.close(() => resume(Effect.succeed(port)))
  })
})

const answers = (port: number): Effect.Effect<boolean> =>
  Effect.callback((resume) => {
    const socket = connect(port, "127.0.0.1")
    socket.once("connect", () =>
      resume(
        Effect.as(
          Effect.sync(() => socket.destroy()),
          true
        )
      )
    )
    socket.once("error", () => resume(Effect.succeed(false)))
  })

/** Starts the server with an empty bucket; gives where its stores lie. */
export const versitygw: Effect.Effect<S3Location, never, Scope.Scope> = Effect.gen(function* () {
  const directory = yield* temporaryDirectory
  mkdirSync(join(directory, BUCKET))
  const port = yield* freePort
  const { accessKeyId, secretAccessKey } = CREDENTIALS
  yield* Effect.acquireRelease(
    Effect.sync(() =>
      spawn(
        VERSITYGW,
        [
          "--access",
          accessKeyId,
          "--secret",
          secretAccessKey,
          "--port",
          `127.0.0.1:${port}`,
          "--quiet",
          "posix",
          directory
        ],
        { stdio: "ignore" }
      )
    ),
    (server) =>
      Effect.callback<void>((resume) => {
        server.once("exit", () => resume(Effect.void))
        server.kill()
      })
  )
  yield* Effect.repeat(answers(port), { until: (answered) => answered })
  yield* provideCredentials({ credentials: CREDENTIALS })
  return { bucket: BUCKET, prefix: "", endpoint: `http://127.0.0.1:${port}`, pathStyle: true, allowHttp: false }
})
