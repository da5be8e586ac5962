/**
 * The process: arguments in, exit code out. Everything between is `pond.ts`.
 *
 * SIGINT, SIGTERM and SIGHUP interrupt the command; its finalizers run, then the process ends with 128 + the signal's
 * number. The process ends as soon as the command does, even where something, such as an idle pipe, is still open.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect, Layer, Logger, Option, Runtime } from "effect"
import { Command } from "effect/cli"
import { constants } from "node:os"
import manifest from "../../package.json" with { type: "json" }
import { messageOf, Opened } from "./advice.ts"
import { asksForJson, processArguments } from "./arguments.ts"
import { Attention } from "./attention.ts"
import { CommandTree } from "./commands/completions.ts"
import { isStuck } from "../query/stuck.ts"
import { endingOf, toldError } from "./failure.ts"
import { Output } from "./output.ts"
import { pond } from "./pond.ts"
import * as Usage from "./usage.ts"

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const

const given = processArguments()
const isJson = asksForJson(given)

let signal: number | undefined

const command = Effect.suspend(() => Command.runWith(pond, { version: manifest.version })(given)).pipe(
  Effect.andThen(Effect.flatMap(Attention, ({ settle }) => settle)),
  Effect.provide(
    Layer.mergeAll(
      Attention.layer,
      Usage.layer(isJson),
      NodeServices.layer,
      Layer.succeed(Logger.LogToStderr, true),
      Layer.succeed(CommandTree, pond)
    )
  )
)

const program = Effect.onExit(command, (exit) =>
  Effect.gen(function* () {
    const error = toldError(exit)
    const message = error === undefined ? undefined : yield* messageOf(error)
    const { say } = endingOf(exit, signal, isJson, message)
    if (Option.isSome(say)) yield* (yield* Output).page(say.value)
  })
).pipe(Effect.provide(Layer.merge(Output.layer, Opened.layer)))

/**
 * Ends the process. The runtime would wait for its threads first: where one is in a call of the engine that does not stop, a program takes the place of the
 * process that ends with the same code.
 */
const leave = (code: number): void => {
  if (isStuck() && process.execve !== undefined) process.execve("/bin/sh", ["sh", "-c", `exit ${code}`])
  process.exit(code)
}

const run = Runtime.makeRunMain(({ fiber }) => {
  for (const name of SIGNALS) {
    process.on(name, () => {
      signal ??= constants.signals[name]
      fiber.interruptUnsafe(fiber.id)
    })
  }
  fiber.addObserver((exit) => leave(endingOf(exit, signal).code))
})

run(program, { disableErrorReporting: true })
