import { Cause, Effect, Exit, Option, Schema } from "effect"
import { CliError } from "effect/cli"
import { describe, expect, it } from "vitest"
import { endingOf, errorDocument, PartlyFailed, WrongUsage } from "../../../src/cli/failure.ts"
import { OutputClosed, OutputFailed } from "../../../src/cli/output.ts"

class NoSuchThing extends Schema.TaggedError<NoSuchThing>()("NoSuchThing", { thing: Schema.String }) {
  override get message(): string {
    return `there is no ${this.thing}`
  }
}

const ending = (exit: Exit.Exit<void, unknown>, signal?: number) => {
  const { code, say } = endingOf(exit, signal)
  return [code, Option.getOrUndefined(say)]
}

describe("endingOf", () => {
  it.each([
    ["success", Exit.void, [0, undefined]],
    ["a closed pipe", Exit.fail(new OutputClosed()), [0, undefined]],
    ["a closed pipe met while help was shown", Exit.die(new OutputClosed()), [0, undefined]],
    ["an expected error", Exit.fail(new NoSuchThing({ thing: "pond" })), [1, "pond: there is no pond\n"]],
    [
      "control characters",
      Exit.fail(new NoSuchThing({ thing: "\u001b[2J\n" })),
      [1, "pond: there is no \\u001b[2J\\n\n"]
    ],
    ["inputs that failed and were told of", Exit.fail(new PartlyFailed({ failures: 2 })), [1, undefined]],
    [
      "wrong usage",
      Exit.fail(new WrongUsage({ problem: "`--a` needs `--b`", command: "pond x" })),
      [2, "pond: `--a` needs `--b`; see `pond x --help`\n"]
    ],
    [
      "help that was shown instead",
      Exit.fail(new CliError.ShowHelp({ commandPath: ["pond"], errors: [] })),
      [2, undefined]
    ]
  ])("%s", (_, exit, expected) => {
    expect(ending(exit)).toEqual(expected)
  })

  it("gives programs an error as one JSON document", () => {
    const say = (exit: Exit.Exit<void, unknown>) => Option.getOrThrow(endingOf(exit, undefined, true).say)
    const error = new WrongUsage({ problem: "`--a` needs \n", command: "pond x" })
    expect(say(Exit.fail(error))).toBe(`${errorDocument(error)}\n`)
    expect(JSON.parse(errorDocument(error))).toEqual({
      error: {
        tag: "WrongUsage",
        message: "`--a` needs \n; see `pond x --help`",
        problem: "`--a` needs \n",
        command: "pond x"
      }
    })
    expect(JSON.parse(say(Exit.fail(new NoSuchThing({ thing: "pond" }))))).toMatchObject({ error: { thing: "pond" } })
    expect(say(Exit.die(new TypeError("x")))).toMatch(/^pond: internal error/)
  })

  it("tells of output that cannot be written, wherever it was met", () => {
    const failed = new OutputFailed({ cause: new Error("ENOSPC: no space") })
    for (const exit of [Exit.fail(failed), Exit.die(failed)]) {
      expect(ending(exit)).toEqual([
        1,
        expect.stringMatching(/^pond: cannot write to standard output \(ENOSPC: no space\); .*\n$/)
      ])
    }
  })

  it("keeps the stack of a bug", () => {
    const [code, say] = ending(Exit.die(new TypeError("x is not a function")))
    expect(code).toBe(1)
    expect(say).toMatch(/^pond: internal error, a bug in pond[^\n]*\nTypeError: x is not a function\n +at /)
  })

  it("is 128 + the signal's number for what a signal interrupted", () => {
    const interrupted = Effect.runSyncExit(Effect.interrupt)
    expect(ending(interrupted, 2)).toEqual([130, undefined])
    expect(ending(interrupted, 15)).toEqual([143, undefined])
    expect(Exit.isFailure(interrupted) && Cause.hasInterruptsOnly(interrupted.cause)).toBe(true)
  })
})
