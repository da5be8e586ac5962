/**
 * OpenTelemetry as JSON lines, as the file exporter of its collector writes it (OTLP/JSON): each line holds a batch, each log record, span or
 * data point of it is a row.
 */
import { DateTime } from "effect"
import { isTooDeep, TOO_DEEP } from "./nesting.ts"
import type { Columns, ParsedLine } from "./rows.ts"

/** The columns of telemetry; what a kind does not have is null. */
export const OTEL_COLUMNS: Columns = {
  kind: "VARCHAR",
  time: "TIMESTAMP_NS",
  end_time: "TIMESTAMP_NS",
  service: "VARCHAR",
  scope: "VARCHAR",
  name: "VARCHAR",
  severity: "VARCHAR",
  severity_number: "INTEGER",
  body: "VARCHAR",
  value: "DOUBLE",
  trace_id: "VARCHAR",
  span_id: "VARCHAR",
  parent_span_id: "VARCHAR",
  attributes: "JSON",
  resource: "JSON",
  record: "JSON"
}

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const listOf = (value: unknown): ReadonlyArray<Fields> => (Array.isArray(value) ? value.filter(isFields) : [])
const textOf = (value: unknown): string | null =>
  typeof value === "string" ? value : value === undefined || value === null ? null : JSON.stringify(value)
const numberOf = (value: unknown): number | null => {
  const number = typeof value === "string" && value !== "" ? Number(value) : value
  return typeof number === "number" && Number.isFinite(number) ? number : null
}

/** An AnyValue as plain data. 64-bit integers, which OTLP writes as text, stay text where a double cannot hold them. */
const plainValue = (value: unknown): unknown => {
  if (!isFields(value)) return value ?? null
  if ("intValue" in value) {
    const number = Number(value["intValue"])
    return Number.isSafeInteger(number) ? number : value["intValue"]
  }
  if (isFields(value["arrayValue"])) return listOf(value["arrayValue"]["values"]).map(plainValue)
  if (isFields(value["kvlistValue"])) return attributesOf(value["kvlistValue"]["values"])
  for (const key of ["stringValue", "boolValue", "doubleValue", "bytesValue"]) if (key in value) return value[key]
  return null
}

const attributesOf = (value: unknown): Fields =>
  Object.fromEntries(listOf(value).map((one) => [String(one["key"]), plainValue(one["value"])]))

/** Nanoseconds since 1970, text or number, as a time; zero means unknown. */
const timeOf = (value: unknown): string | null => {
  const text = typeof value === "number" ? BigInt(Math.trunc(value)).toString() : value
  if (typeof text !== "string" || !/^\d{1,19}$/u.test(text) || /^0+$/u.test(text)) return null
  const nanos = BigInt(text)
  return DateTime.formatIso(DateTime.makeUnsafe(Number(nanos / 1_000_000n))).replace(
    /\d{3}Z$/u,
    String(nanos % 1_000_000_000n).padStart(9, "0")
  )
}

interface Origin {
  readonly service: string | null
  readonly resource: Fields
  readonly scope: string | null
}

const rowOf = (origin: Origin, record: Fields, more: Fields): string =>
  JSON.stringify({
    service: origin.service,
    scope: origin.scope,
    trace_id: textOf(record["traceId"] || null),
    span_id: textOf(record["spanId"] || null),
    attributes: attributesOf(record["attributes"]),
    resource: origin.resource,
    record,
    ...more
  })

const logRow = (origin: Origin, record: Fields): string =>
  rowOf(origin, record, {
    kind: "log",
    time: timeOf(record["timeUnixNano"]) ?? timeOf(record["observedTimeUnixNano"]),
    severity: textOf(record["severityText"] || null),
    severity_number: numberOf(record["severityNumber"]),
    body: textOf(plainValue(record["body"]))
  })

const spanRow = (origin: Origin, record: Fields): string =>
  rowOf(origin, record, {
    kind: "span",
    name: textOf(record["name"]),
    time: timeOf(record["startTimeUnixNano"]),
    end_time: timeOf(record["endTimeUnixNano"]),
    parent_span_id: textOf(record["parentSpanId"] || null)
  })

const METRICS = ["gauge", "sum", "histogram", "exponentialHistogram", "summary"] as const

const metricRows = (origin: Origin, metric: Fields): ReadonlyArray<string> =>
  METRICS.flatMap((kind) => {
    const data = metric[kind]
    return isFields(data)
      ? listOf(data["dataPoints"]).map((point) =>
          rowOf(origin, point, {
            kind,
            name: textOf(metric["name"]),
            time: timeOf(point["timeUnixNano"]),
            value: numberOf(point["asDouble"] ?? point["asInt"] ?? point["sum"])
          })
        )
      : []
  })

/** Where each signal keeps its records, and how they become rows. */
const SIGNALS = [
  ["resourceLogs", "scopeLogs", "logRecords", (origin: Origin, one: Fields) => [logRow(origin, one)]],
  ["resourceSpans", "scopeSpans", "spans", (origin: Origin, one: Fields) => [spanRow(origin, one)]],
  ["resourceMetrics", "scopeMetrics", "metrics", metricRows]
] as const

/** Parses one line, which holds a batch. */
export const parseOtel = (line: string): ParsedLine => {
  if (line.trim() === "") return []
  let batch: unknown
  try {
    batch = JSON.parse(line)
  } catch {
    return "not JSON"
  }
  if (!isFields(batch) || !SIGNALS.some(([resources]) => Array.isArray(batch[resources]))) {
    return "not a batch of OpenTelemetry: it has none of resourceLogs, resourceSpans, resourceMetrics"
  }
  if (isTooDeep(batch)) return TOO_DEEP
  const rows: Array<string> = []
  for (const [resources, scopes, records, toRows] of SIGNALS) {
    for (const group of listOf(batch[resources])) {
      const resource = isFields(group["resource"]) ? attributesOf(group["resource"]["attributes"]) : {}
      for (const scoped of listOf(group[scopes])) {
        const scope = isFields(scoped["scope"]) ? textOf(scoped["scope"]["name"] || null) : null
        const origin: Origin = { service: textOf(resource["service.name"]), resource, scope }
        for (const record of listOf(scoped[records])) rows.push(...toRows(origin, record))
      }
    }
  }
  return rows
}
