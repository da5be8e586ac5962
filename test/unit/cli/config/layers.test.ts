import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { chownSync, mkdirSync, writeFileSync } from "node:fs"
import { homedir } from "node:os"
import { join } from "node:path"
import { configFiles, configLayers, configured, isForeign, nearestUpwards } from "../../../../src/cli/config/layers.ts"
import { Folder } from "../../../support/pond.ts"

/** A machine: where its files are, and what the process is given. */
const machine = (texts: { readonly system?: string; readonly user?: string; readonly project?: string } = {}) => {
  const folder = new Folder()
  const files = {
    system: join(folder.path, "etc/config.yaml"),
    user: join(folder.path, "home/config.yaml"),
    project: join(folder.path, "project/.pond.yaml")
  }
  for (const name of ["etc", "home", "project/deep"]) mkdirSync(join(folder.path, name), { recursive: true })
  for (const [layer, text] of Object.entries(texts)) writeFileSync(files[layer as keyof typeof files], text)
  const read = (environment: Readonly<Record<string, string>> = {}) =>
    configLayers({ directory: join(folder.path, "project/deep"), environment }, files)
  return { files, folder, read }
}

/** What holds, by key: the value, and where it comes from. */
const holding = (read: ReturnType<typeof machine>["read"], environment?: Readonly<Record<string, string>>) =>
  Effect.map(read(environment), ({ layers }) =>
    Object.fromEntries(configured(layers).map(({ key, origin, value }) => [key, [value, origin]]))
  )

describe("configured", () => {
  it.effect("takes each key from the highest layer that has it, and names that layer", () =>
    Effect.gen(function* () {
      const { files, folder, read } = machine({
        system: "author: system\nurl: /system\nlog:\n  limit: 1\nlock:\n  wait: 1\n",
        user: "author: user\nurl: /user\nlog:\n  limit: 2\n",
        project: "author: project\nurl: here\n"
      })
      using _ = folder
      expect(yield* holding(read, { POND_AUTHOR: "environment" })).toMatchObject({
        author: ["environment", "POND_AUTHOR"],
        url: ["here", files.project],
        "log.limit": [2, files.user],
        "lock.wait": [1, files.system],
        factories: [[], "built-in"]
      })
    })
  )

  it.effect("lets an explicit 0, an empty text and an empty list win, in a file and in the environment", () =>
    Effect.gen(function* () {
      const empty = { author: ["", "x"], "log.limit": [0, "x"], "lock.wait": [0, "x"], factories: [[], "x"] }
      const { files, folder, read } = machine({
        system: "author: system\nfactories: [a]\nlog:\n  limit: 1\nlock:\n  wait: 1\n",
        user: 'author: ""\nfactories: []\nlog:\n  limit: 0\nlock:\n  wait: 0\n'
      })
      using _ = folder
      const named = (names: Readonly<Record<string, string>>) =>
        Object.fromEntries(Object.entries(empty).map(([key, [value]]) => [key, [value, names[key]]]))
      const { user } = files
      expect(yield* holding(read)).toMatchObject(
        named({ author: user, "log.limit": user, "lock.wait": user, factories: user })
      )
      writeFileSync(user, "author: user\nfactories: [b]\nlog:\n  limit: 2\nlock:\n  wait: 2\n")
      const environment = { POND_AUTHOR: "", POND_LOG_LIMIT: "0", POND_LOCK_WAIT: "0", POND_FACTORIES: "" }
      expect(yield* holding(read, environment)).toMatchObject(
        named({
          author: "POND_AUTHOR",
          "log.limit": "POND_LOG_LIMIT",
          "lock.wait": "POND_LOCK_WAIT",
          factories: "POND_FACTORIES"
        })
      )
    })
  )

  it.effect("remembers from where a relative path is meant", () =>
    Effect.gen(function* () {
      const { folder, read } = machine({ project: "url: pond\n" })
      using _ = folder
      const { layers } = yield* read()
      expect(configured(layers).find(({ key }) => key === "url")).toMatchObject({
        directory: join(folder.path, "project")
      })
    })
  )
})

describe("configLayers", () => {
  it.effect("names the place and everything that is wrong in it", () =>
    Effect.gen(function* () {
      const { files, folder, read } = machine({ project: "factories: [evil]\nautor: x\n" })
      using _ = folder
      const error = yield* Effect.flip(read())
      expect([error.place, error.problems]).toEqual([
        files.project,
        [
          "`factories` cannot be set for a project, only for a user or a system",
          "`autor` is not a key: did you mean `author`?"
        ]
      ])
      writeFileSync(files.project, "")
      const wrong = yield* Effect.flip(read({ POND_LOG_LIMIT: "", POND_LOCK_WAIT: "-1" }))
      expect([wrong.place, wrong.problems]).toEqual([
        "the environment",
        ['POND_LOCK_WAIT cannot be "-1"', 'POND_LOG_LIMIT cannot be ""']
      ])
    })
  )

  it.effect("says that a directory is no file", () =>
    Effect.gen(function* () {
      const { files, folder, read } = machine()
      using _ = folder
      mkdirSync(files.user)
      expect((yield* Effect.flip(read())).message).toContain(`${files.user} cannot be used: it is not a file`)
    })
  )

  it.effect("does not use what belongs to somebody else, and says so", () =>
    Effect.gen(function* () {
      const somebody = 54_321
      expect([isForeign(somebody, 1000), isForeign(1000, 1000), isForeign(0, 1000)]).toEqual([true, false, false])
      expect([isForeign(somebody, 0), isForeign(somebody, undefined)]).toEqual([true, process.geteuid !== undefined])
      const { files, folder, read } = machine({ project: "author: somebody\n" })
      using _ = folder
      // Only root can give files away.
      if (process.geteuid?.() !== 0) return
      chownSync(files.project, somebody, somebody)
      const { layers, warnings } = yield* read()
      expect(warnings).toEqual([`${files.project} is not used: it belongs to another user`])
      expect(layers.map(({ origin }) => origin)).toEqual(["built-in"])
    })
  )
})

describe("configFiles", () => {
  it("follows XDG_CONFIG_HOME where it is absolute, HOME otherwise, and looks for a project upwards", () => {
    using folder = new Folder()
    const deep = join(folder.path, "a/b")
    mkdirSync(deep, { recursive: true })
    const of = (environment: Readonly<Record<string, string>>) => configFiles({ directory: deep, environment })
    expect(of({ XDG_CONFIG_HOME: "/x", HOME: "/h" }).user).toBe("/x/pond/config.yaml")
    expect(of({ XDG_CONFIG_HOME: "x", HOME: "/h" }).user).toBe("/h/.config/pond/config.yaml")
    expect(of({ XDG_CONFIG_HOME: "", HOME: "" }).user).toBe(join(homedir(), ".config/pond/config.yaml"))
    expect(of({})).toMatchObject({ system: "/etc/pond/config.yaml", project: join(deep, ".pond.yaml") })
    writeFileSync(join(folder.path, ".pond.yaml"), "")
    expect(of({}).project).toBe(join(folder.path, ".pond.yaml"))
    expect(nearestUpwards(deep, "no such name")).toBeUndefined()
  })
})
