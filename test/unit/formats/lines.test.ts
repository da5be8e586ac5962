import { describe, expect, it } from "vitest"
import { detectFormat } from "../../../src/formats/detect.ts"
import { LINE_BYTES_MAX } from "../../../src/formats/lines.ts"
import { parseOtel } from "../../../src/formats/otel.ts"
import { parseReference } from "../../../src/formats/reference.ts"
import { LINE_FORMATS, RowWriter } from "../../../src/formats/rows.ts"
import { parseSyslog } from "../../../src/formats/syslog.ts"
import { parseWeblog } from "../../../src/formats/weblog.ts"
import { numberRecords } from "../../../src/formats/csv.ts"

const rowsOf = (parsed: ReadonlyArray<string> | string) =>
  typeof parsed === "string" ? parsed : parsed.map((row) => JSON.parse(row) as Record<string, unknown>)

describe("references", () => {
  const PLACES = new Set(["host", "other-1"])
  it.each([
    ["/logs/*.json", undefined, "/logs/*.json", undefined],
    ["logs/app", undefined, "logs/app", undefined],
    ["jsonl:///logs/x", "jsonl", "/logs/x", undefined],
    ["ndjson://x", "jsonl", "x", undefined],
    ["host:/var/log/x", undefined, "/var/log/x", "host"],
    ["other-1:x", undefined, "x", "other-1"],
    ["nobody:x", undefined, "nobody:x", undefined],
    ["/host:x", undefined, "/host:x", undefined],
    ["csv://host:x.csv", "csv", "x.csv", "host"]
  ])("reads %s", (text, format, path, place) => {
    expect(parseReference(text, PLACES)).toStrictEqual({ format, path, place })
  })

  it("knows no other schemes", () => {
    for (const text of ["http://x", "s3://b/x", "file:///etc/passwd", "toString://x", "constructor://x"]) {
      expect(parseReference(text, PLACES)).toBeUndefined()
    }
  })
})

describe("detection", () => {
  const OTEL = '{"resourceLogs":[]}'
  it.each([
    ["app.json", '{"a":1}', "jsonl"],
    ["app.json.3.gz", " \n{", "jsonl"],
    ["app-2026-11-20T09-00-00.000.json", "{", "jsonl"],
    ["app.json-20261120", "{", "jsonl"],
    ["list.json", "\n [1]", "json"],
    ["object.json", '{\r\n  "a": 1\n}\n', "json"],
    ["torn.json", '{\n{"a":1}\n', "jsonl"],
    ["a.CSV", "", "csv"],
    ["a.tsv.zst", "", "tsv"],
    ["a.parquet", "", "parquet"],
    ["a.bin", "PAR1....", "parquet"],
    ["notes.txt", '{"a":1}', "lines"],
    ["app.log", '{"a":1}\n', "jsonl"],
    ["otel.log", `${OTEL}\n`, "otel"],
    ["access.log.1", '::1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 2326\n', "weblog"],
    ["messages", "Oct 11 22:14:15 host su[1]: failed\n", "syslog"],
    ["whatever", "just text", "lines"],
    ["empty", "", "lines"]
  ])("of %s", (name, head, format) => {
    expect(detectFormat(name, new TextEncoder().encode(head))).toBe(format)
  })
})

describe("web logs", () => {
  it("reads the common and the combined format", () => {
    const common = 'h - frank [10/Oct/2000:13:55:36 -0700] "GET /a?b=c HTTP/1.0" 200 2326'
    const row = {
      remote_host: "h",
      ident: null,
      remote_user: "frank",
      time: "2000-10-10T20:55:36.000Z",
      request: "GET /a?b=c HTTP/1.0",
      method: "GET",
      path: "/a?b=c",
      protocol: "HTTP/1.0",
      status: 200,
      bytes: 2326,
      referer: null,
      user_agent: null
    }
    expect(rowsOf(parseWeblog(common))).toStrictEqual([row])
    expect(rowsOf(parseWeblog(`${common} "-" "Moz \\"x\\" \\x41" 0.003`))).toStrictEqual([
      { ...row, user_agent: 'Moz "x" A' }
    ])
  })

  it("keeps requests that are none, and refuses lines that are none", () => {
    const odd = '1.2.3.4 - - [29/Feb/2024:00:00:00 +0130] "\\x16\\x03" 400 -'
    expect(rowsOf(parseWeblog(odd))).toMatchObject([
      { request: "\u0016\u0003", method: null, time: "2024-02-28T22:30:00.000Z", bytes: null }
    ])
    expect(parseWeblog("hello")).toBe("not a line of a web log")
    expect(parseWeblog('h - - [31/Feb/2024:00:00:00 +0000] "-" 200 1')).toBe("its time does not exist")
    expect(parseWeblog('h - - [01/Foo/2024:00:00:00 +0000] "-" 200 1')).toBe("its time does not exist")
  })
})

describe("syslog", () => {
  it("reads RFC 5424 with structured data", () => {
    const line = '<165>1 2003-10-11T22:14:15.003Z host app 12 ID47 [a@1 k="v\\"]" l="w"][b@1] \ufeffAn event'
    expect(rowsOf(parseSyslog(line))).toStrictEqual([
      {
        facility: 20,
        severity: 5,
        time: "2003-10-11T22:14:15.003Z",
        time_text: "2003-10-11T22:14:15.003Z",
        host: "host",
        app: "app",
        pid: "12",
        message_id: "ID47",
        structured_data: { "a@1": { k: 'v"]', l: "w" }, "b@1": {} },
        message: "An event"
      }
    ])
    expect(rowsOf(parseSyslog("<0>1 - - - - - -"))).toMatchObject([{ time: null, host: null, message: null }])
    expect(parseSyslog("<1>1 - - - - - [broken")).toBe("its structured data is not well-formed")
  })

  it("reads RFC 3164 and what daemons write into files", () => {
    expect(rowsOf(parseSyslog("<34>Oct 11 22:14:15 mymachine su: 'su root' failed"))).toMatchObject([
      {
        facility: 4,
        severity: 2,
        time: null,
        time_text: "Oct 11 22:14:15",
        host: "mymachine",
        app: "su",
        pid: null,
        message: "'su root' failed"
      }
    ])
    expect(rowsOf(parseSyslog("2026-11-21T08:00:00.5+01:00 h kernel: [1.0] x: y"))).toMatchObject([
      { facility: null, time: "2026-11-21T07:00:00.500Z", app: "kernel", message: "[1.0] x: y" }
    ])
    expect(parseSyslog("Foo 11 22:14:15 h x: y")).toBe("not a line of syslog")
  })
})

describe("OpenTelemetry", () => {
  it("makes a row of each log record, span and data point", () => {
    const resource = { attributes: [{ key: "service.name", value: { stringValue: "shop" } }] }
    const batch = {
      resourceLogs: [
        {
          resource,
          scopeLogs: [
            {
              scope: { name: "lib" },
              logRecords: [
                {
                  timeUnixNano: "1544712660300000001",
                  severityText: "WARN",
                  severityNumber: 13,
                  body: { stringValue: "slow" },
                  attributes: [
                    { key: "n", value: { intValue: "7" } },
                    { key: "huge", value: { intValue: "9223372036854775807" } },
                    { key: "list", value: { arrayValue: { values: [{ boolValue: true }, { doubleValue: 1.5 }] } } }
                  ]
                }
              ]
            }
          ]
        }
      ],
      resourceSpans: [
        {
          resource,
          scopeSpans: [
            {
              spans: [{ name: "GET", traceId: "aa", spanId: "bb", startTimeUnixNano: "1", endTimeUnixNano: 1000000000 }]
            }
          ]
        }
      ],
      resourceMetrics: [
        { scopeMetrics: [{ metrics: [{ name: "m", sum: { dataPoints: [{ asInt: "5" }, { asDouble: 2.5 }] } }] }] }
      ]
    }
    expect(rowsOf(parseOtel(JSON.stringify(batch)))).toMatchObject([
      {
        kind: "log",
        time: "2018-12-13T14:51:00.300000001",
        service: "shop",
        scope: "lib",
        severity: "WARN",
        body: "slow",
        attributes: { n: 7, huge: "9223372036854775807", list: [true, 1.5] }
      },
      {
        kind: "span",
        name: "GET",
        trace_id: "aa",
        time: "1970-01-01T00:00:00.000000001",
        end_time: "1970-01-01T00:00:01.000000000"
      },
      { kind: "sum", name: "m", value: 5, service: null },
      { kind: "sum", name: "m", value: 2.5 }
    ])
    expect(parseOtel('{"a":1}')).toContain("not a batch")
    expect(parseOtel("{")).toBe("not JSON")
  })
})

describe("lines", () => {
  it("are numbered, whatever the chunks; long ones are bad, and take no memory", () => {
    const writer = new RowWriter(LINE_FORMATS.lines, 4)
    let out = writer.push(new TextEncoder().encode("\ufeffa\nb"))
    for (let mebibytes = 0; mebibytes <= LINE_BYTES_MAX / 1024 ** 2; mebibytes += 1)
      out += writer.push(new Uint8Array(1024 ** 2))
    out += writer.push(new TextEncoder().encode("\n\nend"))
    out += writer.finish()
    expect(
      out
        .trim()
        .split("\n")
        .map((row) => JSON.parse(row) as object)
    ).toStrictEqual([
      { _pond_line: 5, v: { line: "\ufeffa" } },
      { _pond_line: 7, v: { line: "" } },
      { _pond_line: 8, v: { line: "end" } }
    ])
    expect(writer.bad).toMatchObject({ count: 1, kept: [{ line: 6, reason: `longer than ${LINE_BYTES_MAX} bytes` }] })
  })

  it("that are bad are counted beyond what is kept", () => {
    const writer = new RowWriter(LINE_FORMATS.jsonl, 0)
    writer.push(new TextEncoder().encode("x\n".repeat(1500)))
    expect([writer.bad.count, writer.bad.kept.length]).toStrictEqual([1500, 1000])
  })
})

describe("long fields", () => {
  const LONG = 8 * 1024 * 1024
  const last = (format: keyof typeof LINE_FORMATS, line: string) => {
    const writer = new RowWriter(LINE_FORMATS[format], 0)
    const text = writer.push(Buffer.from(`${line}\n`))
    return writer.bad.kept[0]?.reason ?? Object.keys((JSON.parse(text) as { v: object }).v).length
  }

  it.each([
    ["jsonl", `{"a":"${"x".repeat(LONG)}","b":1}`, 2],
    ["jsonl", `{"a":"${"\\n".repeat(LONG / 2)}","b":1}`, 2],
    ["jsonl", `{"a":"${":{".repeat(LONG / 2)}","a":1}`, "a key that comes twice"],
    ["weblog", `h - - [10/Oct/2000:13:55:36 -0700] "GET /${"x".repeat(LONG)} HTTP/1.1" 404 12`, 12],
    [
      "weblog",
      `h - - [10/Oct/2000:13:55:36 -0700] "${'\\"'.repeat(LONG / 2)}" 404 12`,
      "too many escapes in one field"
    ],
    ["weblog", `${"h ".repeat(LONG / 2)}`, "not a line of a web log"],
    ["syslog", `<34>1 - h a - ID [x k="${"v".repeat(LONG)}"] hello`, 10],
    ["syslog", `<34>1 - h a - ID [x k="${'\\"'.repeat(LONG / 2)}"] hello`, "too many escapes in one field"]
  ] as const)("of %s are read, or a bad line", (format, line, expected) => {
    expect(last(format, line)).toBe(expected)
  })
})

describe("records of CSV", () => {
  const dialect = { delimiter: ";", quote: '"', escape: '"', names: ["a", "b"], hasHeader: true, skip: 0, comment: "" }
  it("have the number of the line they begin on", () => {
    const text = 'a;b\r\n1;"x;""y""\nz"\n\n2;3\n4\n5;"open\n'
    expect(numberRecords(text, dialect, 10, true)).toMatchObject({
      text: '12;1;"x;""y""\nz"\n15;2;3\n',
      rows: 2,
      bad: {
        count: 2,
        kept: [
          { line: 16, reason: "1 fields instead of 2" },
          { line: 17, reason: "a quote that is not closed" }
        ]
      }
    })
  })
})
