import { Completions } from "effect/cli"
import { describe, expect, it } from "vitest"
import { argumentAt, GLOBALS, kindOfArgument, placeOf } from "../../../../src/cli/completions/place.ts"
import { pond } from "../../../../src/cli/pond.ts"

const root = Completions.fromCommand(pond)

/** Which command it is, what comes next there, and what that names. */
const at = (line: string) => {
  const place = placeOf(root, line.split(" "))
  const argument = argumentAt(place)
  const kind = argument === undefined ? undefined : kindOfArgument(place, argument.name)
  return [place.path.join(" "), place.flag?.name ?? argument?.name, place.flag === undefined ? kind : undefined]
}

describe("placeOf", () => {
  it.each([
    ["cat", ["cat", "PATH", "path"]],
    ["cat /a /b", ["cat", "PATH", "path"]],
    ["--pond x cat", ["cat", "PATH", "path"]],
    ["cat --at", ["cat", "at", undefined]],
    ["cat --at=3", ["cat", "PATH", "path"]],
    ["cat --at 3 /a", ["cat", "PATH", "path"]],
    ["tail -n", ["tail", "lines", undefined]],
    ["ls -l", ["ls", "GLOB", "path"]],
    ["ls -l /", ["ls", undefined, undefined]],
    ["rm -- -r", ["rm", "PATH", "path"]],
    ["remote", ["remote", undefined, undefined]],
    ["remote remove", ["remote remove", "NAME", "remote"]],
    ["remote add", ["remote add", "NAME", "none"]],
    ["run", ["run", "NAME", "instance"]],
    ["run logs sync", ["run", "COMMAND FLAGS", "none"]],
    ["push --unknown", ["push", "NAME", "remote"]],
    ["copy a b", ["copy", "SRC... DST", "copy"]],
    ["clone u", ["clone", "DIR", "host"]]
  ])("understands %j", (line, expected) => {
    expect(at(line)).toEqual(expected)
  })

  it("knows what was given to --pond", () => {
    expect(placeOf(root, ["--pond=a", "ls"]).pond).toBe("a")
    expect(placeOf(root, ["ls", "--pond", "b"]).pond).toBe("b")
    expect(GLOBALS.map(({ name }) => name)).toEqual(["pond", "dry-run", "json", "help", "version"])
  })
})
