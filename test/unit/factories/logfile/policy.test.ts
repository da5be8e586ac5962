import { describe, expect, it } from "vitest"
import { planOf } from "../../../../src/factories/logfile/policy.ts"
import {
  afterPlan,
  codesOf,
  entriesOf,
  filesOf,
  type HostTexts,
  type MirrorTexts,
  shapeOf
} from "../../../support/logfile/situation.ts"

const decide = (mirror: MirrorTexts, host: HostTexts, foreign: ReadonlyArray<string> = []) => {
  const plan = planOf({ entries: entriesOf(mirror), files: filesOf(host, mirror), foreign: new Set(foreign) })
  const after = afterPlan(plan, mirror, host)
  const texts = Object.fromEntries(Object.entries(after).map(([name, { text }]) => [name, text]))
  return { codes: codesOf(plan), texts, after, plan }
}

const active = (text: string) => ({ kind: "active", role: "active", text }) as const
const archive = (text: string) => ({ kind: "archive", role: "archived", text }) as const
const orphan = (text: string, host: string) => ({ kind: "orphan", text, host }) as const
const compressed = (decoded: string) => ({ role: "archived", text: `gz(${decoded})`, decoded }) as const
const orphanOf = (name: string, text: string) => `${name}.orphan-${shapeOf(text).hash.slice(0, 8)}`

describe("an entry without its file looks for it elsewhere (P7 to P9)", () => {
  it("and is completed by the archive that starts with it, whatever that is called", () => {
    const { codes, texts } = decide({ log: active("ab") }, { "log-x": archive("abc"), log: active("d") })
    expect(codes).toStrictEqual({ "log-x": "rotated", log: "new" })
    expect(texts).toStrictEqual({ "log-x": "abc", log: "d" })
  })

  it("when it is active and was not listed, but not when its file could not be read", () => {
    const host = { "log-x": archive("abc") }
    expect(decide({ log: active("ab") }, host).codes).toStrictEqual({ "log-x": "rotated" })
    const out = { ...host, log: { ...active(""), code: "error:EACCES" } as const }
    expect(decide({ log: active("ab") }, out)).toMatchObject({
      codes: { "log-x": "new", log: "error:EACCES" },
      texts: { "log-x": "abc", log: "ab" }
    })
  })

  it("but not when it is empty, nor when it is an archive whose file is absent", () => {
    const { codes } = decide({ log: active(""), "log-1": archive("ab") }, { log: active("x"), "log-2": archive("ab") })
    expect(codes).toStrictEqual({ log: "appended", "log-1": "preserved", "log-2": "new" })
  })

  it("the largest first, and then by name", () => {
    const mirror = { a: active("ab"), b: active("abc"), c: active("ab") }
    const host = { x: archive("abcd"), y: archive("abcd"), z: archive("abcd") }
    const { after, plan } = decide(mirror, host)
    expect(plan.outcomes.map(({ detail, name }) => [name, detail])).toStrictEqual([
      ["x", "was b"],
      ["y", "was a"],
      ["z", "was c"]
    ])
    expect(Object.values(after).map(({ kind }) => kind)).toStrictEqual(["archive", "archive", "archive"])
  })

  it("and takes no active file, and none that is another's", () => {
    const mirror = { log: active("ab"), "log-1": archive("abc") }
    const { codes, texts } = decide(mirror, { log: active("x"), "log-1": archive("abc"), log2: active("abcd") })
    expect(codes).toStrictEqual({
      log: "truncated",
      "log-1": "unchanged",
      log2: "new",
      [orphanOf("log", "ab")]: "displaced"
    })
    expect(texts[orphanOf("log", "ab")]).toBe("ab")
  })

  it("along a chain of numbers, at once", () => {
    const mirror = { log: active("d"), "log.1": archive("c"), "log.2": archive("b") }
    const host = { log: active("e"), "log.1": archive("dd"), "log.2": archive("c"), "log.3": archive("b") }
    const { codes, texts } = decide(mirror, host)
    expect(codes).toStrictEqual({ log: "new", "log.1": "rotated", "log.2": "renamed", "log.3": "renamed" })
    expect(texts).toStrictEqual({ log: "e", "log.1": "dd", "log.2": "c", "log.3": "b" })
  })

  it("and makes an orphan of what the last number pushes out (P10.1)", () => {
    const mirror = { log: active("d"), "log.1": archive("c") }
    const { codes, texts } = decide(mirror, { log: active("e"), "log.1": archive("d") })
    const lost = orphanOf("log.1", "c")
    expect(codes).toStrictEqual({ log: "new", "log.1": "rotated", [lost]: "displaced" })
    expect(texts).toStrictEqual({ log: "e", "log.1": "d", [lost]: "c" })
  })
})

describe("every other entry (P10)", () => {
  it("goes on with its file, or stays as it is", () => {
    const mirror = { log: active("a"), "log-1": archive("b"), "log-2": archive("c"), "log-3": archive("d") }
    const host = { log: active("ab"), "log-1": archive("bb"), "log-2": archive("c"), "log-4": archive("") }
    const { codes, plan, texts } = decide(mirror, host)
    expect(codes).toStrictEqual({
      log: "appended",
      "log-1": "late-append",
      "log-2": "unchanged",
      "log-3": "preserved",
      "log-4": "new"
    })
    expect(texts).toStrictEqual({ log: "ab", "log-1": "bb", "log-2": "c", "log-3": "d", "log-4": "" })
    expect(plan.outcomes.map(({ addedBytes }) => addedBytes)).toStrictEqual([1, 1, 0, 0, 0])
  })

  it("does nothing when nothing has changed (P2)", () => {
    const mirror = {
      log: active("a"),
      "log-1": archive("b"),
      "log-2": archive("c"),
      "log.orphan-1": orphan("z", "log")
    }
    expect(decide(mirror, { log: active("a"), "log-1": archive("b") }).plan.steps).toStrictEqual([])
  })

  it("keeps an archive that the host changed, and tells it each time, unless somebody accepted it", () => {
    const host = { "log-1": archive("xy") }
    const { codes, plan } = decide({ "log-1": archive("ab") }, host)
    expect([codes, plan.steps]).toStrictEqual([{ "log-1": "changed" }, []])
    expect(decide({ "log-1": { ...archive("ab"), kept: "xy" } }, host).codes).toStrictEqual({ "log-1": "unchanged" })
    expect(decide({ "log-1": { ...archive("ab"), kept: "zz" } }, host).codes).toStrictEqual({ "log-1": "changed" })
  })

  it("is no orphan when another file of the host is mirrored with the same bytes, and one when it only was", () => {
    const mirror = { log: active("ab"), "log-1": archive("ab") }
    const both = decide(mirror, { log: active("x"), "log-1": archive("ab") })
    expect(both.texts).toStrictEqual({ log: "x", "log-1": "ab" })
    expect(Object.values(decide(mirror, { log: active("x") }).texts).toSorted()).toStrictEqual(["ab", "ab", "x"])
  })

  it("heals when the archive of an orphan turns up, and is silent about other orphans (P12)", () => {
    const mirror = { log: active("x"), "log.orphan-1": orphan("ab", "log"), "log.orphan-2": orphan("q", "log") }
    const { codes, texts } = decide(mirror, { log: active("x"), "log-1": archive("abc") })
    expect(codes).toStrictEqual({ log: "unchanged", "log-1": "rotated" })
    expect(texts).toStrictEqual({ log: "x", "log-1": "abc", "log.orphan-2": "q" })
  })

  it("counts orphans of the same bytes", () => {
    const name = orphanOf("log", "ab")
    const mirror = { log: active("ab"), [name]: orphan("ab", "log"), [`${name}-1`]: orphan("ab", "log") }
    expect(decide(mirror, { log: active("x") }).codes).toHaveProperty([`${name}-2`], "displaced")
    expect(decide({ log: active("ab") }, { log: active("x") }, [name]).codes).toHaveProperty([`${name}-1`], "displaced")
  })
})

describe("compressed archives (P12a)", () => {
  it("complete what was rotated and compressed since, and are its file from then on", () => {
    const first = decide({ log: active("ab") }, { "log.1.gz": compressed("abc"), log: active("d") })
    expect(first.codes).toStrictEqual({ "log.1.gz": "rotated", log: "new" })
    expect(first.texts).toStrictEqual({ "log.1": "abc", log: "d" })
    const same = decide(first.after, { "log.1.gz": compressed("abc"), log: active("d") })
    expect([same.codes, same.plan.steps]).toStrictEqual([{ "log.1.gz": "unchanged", log: "unchanged" }, []])
    const next = decide(first.after, {
      "log.2.gz": compressed("abc"),
      "log.1.gz": compressed("de"),
      log: active("f")
    })
    expect(next.codes).toStrictEqual({ "log.2.gz": "renamed", "log.1.gz": "rotated", log: "new" })
    expect(next.texts).toStrictEqual({ "log.2": "abc", "log.1": "de", log: "f" })
  })

  it("are the same content as the archive beside them, or in place of them", () => {
    const mirror = { "log.1": archive("ab") }
    const beside = decide(mirror, { "log.1": archive("ab"), "log.1.gz": compressed("ab") })
    expect(beside.codes).toStrictEqual({ "log.1": "unchanged", "log.1.gz": "unchanged" })
    const instead = decide(mirror, { "log.1.gz": compressed("ab") })
    expect([instead.codes, instead.plan.steps]).toStrictEqual([{ "log.1.gz": "unchanged" }, []])
    const both = decide({}, { "log.1": archive("ab"), "log.1.gz": compressed("ab") })
    expect(both.codes).toStrictEqual({ "log.1": "new", "log.1.gz": "unchanged" })
    expect(both.texts).toStrictEqual({ "log.1": "ab" })
  })

  it("add what the archive in place of which they stand did not have", () => {
    const { codes, texts } = decide({ "log.1": archive("ab") }, { "log.1.gz": compressed("abc") })
    expect([codes, texts]).toStrictEqual([{ "log.1.gz": "late-append" }, { "log.1": "abc" }])
  })

  it("wait while they are being written, and are bytes like any other when nothing goes with them", () => {
    const half = { role: "archived", text: "gz", decoded: "incomplete" } as const
    expect(decide({}, { "log.1": archive("ab"), "log.1.gz": half }).codes["log.1.gz"]).toBe("skipped:incomplete")
    expect(decide({ "log.1": archive("ab") }, { "log.1.gz": half }).codes).toStrictEqual({
      "log.1": "preserved",
      "log.1.gz": "skipped:incomplete"
    })
    const { codes, texts } = decide(
      { log: active("q") },
      { log: active("q"), "log.1.gz": compressed("ab"), "x.gz": half }
    )
    expect(codes).toStrictEqual({ log: "unchanged", "log.1.gz": "new", "x.gz": "new" })
    expect(texts).toStrictEqual({ log: "q", "log.1.gz": "gz(ab)", "x.gz": "gz" })
  })

  it("follow their numbers when they were stored as they are", () => {
    const mirror = { log: active("d"), "log.1.gz": archive("gz(c)"), "log.2.gz": archive("gz(b)") }
    const host = {
      log: active("e"),
      "log.1.gz": compressed("dd"),
      "log.2.gz": compressed("c"),
      "log.3.gz": compressed("b")
    }
    const { codes, texts } = decide(mirror, host)
    expect(codes).toStrictEqual({ log: "new", "log.1.gz": "rotated", "log.2.gz": "renamed", "log.3.gz": "renamed" })
    expect(texts).toStrictEqual({ log: "e", "log.1": "dd", "log.2.gz": "gz(c)", "log.3.gz": "gz(b)" })
  })

  it("never take a name that something else keeps", () => {
    const mirror = { log: active("ab"), "log.1": archive("zz") }
    const { codes, texts } = decide(mirror, { log: active("x"), "log.1.gz": compressed("abc") })
    expect(codes).toMatchObject({ log: "truncated", "log.1": "preserved", "log.1.gz": "new" })
    expect(texts).toMatchObject({ "log.1": "zz", "log.1.gz": "gz(abc)" })
  })
})

describe("what others did in the pond (P15)", () => {
  it("gets the host's bytes as a new version, and is told once", () => {
    const mirror = { log: { ...active("ab"), isEdited: true }, "log-1": { ...archive("c"), isEdited: true } }
    const { codes, plan, texts } = decide(mirror, { log: active("abc"), "log-1": archive("c") })
    expect(codes).toStrictEqual({ log: "changed", "log-1": "changed" })
    expect(plan.steps.map(({ write }) => write?.how)).toStrictEqual(["rewrite", "rewrite"])
    expect(texts).toStrictEqual({ log: "abc", "log-1": "c" })
  })

  it("gets them also where the file was rotated meanwhile", () => {
    const { codes, plan } = decide({ log: { ...active("ab"), isEdited: true } }, { "log-1": archive("abc") })
    expect(codes).toStrictEqual({ "log-1": "changed" })
    expect(plan.steps[0]).toMatchObject({ after: { name: "log-1" }, write: { how: "rewrite" } })
  })

  it("stores again what was deleted", () => {
    expect(decide({}, { "log-1": archive("c") })).toMatchObject({ codes: { "log-1": "new" }, texts: { "log-1": "c" } })
  })
})
