/**
 * What the mirror's policy keeps whatever it meets: mirrors and hosts of short texts, of which many begin with others.
 */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { planOf } from "../../../../src/factories/logfile/policy.ts"
import {
  afterPlan,
  codesOf,
  entriesOf,
  filesOf,
  type HostText,
  type HostTexts,
  type MirrorFile,
  type MirrorTexts
} from "../../../support/logfile/situation.ts"

const text = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 4 })
const archivedName = fc.constantFrom("log.1", "log.2", "log.3", "log-x", "log-y")
const packedName = fc.constantFrom("log.1.gz", "log.2.gz", "log.3.gz", "log-x.gz")

const activeFile = text.map((value): HostText => ({ role: "active", text: value }))
const archivedFile = text.map((value): HostText => ({ role: "archived", text: value }))
const packedFile = fc.oneof(
  { weight: 4, arbitrary: text.map((value): HostText => ({ role: "archived", text: `gz(${value})`, decoded: value })) },
  { weight: 1, arbitrary: fc.constant<HostText>({ role: "archived", text: "gz", decoded: "incomplete" }) }
)
const outFile = fc.constant<HostText>({ role: "archived", text: "", code: "error:EIO" })

const host: fc.Arbitrary<HostTexts> = fc
  .record({
    active: fc.dictionary(fc.constantFrom("log", "log2"), activeFile, { maxKeys: 2 }),
    archived: fc.dictionary(
      archivedName,
      fc.oneof({ weight: 6, arbitrary: archivedFile }, { weight: 1, arbitrary: outFile })
    ),
    packed: fc.dictionary(packedName, packedFile)
  })
  .map(({ active, archived, packed }) => ({ ...active, ...archived, ...packed }))

/** Mirrors come from syncs: these are what a few of them leave behind. */
const histories = fc.array(host, { minLength: 1, maxLength: 4 })

const sync = (mirror: MirrorTexts, files: HostTexts) => {
  const plan = planOf({ entries: entriesOf(mirror), files: filesOf(files, mirror), foreign: new Set() })
  return { plan, codes: codesOf(plan), after: afterPlan(plan, mirror, files) }
}

const isHeld = (bytes: string, mirror: MirrorTexts): boolean =>
  Object.values(mirror).some((one) => one.text.startsWith(bytes))

/** Runs syncs one after the other, and looks after each. */
const each = (
  hosts: ReadonlyArray<HostTexts>,
  look: (files: HostTexts, before: MirrorTexts, synced: ReturnType<typeof sync>) => void
): void => {
  let mirror: MirrorTexts = {}
  for (const files of hosts) {
    const synced = sync(mirror, files)
    look(files, mirror, synced)
    mirror = synced.after
  }
}

describe("whatever the host does", () => {
  it("every listed file comes to exactly one outcome (R10)", () => {
    fc.assert(
      fc.property(histories, (hosts) =>
        each(hosts, (files, _, { plan }) => {
          const names = plan.outcomes.map(({ name }) => name)
          expect(new Set(names).size).toBe(names.length)
          for (const name of Object.keys(files)) expect(names).toContain(name)
        })
      ),
      { numRuns: 3000 }
    )
  })

  it("no bytes that the mirror held are lost", () => {
    fc.assert(
      fc.property(histories, (hosts) =>
        each(hosts, (_, before, { after }) => {
          for (const { text: bytes } of Object.values(before)) expect(isHeld(bytes, after)).toBe(true)
        })
      ),
      { numRuns: 3000 }
    )
  })

  it("each file of the host is in the mirror as it is, or is told", () => {
    fc.assert(
      fc.property(histories, (hosts) =>
        each(hosts, (files, _, { after, codes, plan }) => {
          for (const [name, { decoded, text: bytes }] of Object.entries(files)) {
            if (codes[name] === "changed" || codes[name]!.includes(":")) continue
            const { entry } = plan.outcomes.find((outcome) => outcome.name === name)!
            const held: MirrorFile | undefined = after[entry ?? ""]
            expect([bytes, decoded]).toContain(held?.text)
          }
        })
      ),
      { numRuns: 3000 }
    )
  })

  it("a further sync changes nothing", () => {
    fc.assert(
      fc.property(histories, (hosts) =>
        each(hosts, (files, _, { after }) => {
          expect(sync(after, files).plan.steps).toStrictEqual([])
        })
      ),
      { numRuns: 3000 }
    )
  })
})
