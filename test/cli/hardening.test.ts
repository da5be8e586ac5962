/**
 * What other people on the machine, and hostile names, cannot do: nothing of a pond is readable for others whatever the umask says (S24), and
 * names that JavaScript knows are names like any other (S32).
 */
import { lstatSync, mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { Folder, shell } from "../support/pond.ts"

/** Everything below a directory that group or others may use, with its mode. */
const open = (directory: string): ReadonlyArray<string> =>
  readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map((name) => ({ name, mode: lstatSync(join(directory, name)).mode & 0o7777 }))
    .filter(({ mode }) => (mode & 0o077) !== 0)
    .map(({ mode, name }) => `${mode.toString(8)} ${name}`)

describe("a pond that is used under a umask of nothing, with names of JavaScript", () => {
  it("belongs to its owner alone, and answers for each of them", () => {
    using folder = new Folder()
    const names = ["__proto__", "constructor", "hasOwnProperty", "toString"]
    mkdirSync(join(folder.path, "host"))
    for (const name of names)
      writeFileSync(join(folder.path, "host", `${name}-1`), `the bytes of ${name}\n`.repeat(9000))
    writeFileSync(join(folder.path, "host/__proto__"), "grows\n")
    const home = join(folder.path, "home")
    mkdirSync(home, { mode: 0o700 })
    const run = (script: string): string => {
      const ran = shell(`umask 000; set -e; cd p; ${script}`, { cwd: folder.path, env: { HOME: home } })
      expect([script, ran.code, ran.stderr]).toEqual([script, 0, ""])
      return ran.stdout.toString()
    }
    mkdirSync(join(folder.path, "p"), { mode: 0o700 })
    run(`pond init
      pond add logfile __proto__ --archived "${folder.path}/host/*-[0-9]" --active "${folder.path}/host/__proto__" --pond-path /logs/__proto__
      pond run __proto__ sync
      pond mkdir /constructor && pond mv /logs/__proto__/constructor-1 /constructor/__proto__ && pond ln -s __proto__ /constructor/toString
      pond remote add constructor remote && pond push constructor && pond verify constructor
      pond clone remote copy && pond --pond copy fsck && pond config set log.limit 7
      pond maintain && pond prune '/logs/**' --keep 1 --yes && pond status && pond doctor || [ $? -eq 3 ]`)
    for (const name of names.filter((one) => one !== "constructor")) {
      expect(run(`pond cat /logs/__proto__/${name}-1 | head -1`)).toBe(`the bytes of ${name}\n`)
    }
    expect(run("pond cat /constructor/toString | head -1")).toBe("the bytes of constructor\n")
    expect(run("pond --pond copy cat /constructor/__proto__ | head -1")).toBe("the bytes of constructor\n")
    expect(open(join(folder.path, "p"))).toEqual([])
    expect(open(home)).toEqual([])
  })
})
