/**
 * Made-up logs.
 */
import { Stream } from "effect"

/** A MiB of log lines that compress as logs do; those of another round are others. */
export const logLines = (round: number): Uint8Array => {
  const lines: Array<string> = []
  for (let bytes = 0; bytes < 1024 ** 2; bytes += lines.at(-1)!.length) {
    const at = round * 20_000 + lines.length
    const value = Math.imul(at, 2_654_435_761) >>> 0
    const id = value.toString(16)
    lines.push(
      `{"time":${1_700_000_000_000 + at},"level":"info","user":${value % 5000},"id":"${id}","took":${value % 977}}\n`
    )
  }
  return new TextEncoder().encode(lines.join("")).subarray(0, 1024 ** 2)
}

/** Numbers that look random and are the same each time: a counter, whose bits are mixed. */
const numbers = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state = (state + 0x9e3779b9) >>> 0
    const mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
    return ((Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35) >>> 0) / 2 ** 32) * below
  }
}

/** What a service tells of one of the things that it does. */
const eventOf = (random: (below: number) => number): Readonly<Record<string, unknown>> => {
  const whole = (below: number): number => Math.floor(random(below))
  const digits = (count: number): string => Array.from({ length: count }, () => whole(16).toString(16)).join("")
  const rounded = (below: number, places: number): number => Number(random(below).toFixed(places))
  switch (whole(4)) {
    case 0:
      return {
        message: "request",
        method: whole(5) === 0 ? "POST" : "GET",
        path: `/api/items/${whole(5000)}`,
        status: [200, 200, 200, 204, 304, 404, 500][whole(7)],
        duration: rounded(120, 3),
        bytes: whole(60_000),
        address: `10.${whole(4)}.${whole(256)}.${whole(256)}`,
        trace: digits(32)
      }
    case 1:
      return { message: "measured", pressure: rounded(4, 3), flow: rounded(15, 2), register: 40_001 + whole(64) }
    case 2:
      return {
        message: "written",
        segment: whole(9000),
        rows: whole(9000),
        duration: rounded(40, 2),
        digest: digits(64)
      }
    default:
      return { message: `job ${["started", "finished", "waits"][whole(3)]}`, attempt: 1 + whole(4), trace: digits(32) }
  }
}

/** A MiB of lines, each by how many there are before it. */
const linesOf = (lineAt: (at: number) => object): Uint8Array => {
  const lines: Array<string> = []
  for (let bytes = 0; bytes < 1024 ** 2; bytes += lines.at(-1)!.length) {
    lines.push(`${JSON.stringify(lineAt(lines.length))}\n`)
  }
  return new TextEncoder().encode(lines.join("")).subarray(0, 1024 ** 2)
}

const timeOf = (round: number, at: number): string =>
  new Date(1_700_000_000_000 + round * 1_000_000 + at * 20).toISOString()

/** A MiB of the log lines of a service, which have different keys: times, numbers with a fraction, texts that repeat and others that do not. */
export const serviceLines = (round: number): Uint8Array => {
  const random = numbers(round * 1_000_003)
  return linesOf((at) => {
    const isError = random(10) < 1
    return {
      time: timeOf(round, at),
      level: isError ? "error" : "info",
      host: `host-${Math.floor(random(24))}`,
      ...eventOf(random),
      ...(isError ? { error: "connection refused", stack: "at run (service.js:10)\n\tat main (index.js:3)" } : {})
    }
  })
}

/** A MiB of the lines of a server, with objects in objects, of which some lines lack some. */
export const objectLines = (round: number): Uint8Array => {
  const random = numbers(round * 7_000_003)
  const whole = (below: number): number => Math.floor(random(below))
  return linesOf((at) => {
    const isError = random(20) < 1
    return {
      time: timeOf(round, at),
      level: isError ? "error" : "info",
      message: "request completed",
      req: {
        id: `r${whole(1e9).toString(36)}`,
        method: whole(5) === 0 ? "POST" : "GET",
        url: `/api/items/${whole(5000)}`,
        ...(whole(3) === 0 ? {} : { user: { id: whole(90_000), name: `user ${whole(500)}` } })
      },
      res: { status: isError ? 500 : 200, bytes: whole(60_000) },
      took: Number(random(120).toFixed(2)),
      ...(isError ? { error: { type: "ConnectionRefused", code: whole(9) } } : {})
    }
  })
}

/** A log of some size: sixteen different MiB over and over, so that making it costs nothing. */
export const logOf = (sizeBytes: number, lines = logLines): Stream.Stream<Uint8Array> => {
  const parts = Array.from({ length: 16 }, (_, round) => lines(round))
  return Stream.map(Stream.range(0, Math.ceil(sizeBytes / 1024 ** 2) - 1), (at) => parts[at % parts.length]!)
}
