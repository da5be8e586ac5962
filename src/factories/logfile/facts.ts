/**
 * What a file system told about files when they were read last: used to skip work, never to decide identity (P6).
 *
 * The record lies in a cache that may be deleted, or be damaged, at any time: it carries its own hash, and what does not have it counts
 * as lost. Losing it costs reading again.
 */
import { hash, toHex } from "../../bao/index.ts"
import type { HostStat } from "../host/files.ts"
import type { Entry } from "./entry.ts"
import type { Shape } from "./plan.ts"

/** Times that lie closer to the beginning of a sync say nothing: clocks of file systems are coarse. */
const SETTLED_NS = 2_000_000_000n

/** What was known of one file, and what it held. */
export interface Fact {
  readonly stat: Omit<HostStat, "isRegular">
  /** Whether the file was older than the sync that read it: only then can equal times stand for equal bytes. */
  readonly isSettled: boolean
  readonly raw: Shape
  readonly decoded?: Shape
  /** Of an archive that differs from its entry: the hash of the entry. It was compared with all others that may have been its bytes. */
  readonly differsFrom?: string
}

/** Facts by the names of files. */
export type Facts = ReadonlyMap<string, Fact>

/** Whether a file was last changed more than two seconds before a time. */
export const isSettled = ({ ctimeNs, mtimeNs }: HostStat, startNs: bigint): boolean =>
  mtimeNs + SETTLED_NS < startNs && ctimeNs + SETTLED_NS < startNs

/** Whether a file is the same one, untouched, as when the fact was recorded. */
export const isUntouched = ({ isSettled, stat }: Fact, now: HostStat): boolean =>
  isSettled &&
  isSameFile(stat, now) &&
  stat.sizeBytes === now.sizeBytes &&
  stat.mtimeNs === now.mtimeNs &&
  stat.ctimeNs === now.ctimeNs

/** Whether a fact says that a file differs from the archive that an entry is. */
export const isDispute = (fact: Fact | undefined, entry: Entry | undefined): boolean =>
  entry?.kind === "archive" && fact?.differsFrom === entry.hash

/** Whether a file is the one that a fact was recorded of, whatever it holds now. */
export const isSameFile = (then: Fact["stat"], now: HostStat): boolean => then.dev === now.dev && then.ino === now.ino

type Encoded = readonly [
  ...[name: string, dev: string, ino: string, sizeBytes: number, mtimeNs: string, ctimeNs: string, isSettled: boolean],
  ...[rawHash: string, decodedBytes: number | null, decodedHash: string | null, differsFrom: string | null]
]

const COLUMNS = 11

/** The record as bytes. */
export const encodeFacts = (facts: Facts): Uint8Array => {
  const rows = [...facts].map(([name, { decoded, differsFrom, isSettled, raw, stat }]): Encoded => [
    name,
    stat.dev.toString(),
    stat.ino.toString(),
    stat.sizeBytes,
    stat.mtimeNs.toString(),
    stat.ctimeNs.toString(),
    isSettled,
    raw.hash,
    decoded?.sizeBytes ?? null,
    decoded?.hash ?? null,
    differsFrom ?? null
  ])
  const body = Buffer.from(JSON.stringify(rows))
  return Buffer.concat([Buffer.from(`${toHex(hash(body))}\n`), body])
}

/** Reads a record; whatever is wrong with it, it is an empty one. */
export const decodeFacts = (bytes: Uint8Array | undefined): Facts => {
  const facts = new Map<string, Fact>()
  if (bytes === undefined) return facts
  const body = bytes.subarray(65)
  if (Buffer.from(bytes.subarray(0, 64)).toString("latin1") !== toHex(hash(body))) return facts
  for (const row of JSON.parse(new TextDecoder().decode(body)) as ReadonlyArray<Encoded>) {
    // Other versions of this program may know less, or more.
    if (row.length !== COLUMNS) continue
    const [name, dev, ino, sizeBytes, mtimeNs, ctimeNs, isSettled, rawHash, decodedBytes, decodedHash, differsFrom] =
      row
    const times = { mtimeNs: BigInt(mtimeNs), ctimeNs: BigInt(ctimeNs) }
    facts.set(name, {
      stat: { dev: BigInt(dev), ino: BigInt(ino), sizeBytes, ...times },
      isSettled,
      raw: { sizeBytes, hash: rawHash },
      ...(decodedBytes === null || decodedHash === null
        ? {}
        : { decoded: { sizeBytes: decodedBytes, hash: decodedHash } }),
      ...(differsFrom === null ? {} : { differsFrom })
    })
  }
  return facts
}
