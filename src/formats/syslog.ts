/**
 * Lines of syslog: RFC 5424, RFC 3164, and what daemons write into files, which has no priority. Times without a zone are taken as UTC.
 */
import { DateTime } from "effect"
import type { Columns, ParsedLine } from "./rows.ts"
import { monthNumber } from "./weblog.ts"

/** The columns of syslog. RFC 3164 writes no year: such times have `time_text` alone. */
export const SYSLOG_COLUMNS: Columns = {
  facility: "INTEGER",
  severity: "INTEGER",
  time: "TIMESTAMP",
  time_text: "VARCHAR",
  host: "VARCHAR",
  app: "VARCHAR",
  pid: "VARCHAR",
  message_id: "VARCHAR",
  structured_data: "JSON",
  message: "VARCHAR"
}

const PRIORITY = String.raw`(?:<(\d{1,3})>)?`
const ISO_TIME = String.raw`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?`
const RFC_5424 = new RegExp(String.raw`^<(\d{1,3})>1 (${ISO_TIME}|-) (\S+) (\S+) (\S+) (\S+) (-|\[)`, "u")
const RFC_3164 = new RegExp(
  String.raw`^${PRIORITY}((\w{3}) ([ \d]\d) (\d\d:\d\d:\d\d)|${ISO_TIME}) (\S+) (?:([^\s:\[\]]+)(?:\[([^\]]*)\])?: ?)?(.*)$`,
  "su"
)
const ELEMENT = /^\[([^\s=\]"]+)((?: [^\s=\]"]+="[^"\\]*(?:\\.[^"\\]*)*")*)\]/u
const PARAMETER = / ([^\s=\]"]+)="([^"\\]*(?:\\.[^"\\]*)*)"/gu

const PRIORITY_MAX = 191

const priorityOf = (text: string | undefined) => {
  const priority = text === undefined ? undefined : Number(text)
  return priority === undefined || priority > PRIORITY_MAX
    ? { facility: null, severity: null }
    : { facility: priority >> 3, severity: priority & 7 }
}

const timeOf = (text: string): string | null => {
  const zoned = /(?:Z|[+-]\d\d:?\d\d)$/u.test(text) ? text : `${text}Z`
  const timeMs = Date.parse(zoned.replace(",", ".").replace(" ", "T"))
  return Number.isNaN(timeMs) ? null : DateTime.formatIso(DateTime.makeUnsafe(timeMs))
}

const orNull = (text: string | undefined): string | null => (text === undefined || text === "-" ? null : text)

/** Reads the elements at the beginning of a text: what they say, and what follows. */
const structuredData = (text: string) => {
  const data: Record<string, Record<string, string>> = {}
  let rest = text
  for (let found = ELEMENT.exec(rest); found !== null; found = ELEMENT.exec(rest)) {
    const parameters = [...found[2]!.matchAll(PARAMETER)].map(
      ([, key, value]) => [key!, value!.replace(/\\(["\\\]])/gu, "$1")] as const
    )
    data[found[1]!] = Object.fromEntries(parameters)
    rest = rest.slice(found[0].length)
  }
  return { data, rest }
}

const parse5424 = (line: string, found: RegExpExecArray): ParsedLine => {
  const [whole, priority, time, host, app, pid, messageId, mark] = found
  const { data, rest } =
    mark === "-" ? { data: null, rest: line.slice(whole.length) } : structuredData(line.slice(whole.length - 1))
  if (mark === "[" && Object.keys(data!).length === 0) return "its structured data is not well-formed"
  return [
    JSON.stringify({
      ...priorityOf(priority),
      time: time === "-" ? null : timeOf(time!),
      time_text: orNull(time),
      host: orNull(host),
      app: orNull(app),
      pid: orNull(pid),
      message_id: orNull(messageId),
      structured_data: data,
      message: rest === "" ? null : rest.replace(/^ \ufeff?/u, "")
    })
  ]
}

/** Parses one line. */
export const parseSyslog = (line: string): ParsedLine => {
  if (line === "") return []
  const modern = RFC_5424.exec(line)
  if (modern !== null) return parse5424(line, modern)
  const found = RFC_3164.exec(line)
  if (found === null) return "not a line of syslog"
  const [, priority, time, month, , , host, app, pid, message] = found
  if (month !== undefined && monthNumber(month) === 0) return "not a line of syslog"
  return [
    JSON.stringify({
      ...priorityOf(priority),
      time: month === undefined ? timeOf(time!) : null,
      time_text: time,
      host,
      app: app ?? null,
      pid: pid ?? null,
      message_id: null,
      structured_data: null,
      message
    })
  ]
}
