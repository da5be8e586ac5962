/**
 * Syncs that give what was stored to another entry than it was stored for: a dry run, which does not keep large objects, foretells them all the
 * same (R8).
 */
import { expect, it } from "vitest"
import { type Case, runCase } from "../../../support/logfile/cases.ts"
import { storedMirror } from "../../../support/logfile/mirror.ts"

/** More than a dry run keeps, also when it is compressed. */
const LARGE = 12_000_000

const config = { active: "*.log", archived: "*.log.*" }
const bothRotated: Case["steps"] = [{ rename: ["a.log", "a.log.1"] }, { rename: ["b.log", "b.log.1"] }]
const begun: Case["steps"] = [
  { write: ["a.log", "s:100"] },
  { write: ["b.log", "s:200"] },
  { sync: { expect: { report: { "a.log": "new", "b.log": "new" } } } }
]

it("two files that go on alike: each entry is completed, with what follows its own bytes", async () => {
  const whole = `s:${LARGE}`
  const steps: Case["steps"] = [
    ...begun,
    { append: ["a.log", `s:100-${LARGE}`] },
    { append: ["b.log", `s:200-${LARGE}`] },
    ...bothRotated,
    {
      sync: {
        expect: { pond: { "a.log.1": whole, "b.log.1": whole }, report: { "a.log.1": "rotated", "b.log.1": "rotated" } }
      }
    }
  ]
  expect(await runCase(storedMirror, { id: "alike", level: "MUST", title: "", config, steps })).toEqual([])
})

it("two compressed files that go on alike", async () => {
  const whole = `s:${LARGE}`
  const steps: Case["steps"] = [
    ...begun,
    { rm: "a.log" },
    { rm: "b.log" },
    { write: ["a.log.1.gz", `gz(${whole})`] },
    { write: ["b.log.1.gz", `gz(${whole})`] },
    {
      sync: {
        expect: {
          pond: { "a.log.1": whole, "b.log.1": whole },
          report: { "a.log.1.gz": "rotated", "b.log.1.gz": "rotated" }
        }
      }
    }
  ]
  expect(await runCase(storedMirror, { id: "alike", level: "MUST", title: "", config, steps })).toEqual([])
})
