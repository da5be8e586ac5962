/**
 * Lines of web servers: the Common Log Format, and the combined one with referrer and agent.
 */
import { DateTime } from "effect"
import type { Columns, ParsedLine } from "./rows.ts"

/** The columns of web logs; a `-` is null. */
export const WEBLOG_COLUMNS: Columns = {
  remote_host: "VARCHAR",
  ident: "VARCHAR",
  remote_user: "VARCHAR",
  time: "TIMESTAMP",
  request: "VARCHAR",
  method: "VARCHAR",
  path: "VARCHAR",
  protocol: "VARCHAR",
  status: "INTEGER",
  bytes: "BIGINT",
  referer: "VARCHAR",
  user_agent: "VARCHAR"
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

/** The number of a month by its English abbreviation, from 1; 0 when it is none. */
export const monthNumber = (name: string): number => MONTHS.indexOf(name) + 1

const QUOTED = String.raw`"([^"\\]*(?:\\.[^"\\]*)*)"`
const LINE = new RegExp(
  String.raw`^(\S+) (\S+) (.+?) \[(\d\d)/(\w{3})/(\d{4}):(\d\d:\d\d:\d\d) ([+-])(\d\d)(\d\d)\] ${QUOTED} (\d{3}|-) (\d+|-)` +
    `(?: ${QUOTED} ${QUOTED})?`,
  "u"
)

const orNull = (text: string | undefined): string | null => (text === undefined || text === "-" ? null : text)

/** What Apache and nginx escape in quotes. */
const unescaped = (text: string): string =>
  text.replace(/\\(?:x([0-9a-fA-F]{2})|(.))/gu, (_, hex: string | undefined, one: string) =>
    hex === undefined ? ({ n: "\n", t: "\t", r: "\r" }[one] ?? one) : String.fromCharCode(Number.parseInt(hex, 16))
  )

const quoted = (text: string | undefined): string | null => {
  const plain = orNull(text)
  return plain === null || !plain.includes("\\") ? plain : unescaped(plain)
}

/** Parses one line; what follows the known fields is passed over. */
export const parseWeblog = (line: string): ParsedLine => {
  if (line === "") return []
  const found = LINE.exec(line)
  if (found === null) return "not a line of a web log"
  const [, host, ident, user, day, month, year, clock, sign, hours, minutes, request, status, bytes, referer, agent] =
    found
  const local = Date.parse(`${year}-${String(monthNumber(month!)).padStart(2, "0")}-${day}T${clock}Z`)
  // What is parsed takes the 31st of a shorter month for a day of the next.
  if (Number.isNaN(local) || DateTime.formatIso(DateTime.makeUnsafe(local)).slice(8, 10) !== day) {
    return "its time does not exist"
  }
  const offsetMinutes = (Number(hours) * 60 + Number(minutes)) * (sign === "-" ? -1 : 1)
  const time = DateTime.formatIso(DateTime.makeUnsafe(local - offsetMinutes * 60_000))
  const [, method, path, protocol] = /^(\S+) (\S.*?)(?: (\S+\/\S+))?$/u.exec(request!) ?? []
  return [
    JSON.stringify({
      remote_host: host,
      ident: orNull(ident),
      remote_user: orNull(user),
      time,
      request: quoted(request),
      method: orNull(method),
      path: quoted(path),
      protocol: orNull(protocol),
      status: status === "-" ? null : Number(status),
      bytes: bytes === "-" ? null : Number(bytes),
      referer: quoted(referer),
      user_agent: quoted(agent)
    })
  ]
}
