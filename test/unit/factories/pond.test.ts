import { describe, expect, it } from "vitest"
import { Effect, Layer } from "effect"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { Factories, openPond, Pond } from "../../../src/index.ts"
import { Transaction } from "../../../src/tinyfs/index.ts"
import { localStore } from "../../../src/store/index.ts"
import { setRole } from "../../../src/tlogfs/role.ts"
import { jobsOf } from "../../../src/factories/jobs.ts"
import { note } from "../../support/factories/note.ts"
import { picture } from "../../support/cli.ts"
import { Folder } from "../../support/pond.ts"

const memory = () => openPond("memory:", { factories: [note] })

describe("a pond with factories", () => {
  it("makes instances and runs them; the report is a value", async () => {
    await using pond = await memory()
    expect(await pond.add("memo", "hello", { file: "/notes/hello", text: "hi" }).catch((error) => error._tag)).toBe(
      "/system/etc/hello"
    )
    const failed = await pond.run("hello").catch((error: unknown) => error)
    expect(failed).toMatchObject({ _tag: "NotFound" })
    await pond.transaction((open) => open.mkdir("/notes"))
    const dry = await pond.run("hello", "write", { dryRun: true })
    const real = await pond.run("hello")
    const envelope = { factory: "note", instance: "/system/etc/hello", command: "write", needsAttention: false }
    const said = { label: "hello", file: "/notes/hello", sizeBytes: 3, mood: "fine", committed: true }
    expect(dry).toStrictEqual({ ...envelope, ...said, dryRun: true, txn: null })
    expect(real).toStrictEqual({ ...envelope, ...said, dryRun: false, txn: 3 })
    expect(await pond.run("/system/etc/hello", "write")).toMatchObject({ committed: false, txn: null })
    expect(await pond.run("hello", "read")).toMatchObject({ sizeBytes: 3, committed: false })
    expect(await (await pond.head()).readText("/notes/hello")).toBe("hi\n")
    expect((await pond.run("hello", "write", { flags: { times: 2, text: "x" } }))["sizeBytes"]).toBe(4)
  })

  it("names what is wrong with a run, and what was meant", async () => {
    await using pond = await memory()
    await pond.add("note", "hello", { file: "/hello", name: "Greeting" })
    await pond.transaction((open) => open.write("/file", ""))
    const problem = (...args: Parameters<typeof pond.run>) => pond.run(...args).catch((error: Error) => error.message)
    expect(await problem("helo")).toContain('nothing to run is called "helo" (did you mean "hello"? there is: hello)')
    expect(await problem("hello", "wriet")).toContain('did you mean "write"?')
    expect(await problem("/file")).toContain("is a file, not an instance")
    expect(await problem("hello", "write", { flags: { txt: "", times: "x" } })).toMatch(
      /txt: is not a known key: did you mean "text"\?; times: Expected number/
    )
    expect(await problem("hello")).toMatchObject({ label: "Greeting" })
  })

  it("checks configurations completely, before anything is written", async () => {
    await using pond = await memory()
    const problem = (config: string | Record<string, unknown>, type = "note") =>
      pond.add(type, "bad", config).catch((error: Error) => error.message)
    expect(await problem({}, "notes")).toContain('did you mean "note"?')
    expect(await problem("fil: x\ncount: many\nmood: sad\n")).toMatch(
      /file: is missing.*count: .*mood: .*fil: is not a known key: did you mean "file"\?|fil: is not a known key/s
    )
    expect(await problem("- a")).toContain("not a mapping")
    expect(await problem("a: [")).toContain("not YAML")
    expect(await problem(`file: ${"x".repeat(70_000)}`)).toContain("longer than")
    const bomb = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    for (let n = 1; n < 9; n++) {
      const [own, before] = ["abcdefghij"[n], "abcdefghij"[n - 1]]
      bomb.push(`${own}: &${own} [${Array.from({ length: 10 }, () => `*${before}`).join(", ")}]`)
    }
    expect(await problem(bomb.join("\n"))).toMatch(/too many values|not YAML/)
    expect(await problem({ file: "/x", token: "hunter2" })).toMatch(/token: a secret is never written down/)
    expect(await problem({ file: "/x", token: "${env:A}${env:B}" })).toContain("token: a secret")
    expect(await problem({ file: "/x", service: { key: "hunter2" } })).toContain("service.key: a secret")
    expect(await problem({ fil: "${env:A}", file: "${env:B}" })).toContain(
      'fil: is not a known key: did you mean "file"?'
    )
    expect(await problem({ file: "/x", text: "${env:A B}" })).toMatch(/text: a reference is \$\{env:NAME\}/)
    expect(await problem({ file: "/x", text: "$$ ${HOME}" })).toContain("text: a reference is")
    expect(await problem("file: /x\n__proto__: { file: /y }")).toContain("__proto__: is not a known key")
    expect(await problem("file: /x\n---\nfile: /y")).toContain("not YAML")
    expect(await problem("file: /x\nfile: /y")).toContain("not YAML")
    expect((await pond.head()).txn).toBe(0)
    await pond.add("note", "one", { file: "/x" })
    expect(await problem({ file: "/x" })).toContain("/x is written by /system/etc/one")
    expect(await pond.add("note", "one", { file: "/y" }).catch((error) => error._tag)).toBe("AlreadyExists")
  })

  it("takes from the environment when it runs, and not before", async () => {
    await using pond = await memory()
    const config = { file: "/x", text: "$$${env:WHO:-you}", count: "${env:COUNT}", token: "${env:TOKEN}" }
    await pond.add("note", "env", config)
    const unset = await pond.run("env", "write", { environment: { COUNT: "2" } }).catch((error) => error)
    expect(unset).toMatchObject({ _tag: "VariableUnset", variable: "TOKEN" })
    const wrong = await pond
      .run("env", "write", { environment: { COUNT: "sesame", TOKEN: "t" } })
      .catch((error) => error)
    expect(wrong).toMatchObject({ _tag: "ConfigInvalid" })
    expect(wrong.message).not.toContain("sesame")
    const ran = await pond.run("env", "write", { environment: { COUNT: "2", TOKEN: "four", WHO: "me" } })
    expect(ran).toMatchObject({ sizeBytes: "4\n$me\n$me\n".length })
    const node = await (await pond.head()).stat("/system/etc/env")
    expect(JSON.parse(new TextDecoder().decode(node.config))).toStrictEqual(config)
  })
})

describe("what runs after commits", () => {
  it("runs in the order of names, each for itself, and never because of itself", async () => {
    await using pond = await memory()
    await pond.add("note", "/system/run/a", { file: "/a", text: "a" })
    await pond.add("note", "/system/run/b", { file: "/b", mood: "broken" })
    await pond.add("note", "/system/run/c", { file: "/c", mood: "worried" })
    await pond.transaction((open) => open.remove("/c"))
    const before = (await pond.head()).txn
    await pond.transaction((open) => open.write("/mine", "1"))
    const head = await pond.head()
    expect(head.txn).toBe(before + 1)
    expect([await head.exists("/a"), await head.exists("/b"), await head.exists("/c")]).toStrictEqual([
      true,
      false,
      true
    ])
    await pond.transaction((open) => open.remove("/a"))
    expect((await pond.head()).txn).toBe(before + 3)
    const ran = await pond.run("a", "write", { flags: { text: "other" } })
    expect(ran.after).toStrictEqual([
      {
        instance: "/system/run/b",
        outcome: "failed",
        committed: false,
        problem: "the note /b cannot be written: it is broken"
      },
      { instance: "/system/run/c", outcome: "attention", committed: false, problem: null }
    ])
    expect(await (await pond.head()).readText("/a")).toBe("other\n")
  })

  it("is foretold by a dry run, which changes nothing", async () => {
    using folder = new Folder()
    const url = join(folder.path, "pond")
    await using pond = await openPond(url, { factories: [note] })
    await pond.add("note", "/system/run/a", { file: "/a" })
    await pond.add("note", "b", { file: "/b" })
    await Effect.runPromise(setRole(localStore(join(url, "local")), "replica"))
    await pond.transaction((open) => open.remove("/a"))
    await Effect.runPromise(setRole(localStore(join(url, "local")), "primary"))
    const seen = picture(url)
    const dry = await pond.run("b", "write", { dryRun: true })
    expect(picture(url)).toStrictEqual(seen)
    const { dryRun, txn, ...real } = await pond.run("b")
    expect({ dryRun, txn }).toStrictEqual({ dryRun: false, txn: 5 })
    expect(dry).toStrictEqual({ ...real, dryRun: true, txn: null })
    expect(dry.after).toStrictEqual([{ instance: "/system/run/a", outcome: "done", committed: true, problem: null }])
  })

  it("happens on a primary alone", async () => {
    using folder = new Folder()
    const url = join(folder.path, "pond")
    await using pond = await openPond(url, { factories: [note] })
    const local = localStore(join(url, "local"))
    await Effect.runPromise(setRole(local, "replica"))
    await pond.add("note", "/system/run/a", { file: "/a" })
    expect(await (await pond.head()).exists("/a")).toBe(false)
    expect(readFileSync(join(url, "local/role"), "utf8")).toBe("replica\n")
    await Effect.runPromise(setRole(local, "primary"))
    await pond.transaction((open) => open.write("/x", ""))
    expect(await (await pond.head()).exists("/a")).toBe(true)
  })
})

describe("the history of runs on this machine", () => {
  it("tells how each ended, is bounded, and may be lost", async () => {
    using folder = new Folder()
    const url = join(folder.path, "pond")
    await using pond = await openPond(url, { factories: [note] })
    await pond.add("note", "a", { file: "/a", mood: "${env:MOOD}" })
    for (const MOOD of ["fine", "worried", "broken"]) {
      await pond.run("a", "write", { environment: { MOOD }, flags: { text: MOOD } }).catch(() => {})
    }
    const local = localStore(join(url, "local"))
    const jobs = await Effect.runPromise(jobsOf(local, "/system/etc/a"))
    expect(jobs.map(({ outcome, problem, txn }) => [outcome, txn, problem])).toStrictEqual([
      ["done", 2, null],
      ["attention", 3, null],
      ["failed", null, "the note /a cannot be written: it is broken"]
    ])
    for (let run = 0; run < 60; run++) await pond.run("a", "write", { environment: { MOOD: "fine" } })
    expect(await Effect.runPromise(jobsOf(local, "/system/etc/a"))).toHaveLength(50)
    await Effect.runPromise(Effect.andThen(local.delete("role"), local.put("jobs/x", new Uint8Array())))
    expect(existsSync(join(url, "local"))).toBe(true)
  })
})

describe("Pond as a service", () => {
  it("takes further factories from a layer, and can be dry as a whole", async () => {
    using folder = new Folder()
    const url = join(folder.path, "pond")
    const program = Effect.gen(function* () {
      const pond = yield* Pond
      yield* pond.add("note", "a", { file: "/a", text: "x" })
      const { after } = yield* pond.transaction(Effect.flatMap(Transaction, (open) => open.mkdir("/d")))
      return { ...(yield* pond.run("a")), after }
    })
    const layer = (dryRun: boolean) =>
      Layer.fresh(Layer.provide(Pond.layer({ url, create: true, dryRun }), Factories.layer([note])))
    const dry = await Effect.runPromise(Effect.provide(program, layer(true)))
    expect(existsSync(url)).toBe(false)
    const real = await Effect.runPromise(Effect.provide(program, layer(false)))
    expect(dry).toStrictEqual({ ...real, dryRun: true, txn: null })
    expect(real).toMatchObject({ txn: 3, after: [] })
    const unknown = await Effect.runPromise(
      Effect.flip(Effect.flatMap(Pond, (pond) => pond.run("a"))).pipe(Effect.provide(Pond.layer({ url })))
    )
    expect(unknown).toMatchObject({ _tag: "FactoryUnknown" })
  })
})
