/**
 * What a copy on a server of S3 costs: seconds, requests and bytes on the wire of whole processes, 20 archives and an active file of logs.
 *
 * Beside it restic and rclone, where they are installed (`node scripts/bench-peers.ts` installs them): the same server (versitygw), the same changes of the
 * host, once with a server next door and once with one that is 20 ms away. Pond's first number is mirror and push together, as restic does it.
 * What comes back is compared byte by byte. Last, what 16 KiB in the middle of a file of 1 GiB cost that lies there. `--quick` takes 16 MiB in
 * place of 64, and 64 in place of 1 GiB; `--requests` prints every request.
 */
import { Effect } from "effect"
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { GATEWAY_ENVIRONMENT, versitygw, VERSITYGW } from "../test/support/interop/versitygw.ts"
import { logLines } from "./support/logs.ts"
import { sayMissing } from "./support/peers.ts"
import { startProxy, type Traffic } from "./support/proxy.ts"
import { type Measure, report } from "./support/report.ts"

const MiB = 1024 ** 2
const ARCHIVES = 20
const TOTAL_BYTES = (process.argv.includes("--quick") ? 16 : 64) * MiB
const FILE_BYTES = Math.floor(TOTAL_BYTES / (ARCHIVES + 1))
const ROUND_TRIPS_MS = [0, 20]

const POND = join(import.meta.dirname, "../bin/pond")

type Line = ReadonlyArray<string>

/** A program that keeps a copy on a server: what is done before anything is measured, and what each step runs. */
interface Peer {
  readonly name: string
  readonly prepare: ReadonlyArray<Line>
  readonly begin: ReadonlyArray<Line>
  readonly push: ReadonlyArray<Line>
  readonly clone: ReadonlyArray<Line>
  readonly env: Readonly<Record<string, string>>
  /** The folder with the files that came back, as they were. */
  readonly restored: string | undefined
}

/** The programs, with an empty place on the server: a bucket and a prefix. */
const peersAt = (home: string, logs: string, endpoint: string, place: string): ReadonlyArray<Peer> => {
  const pond = [POND, "--pond", join(home, "pond")]
  const url = `s3://${place}/pond?endpoint=${endpoint}&path_style=true&region=us-east-1`
  const paths = ["--active", `${logs}/app.log`, "--archived", `${logs}/app.log-*`, "--pond-path", "/logs"]
  return [
    {
      name: "pond",
      prepare: [
        [...pond, "init"],
        [...pond, "add", "logfile", "logs", ...paths]
      ],
      begin: [[...pond, "remote", "add", "backup", url]],
      push: [
        [...pond, "run", "logs", "sync"],
        [...pond, "push"]
      ],
      clone: [[POND, "clone", url, join(home, "clone")]],
      env: {},
      restored: undefined
    },
    {
      name: "restic",
      prepare: [],
      begin: [["restic", "init", "-q"]],
      push: [["restic", "backup", "-q", logs]],
      clone: [["restic", "restore", "-q", "latest", "--target", join(home, "restic")]],
      env: {
        RESTIC_REPOSITORY: `s3:${endpoint}/${place}/restic`,
        RESTIC_PASSWORD: "bench",
        RESTIC_CACHE_DIR: join(home, "restic-cache")
      },
      restored: join(home, "restic", logs)
    },
    {
      name: "rclone",
      prepare: [],
      begin: [],
      push: [["rclone", "sync", "-q", logs, `server:${place}/rclone`]],
      clone: [["rclone", "sync", "-q", `server:${place}/rclone`, join(home, "rclone")]],
      env: {
        RCLONE_CONFIG: join(home, "rclone.conf"),
        RCLONE_CONFIG_SERVER_TYPE: "s3",
        RCLONE_CONFIG_SERVER_PROVIDER: "Other",
        RCLONE_CONFIG_SERVER_ENV_AUTH: "true",
        RCLONE_CONFIG_SERVER_ENDPOINT: endpoint,
        RCLONE_CONFIG_SERVER_REGION: "us-east-1"
      },
      restored: join(home, "rclone")
    }
  ]
}

/** Runs commands one after the other, seconds; the proxy works meanwhile. */
const run = async ({ env, name }: Peer, lines: ReadonlyArray<Line>): Promise<number> => {
  const began = performance.now()
  for (const [program, ...args] of lines) {
    const child = spawn(program!, args, {
      // The server speaks plain HTTP; rclone fails where other authorities are named than those of the machine.
      env: { ...process.env, AWS_CA_BUNDLE: undefined, ...GATEWAY_ENVIRONMENT, ...env },
      stdio: ["ignore", "ignore", "pipe"]
    })
    let said = ""
    child.stderr.on("data", (bytes) => (said += String(bytes)))
    const status = await new Promise((resolve) => child.once("close", resolve))
    if (status !== 0) throw new Error(`${name}: ${program} ${args.join(" ")} ended with ${String(status)}: ${said}`)
  }
  return (performance.now() - began) / 1000
}

let rounds = 0

/** Appends log lines that are nowhere else. */
const grow = (path: string, sizeBytes: number): void => {
  for (let missing = sizeBytes; missing > 0; missing -= MiB) {
    fs.appendFileSync(path, logLines(rounds++).subarray(0, missing))
  }
}

const fill = (logs: string): void => {
  fs.mkdirSync(logs)
  for (let number = 0; number < ARCHIVES; number++) grow(join(logs, `app.log-${20_260_101 + number}`), FILE_BYTES)
  grow(join(logs, "app.log"), FILE_BYTES)
  // Files that are younger than two seconds are not taken to be unchanged.
  const past = Date.now() / 1000 - 3600
  for (const name of fs.readdirSync(logs)) fs.utimesSync(join(logs, name), past, past)
}

/** Fails unless a folder has the logs; those of a pond are asked for first. */
const compare = async (home: string, logs: string, peer: Peer): Promise<void> => {
  const folder = peer.restored ?? join(home, "out")
  if (peer.restored === undefined) {
    await run(peer, [[POND, "--pond", join(home, "clone"), "copy", "/logs/", `host:${folder}`]])
  }
  for (const name of fs.readdirSync(logs)) {
    const isEqual = fs.readFileSync(join(folder, name)).equals(fs.readFileSync(join(logs, name)))
    if (!isEqual) throw new Error(`${peer.name}: ${name} came back as another one`)
  }
}

interface Sample extends Traffic {
  readonly step: string
  readonly peer: string
  readonly roundTripMs: number
  readonly seconds: number
}

const STEPS: ReadonlyArray<{ what: string; grown: number; lines: (peer: Peer) => ReadonlyArray<Line> }> = [
  { what: "first push", grown: 0, lines: ({ begin, push }) => [...begin, ...push] },
  { what: "no-op push", grown: 0, lines: ({ push }) => push },
  { what: "1 MiB appended", grown: MiB, lines: ({ push }) => push },
  { what: "clone", grown: 0, lines: ({ clone }) => clone }
]

/** All steps of all programs, at a server that is so far away. */
const measureAt = async (
  missing: ReadonlySet<string>,
  roundTripMs: number,
  endpoint: string,
  place: string
): Promise<Array<Sample>> => {
  const home = fs.mkdtempSync(join(tmpdir(), "pond-bench-remote-"))
  const logs = join(home, "logs")
  const proxy = await startProxy(Number(new URL(endpoint).port), roundTripMs)
  try {
    fill(logs)
    const peers = peersAt(home, logs, `http://127.0.0.1:${proxy.port}`, place).filter(({ name }) => !missing.has(name))
    for (const peer of peers) await run(peer, peer.prepare)
    const samples: Array<Sample> = []
    for (const { grown, lines, what } of STEPS) {
      if (grown > 0) grow(join(logs, "app.log"), grown)
      for (const peer of peers) {
        const seconds = await run(peer, lines(peer))
        samples.push({ step: what, peer: peer.name, roundTripMs, seconds, ...proxy.take() })
      }
    }
    for (const peer of peers) await compare(home, logs, peer)
    return samples
  } finally {
    proxy.close()
    fs.rmSync(home, { recursive: true, force: true })
  }
}

const LARGE_BYTES = (process.argv.includes("--quick") ? 64 : 1024) * MiB
const PART_BYTES = 16 * 1024

/** Reads a part of a large file on the server, by a process that has nothing of it, and compares it. */
const readPart = async (roundTripMs: number, endpoint: string, place: string): Promise<Sample> => {
  const home = fs.mkdtempSync(join(tmpdir(), "pond-bench-remote-"))
  const proxy = await startProxy(Number(new URL(endpoint).port), roundTripMs)
  const env = { XDG_STATE_HOME: join(home, "state") }
  const nothing = { prepare: [], begin: [], push: [], clone: [], restored: undefined }
  const cached = (name: string): Peer => ({
    ...nothing,
    name: "pond",
    env: { ...env, XDG_CACHE_HOME: join(home, name) }
  })
  const at = (server: string): Line => [
    POND,
    "--pond",
    `s3://${place}/large?endpoint=${server}&path_style=true&region=us-east-1`
  ]
  try {
    const large = join(home, "large.log")
    grow(large, LARGE_BYTES)
    await run(cached("writer"), [
      [...at(endpoint), "init"],
      [...at(endpoint), "copy", `host:${large}`, "/large.log"]
    ])
    const start = LARGE_BYTES / 2 + 12_345
    const end = start + PART_BYTES
    const out = join(home, "part")
    const line = [...at(`http://127.0.0.1:${proxy.port}`), "cat", "/large.log", "--range", `${start}-${end - 1}`]
    const seconds = await run(cached("reader"), [["sh", "-c", `"$@" > ${out}`, "sh", ...line]])
    const traffic = proxy.take()
    const there = Buffer.alloc(PART_BYTES)
    const file = fs.openSync(large, "r")
    fs.readSync(file, there, 0, PART_BYTES, start)
    fs.closeSync(file)
    if (!fs.readFileSync(out).equals(there)) throw new Error("the part came back as another one")
    return { step: `16 KiB of ${LARGE_BYTES / MiB} MiB`, peer: "pond", roundTripMs, seconds, ...traffic }
  } finally {
    proxy.close()
    fs.rmSync(home, { recursive: true, force: true })
  }
}

const NUMBERS: ReadonlyArray<{ of: string; unit: string; value: (sample: Sample) => number }> = [
  { of: "time", unit: "s", value: ({ seconds }) => seconds },
  { of: "requests", unit: "requests", value: ({ requests }) => requests.length },
  { of: "wire", unit: "MiB", value: ({ receivedBytes, sentBytes }) => (receivedBytes + sentBytes) / MiB }
]

/** What the samples of a step say, and what Pond takes in times of what each of the others takes. */
const measuresOf = ([own, ...others]: ReadonlyArray<Sample>): Array<Measure> =>
  NUMBERS.flatMap(({ of, unit, value }) => {
    const about = `${own!.step}, ${own!.roundTripMs} ms, ${of}`
    const measures = [own!, ...others].map((sample) => ({
      what: `${about}: ${sample.peer}`,
      value: value(sample),
      unit
    }))
    const ratios = others.map((other) => ({
      what: `${about}: pond beside ${other.peer}`,
      value: value(own!) / value(other),
      unit: "times"
    }))
    return [...measures, ...ratios]
  })

const program = Effect.gen(function* () {
  const server = yield* versitygw
  const missing = sayMissing(["restic", "rclone"])
  const measures: Array<Measure> = []
  for (const roundTripMs of ROUND_TRIPS_MS) {
    const samples = yield* Effect.promise(() =>
      measureAt(missing, roundTripMs, server.endpoint!, `${server.bucket}/${roundTripMs}`)
    )
    const part = yield* Effect.promise(() => readPart(roundTripMs, server.endpoint!, `${server.bucket}/${roundTripMs}`))
    for (const sample of [...samples, part]) {
      if (!process.argv.includes("--requests")) continue
      for (const { receivedBytes, sentBytes, what } of sample.requests) {
        process.stdout.write(
          `${sample.step}, ${sample.peer}: ${what}, ${sentBytes} bytes sent, ${receivedBytes} received\n`
        )
      }
    }
    for (const { what } of STEPS) measures.push(...measuresOf(samples.filter(({ step }) => step === what)))
    measures.push(...measuresOf([part]))
  }
  report("remote", measures)
})

if (fs.existsSync(VERSITYGW)) await Effect.runPromise(Effect.scoped(program))
else {
  process.stderr.write(
    "There is no server of S3 to measure at: `node scripts/bench-peers.ts` builds versitygw, and needs go.\n"
  )
  process.exitCode = 1
}
