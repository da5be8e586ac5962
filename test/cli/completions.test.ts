/**
 * `pond completions`: what real shells complete, and what the helper that they ask answers.
 */
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { PondFolder } from "../support/cli.ts"
import { Folder, pond, shell } from "../support/pond.ts"

const home = new PondFolder()
afterAll(() => home[Symbol.dispose]())

for (const name of ["plain", "it's $5", "日本語", "new\nline", ".hidden"]) writeFileSync(join(home.path, name), "x")
mkdirSync(join(home.path, "directory"))
home.text("copy", "host:plain", "host:it's $5", "host:日本語", "host:new\nline", "host:.hidden", "host:directory", "/")
home.text("add", "logfile", "logs", "--active", "/x", "--archived", "/x.*", "--pond-path", "/logs")
home.text("remote", "add", "disk", "elsewhere")

/** What Bash inserts for a line that ends at the cursor, and whether it adds a space. `piece` is what Bash takes for the word. */
const inBash = (lines: ReadonlyArray<readonly [line: string, piece: string]>): ReadonlyArray<string> => {
  const script = [
    "set -u; source <(pond completions bash)",
    "function=$(complete -p pond | sed 's/.*-F \\([^ ]*\\).*/\\1/')",
    `compopt() { echo "compopt $2"; }`,
    `at() { COMP_LINE=$1; COMP_POINT=\${#1}; "$function" pond "$2" x; printf '[%s]' "\${COMPREPLY[@]-}"; echo; }`,
    ...lines.map(([line, piece]) => `at ${JSON.stringify(line).replaceAll("$", "\\$")} ${JSON.stringify(piece)}`)
  ]
  const { code, stderr, stdout } = shell(script.join("\n"), { cwd: home.path })
  expect([code, stderr]).toEqual([0, ""])
  return stdout.toString().trimEnd().split("\n")
}

describe("in Bash", () => {
  it("commands, flags, choices, paths, instances, remotes, factories and keys are completed", () => {
    const answers = inBash([
      ["pond descr", "descr"],
      ["pond prune --k", "--k"],
      ["pond completions ", ""],
      ["pond cat pl", "pl"],
      ["pond cat /it", "/it"],
      ["pond cat '/it", "/it"],
      ["pond rm /dir", "/dir"],
      ["pond copy host:pla", "pla"],
      ["pond b3sum x", "x"],
      ["pond run l", "l"],
      ["pond run logs sy", "sy"],
      ["pond run logs sync --verif", "--verif"],
      ["pond push ", ""],
      ["pond add log", "log"],
      ["pond config get aut", "aut"],
      ["pond -n ls --at=3 日", "日"]
    ])
    expect(answers).toEqual([
      "[describe]",
      "[--keep]",
      "[bash][zsh][fish]",
      "[plain]",
      "[/it\\'s\\ \\$5]",
      "[/it'\\''s $5]",
      "compopt nospace",
      "[/directory/]",
      // Bash splits words at colons: it replaces what comes after the last one.
      "[plain]",
      "compopt default",
      "[]",
      "[logs]",
      "[sync]",
      "[]",
      "[disk]",
      "[logfile]",
      "[author]",
      "[日本語]"
    ])
  })

  it("nothing is said where nothing can be known", () => {
    using empty = new Folder()
    writeFileSync(join(empty.path, ".pond.yaml"), "autor: x\n")
    const script = `source <(pond completions bash 2>/dev/null); pond complete-words bash -- "pond cat /" "/"`
    expect(pond(["complete-words", "bash", "--", "pond --pond nowhere cat /", "/"])).toEqual({
      code: 0,
      stdout: Buffer.from(""),
      stderr: ""
    })
    expect(pond(["complete-words", "tcsh", "--", "cat"])).toMatchObject({ code: 0, stderr: "" })
    expect(shell(`${script} 2>/dev/null`, { cwd: empty.path }).stdout.toString()).toBe("")
  })
})

describe("for other shells", () => {
  const answer = (name: string, ...words: ReadonlyArray<string>): string =>
    home.run(["complete-words", name, "--", ...words]).stdout.toString()

  it("each word comes with what it is", () => {
    expect(answer("fish", "run", "")).toBe(
      "space\nlogs\tlogfile\ndisk\tremote\n".replace(/(logs.*\n)(disk.*\n)/, "$2$1")
    )
    expect(answer("zsh", "copy", "h")).toBe("nospace\nhost\\::this machine\n")
    expect(answer("fish", "ls", "/p")).toBe("space\n/plain\tfile\n")
    expect(answer("fish", "cat", "/.h", "/.h")).toBe("space\n/.hidden\tfile\n")
    // A name that would break the line, or is hidden, is not offered.
    expect(answer("zsh", "cat", "/").split("\n")).toHaveLength(7)
  })

  it.each(["bash", "zsh", "fish"])("the script for %s asks the command", (name) => {
    expect(pond(["completions", name]).stdout.toString()).toContain(`complete-words ${name} -- `)
  })

  it("no page of help tells of the helper", () => {
    expect(pond(["--help"]).stdout.toString()).not.toContain("complete-words")
  })
})
