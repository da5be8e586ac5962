/**
 * Rotations in the middle of a sync: for a moment things may look worse than they are, and the next sync has each line once.
 */
import { expect, it } from "vitest"
import { type Case, runCase } from "../../../support/logfile/cases.ts"
import type { HostOperation } from "../../../support/logfile/host.ts"
import { storedMirror } from "../../../support/logfile/mirror.ts"

const config = { active: "app.log", archived: "app.log.*" }

const problems = (steps: Case["steps"]): Promise<ReadonlyArray<string>> =>
  runCase(storedMirror, { id: "race", level: "MUST", title: "", config, steps })

const begun = (...files: ReadonlyArray<readonly [string, string]>): Case["steps"] => [
  ...files.map((write) => ({ write })),
  { sync: { expect: {} } }
]

/** A compressor takes the plain file away after its compressed one was opened. */
const taken: HostOperation & Case["steps"][number] = {
  sync: {
    hooks: { afterOpen: { "app.log.1.gz": [{ rm: "app.log.1" }] } },
    expect: { report: { "app.log.1": "vanished", "app.log.1.gz": "skipped:incomplete" } }
  }
}

it("an active file that was rotated and compressed meanwhile becomes its archive in the next sync", async () => {
  const steps: Case["steps"] = [
    ...begun(["app.log", "c:100"]),
    { append: ["app.log", "c:100-150"] },
    { rename: ["app.log", "app.log.1"] },
    { write: ["app.log", "d:5"] },
    { gzip: ["app.log.1", "app.log.1.gz"] },
    taken,
    {
      sync: {
        expect: {
          pond: { "app.log": "d:5", "app.log.1": "c:150", "~app.log": null },
          report: { "app.log.1.gz": "rotated" }
        }
      }
    }
  ]
  expect(await problems(steps)).toEqual([])
})

it("an archive that was completed and compressed meanwhile is completed by the next sync", async () => {
  const steps: Case["steps"] = [
    ...begun(["app.log", "d:100"], ["app.log.1", "c:100"]),
    { append: ["app.log.1", "c:100-150"] },
    { gzip: ["app.log.1", "app.log.1.gz"] },
    taken,
    {
      sync: {
        expect: { pond: { "app.log": "d:100", "app.log.1": "c:150" }, report: { "app.log.1.gz": "late-append" } }
      }
    }
  ]
  expect(await problems(steps)).toEqual([])
})

it("a compressed archive whose name was given to another meanwhile is found under its next name", async () => {
  const shifted: ReadonlyArray<HostOperation> = [
    { rename: ["app.log.1.gz", "app.log.2.gz"] },
    { rename: ["app.log", "app.log.1"] },
    { write: ["app.log", ""] },
    { gzip: ["app.log.1", "app.log.1.gz"] },
    { rm: "app.log.1" }
  ]
  const pond = { "app.log": "", "app.log.1": "d:120", "app.log.2.gz": "gz(e:100)", "~app.log": null }
  for (const hooks of [{ afterList: shifted }, { afterOpen: { "app.log.1.gz": shifted } }]) {
    const steps: Case["steps"] = [
      ...begun(["app.log", "d:100"], ["app.log.1.gz", "gz(e:100)"]),
      { append: ["app.log", "d:100-120"] },
      { sync: { hooks, expect: {} } },
      { sync: { expect: { pond } } }
    ]
    expect(await problems(steps)).toEqual([])
  }
})
