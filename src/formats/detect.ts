/**
 * Which format a file has when nobody says: its name tells, and where the name does not, the first bytes do.
 */
import { parseOtel } from "./otel.ts"
import { compressionOf, type Format } from "./reference.ts"
import { parseSyslog } from "./syslog.ts"
import { parseWeblog } from "./weblog.ts"

/** Bytes at the beginning of a file that are looked at. */
export const HEAD_BYTES = 16 * 1024

const BY_ENDING: ReadonlyMap<string, Format | "json?"> = new Map([
  ["jsonl", "jsonl"],
  ["ndjson", "jsonl"],
  ["json", "json?"],
  ["csv", "csv"],
  ["tsv", "tsv"],
  ["parquet", "parquet"],
  ["txt", "lines"]
])

/** The format that a name speaks of: of `app.json.1.gz` what `.json` means, which its beginning has to tell. */
export const namedFormat = (name: string): Format | "json?" | undefined => {
  const compression = compressionOf(name)
  const plain = compression === undefined ? name : name.slice(0, -compression.length)
  const parts = plain.split(".").slice(1)
  // Rotated logs carry a number or a date behind their own ending.
  const ending = parts.findLast((part) => !/^[\d-]+$/u.test(part))
  return ending === undefined ? undefined : BY_ENDING.get(ending.split("-")[0]!.toLowerCase())
}

const startsAsJson = (text: string): "[" | "{" | undefined => {
  const first = text.trimStart()[0]
  return first === "[" || first === "{" ? first : undefined
}

/** Whether text begins with an object over several lines, as people and programs write single ones. */
const startsOverLines = (text: string): boolean => /^\s*\{\s*\n\s*["}]/u.test(text)

/** The format of text whose name says nothing, by its first line that is not blank. */
const byText = (text: string): Format => {
  const line = text.split("\n").find((one) => one.trim() !== "") ?? ""
  if (line === "") return "lines"
  if (startsAsJson(line) === "{") return typeof parseOtel(line) === "string" ? "jsonl" : "otel"
  if (typeof parseWeblog(line) !== "string") return "weblog"
  return typeof parseSyslog(line) === "string" ? "lines" : "syslog"
}

/** Tells the format of a file from its name and its first, decompressed bytes. */
export const detectFormat = (name: string, head: Uint8Array): Format => {
  const named = namedFormat(name)
  if (named !== undefined && named !== "json?") return named
  if (Buffer.from(head.subarray(0, 4)).toString("latin1") === "PAR1") return "parquet"
  const text = new TextDecoder().decode(head)
  if (named === "json?" && (startsAsJson(text) === "[" || startsOverLines(text))) return "json"
  return named === "json?" ? "jsonl" : byText(text)
}
