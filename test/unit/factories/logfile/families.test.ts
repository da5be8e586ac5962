import { Result } from "effect"
import { describe, expect, it } from "vitest"
import { families, suggestions } from "../../../../src/factories/logfile/families.ts"
import { matchGlob, parseGlob } from "../../../../src/tinyfs/glob.ts"

/** Names as each rotator makes them, and what else lies beside them. */
const DIRECTORIES: Readonly<Record<string, { active: string; archives: Array<string>; others?: Array<string> }>> = {
  "logrotate, numbers": {
    active: "syslog",
    archives: ["syslog.1", "syslog.2.gz", "syslog.10.gz"],
    others: ["syslog.conf", "auth.log"]
  },
  "logrotate, extension": { active: "app.log", archives: ["app.1.log", "app.2.log.gz"] },
  "logrotate, dateext": { active: "app.log", archives: ["app.log-20240131", "app.log-20240201.zst"] },
  "logrotate, dateext with hours": { active: "app.log", archives: ["app.log-2024013112", "app.log-1706745600"] },
  "logrotate, dateext with seconds": {
    active: "app.log",
    archives: ["app.log-20240131-1706745600", "app.log-20240131-1706745900.gz"]
  },
  "logrotate, dateext before the extension": {
    active: "app.log",
    archives: ["app-20240131.log", "app-20240201.log.xz"]
  },
  lumberjack: {
    active: "app.json",
    archives: ["app-2024-01-31T12-00-00.000.json", "app-2024-01-31T13-00-00.123.json.gz"],
    others: ["app-config.json"]
  },
  svlogd: {
    active: "current",
    archives: ["@4000000065ba3c1f2d3c4b5a.s", "@4000000065ba3c1f2d3c4b5b.u", "@4000000065ba3c1f2d3c4b5c.s.gz"],
    others: ["lock", "state", "config"]
  },
  "log4j, dates": { active: "server.log", archives: ["server-2024-01-31.log", "server-2024-01-31-2.log.gz"] },
  "python, dates": {
    active: "app.log",
    archives: ["app.log.2024-01-31", "app.log.2024-01-31_12", "app.log.2024-01-31_12-30-59"]
  },
  "names with special characters": { active: "[a] {b}*.log", archives: ["[a] {b}*.log.1", "[a] {b}*.log.2"] }
}

describe.each(Object.entries(DIRECTORIES))("%s", (_, { active, archives, others = [] }) => {
  const names = [...others, ...archives, active]
  const [family, ...further] = families(names)

  it("is one family", () => {
    expect(further).toEqual([])
    expect(family).toMatchObject({ active, archives: archives.toSorted() })
  })

  it("has patterns that match its archives and nothing else", () => {
    const globs = family!.patterns.map((pattern) => Result.getOrThrow(parseGlob(`/${pattern}`)))
    expect(names.filter((name) => globs.some((glob) => matchGlob(glob, [name]) !== undefined))).toEqual(archives)
  })

  it("is suggested with patterns that the configuration takes", () => {
    const [line] = suggestions("/var/log/x", [family!])
    expect(line).toMatch(/^pond add logfile [\w-]+ --archived \S.* --active \S.* --pond-path \/logs\/[\w-]+$/)
  })
})

it("finds several families in one directory, and names them apart", () => {
  const names = ["a.log", "a.log.1", "a.json", "a-2024-01-31.json", "b.log", "b.log-20240131", "b.log.1", "c.log"]
  const found = families(names)
  expect(found.map(({ active, archives }) => [active, archives])).toEqual([
    ["a.json", ["a-2024-01-31.json"]],
    ["a.log", ["a.log.1"]],
    ["b.log", ["b.log-20240131", "b.log.1"]]
  ])
  expect(suggestions("/var/log/", found)).toEqual([
    "pond add logfile a --archived '/var/log/a-[0-9]*.json*' --active /var/log/a.json --pond-path /logs/a",
    "pond add logfile a-2 --archived '/var/log/a.log.[0-9]*' --active /var/log/a.log --pond-path /logs/a-2",
    "pond add logfile b --archived '/var/log/{b.log-[0-9]*,b.log.[0-9]*}' --active /var/log/b.log --pond-path /logs/b"
  ])
})

it("takes numbers alone for no rotation, and dates alone for one", () => {
  expect(families(["worker-1.log", "worker-2.log", "libfoo.so.1", "1", "notes.2"])).toEqual([])
  expect(families(["app-20240131.log", "app-20240201.log"])).toMatchObject([{ active: "app.log" }])
  expect(families([])).toEqual([])
})

it("is suggested by the name of the directory where every active file is called the same", () => {
  const found = families(["current", "@4000000065ba3c1f2d3c4b5a.s"])
  expect(suggestions("/var/log/it's/", found)).toEqual([
    `pond add logfile it-s --archived '/var/log/it'\\''s/@*' --active '/var/log/it'\\''s/current' --pond-path /logs/it-s`
  ])
})
