import { Schema } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { InstanceReport } from "../../src/cli/factories/add.ts"
import { FactoryEntry } from "../../src/cli/factories/list.ts"
import { picture } from "../support/cli.ts"
import { Machine } from "../support/factories/machine.ts"

describe("pond add", () => {
  it("makes an instance from flags, which its help tells", () => {
    using home = new Machine()
    const help = home.pond("add note --help")
    expect(help.code).toBe(0)
    expect(help.stdout).toMatch(/--file, --to TEXT\s+File of the pond\./)
    expect(help.stdout).toMatch(/--count NUMBER\s+How often\./)
    expect(help.stdout).toContain("(fine | worried | broken)")
    const made = home.pond("add note hello --to /hello --count 2 --json")
    const config = 'file: "/hello"\ncount: 2\n'
    expect(Schema.decodeSync(Schema.fromJsonString(InstanceReport))(made.stdout)).toStrictEqual({
      path: "/system/etc/hello",
      type: "note",
      config
    })
    expect(home.pond("run hello").stdout).toBe("hello: 2 bytes in /hello\n")
    expect(home.pond("add note hello --to /hello")).toMatchObject({ code: 1 })
  })

  it("says what is wrong, all of it, and writes nothing", () => {
    using home = new Machine()
    const before = picture(join(home.path, ".pond"))
    expect(home.pond("add note hello --count x --mood sad").stderr).toMatch(/file: is missing.*count: .*mood: /)
    expect(home.pond("add note hello --fil /x")).toMatchObject({ code: 2 })
    expect(home.pond("add note hello --fil /x").stderr).toContain("did you mean `--file`?")
    expect(home.pond("add nota hello").stderr).toContain('did you mean "note"?')
    expect(home.pond("add note hello --file /x --token sesame").stderr).toContain(
      "token: a secret is never written down"
    )
    const after = picture(join(home.path, ".pond"))
    expect(after.filter((line) => line.startsWith("data"))).toStrictEqual(before)
    expect(home.pond("add note hello --file /x -n").code).toBe(0)
    expect(picture(join(home.path, ".pond"))).toStrictEqual(after)
  })
})

describe("pond mknod", () => {
  it("keeps the text as it was given, and replaces it only when that is wanted", () => {
    using home = new Machine()
    const text = "# Mine\nfile: ${env:FILE:-/a} # here\n"
    expect(home.pond("mknod note /system/etc/hello --config-path -", {}, text).code).toBe(0)
    const again = home.pond("mknod note /system/etc/hello --config-path -", {}, "file: /b")
    expect(again).toMatchObject({ code: 1 })
    expect(again.stderr).toContain("exists already")
    expect(home.pond("run hello").stdout).toBe("hello: 1 bytes in /a\n")
    writeFileSync(join(home.path, "b.yaml"), "file: /b\n")
    expect(home.pond("mknod note /system/etc/hello --config-path b.yaml --overwrite").code).toBe(0)
    expect(home.pond("run hello").stdout).toBe("hello: 1 bytes in /b\n")
    expect(home.pond("mknod note /x --config-path missing.yaml").stderr).toContain("missing.yaml")
    expect(home.pond("mknod note /x --config-path -", {}, "file: [").stderr).toContain("not YAML")
  })
})

describe("pond factories", () => {
  it("lists built-in ones and those of the configuration", () => {
    using home = new Machine()
    const entries = home
      .pond("factories --json")
      .stdout.trim()
      .split("\n")
      .map((line) => Schema.decodeSync(Schema.fromJsonString(FactoryEntry))(line))
    expect(entries.map(({ type }) => type)).toEqual(expect.arrayContaining(["logfile", "note"]))
    expect(home.pond("factories").stdout).toContain("note write: Write the note.")
  })

  it("says what is wrong with packages that cannot be used", () => {
    using home = new Machine()
    const file = join(home.env.XDG_CONFIG_HOME, "pond/config.yaml")
    const problemWith = (specifier: string): string => {
      writeFileSync(file, `factories: [${JSON.stringify(specifier)}]\n`)
      return home.pond("factories").stderr
    }
    expect(problemWith("@acme/nothing")).toContain("Cannot find module '@acme/nothing'")
    writeFileSync(join(home.path, "none.js"), "export default 1\n")
    expect(problemWith(join(home.path, "none.js"))).toContain("exports no list called `factories`")
    writeFileSync(join(home.path, "no.js"), "export const factories = [1]\n")
    expect(problemWith(join(home.path, "no.js"))).toContain("not made with defineFactory")
    writeFileSync(join(home.path, "old.js"), 'export const factories = [{ type: "old", commands: {}, contract: 0 }]\n')
    expect(problemWith(join(home.path, "old.js"))).toContain("another version of Pond (contract 0, here 1)")
    // Whoever does not need them is not kept from working.
    expect(home.pond("mkdir /a").code).toBe(0)
    expect(home.pond("factories").stdout).toContain("logfile sync")
    expect(home.pond("add note hello --to /a").stderr).toContain('there is no factory of type "note"')
  })
})
