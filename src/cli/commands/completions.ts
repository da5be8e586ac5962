/**
 * `pond completions`: what shells complete, made from the command tree itself.
 */
import { Context, Effect } from "effect"
import { Argument, Command, Completions } from "effect/cli"
import { Output } from "../output.ts"

const config = {
  shell: Argument.Literals("SHELL", ["bash", "zsh", "fish"]).pipe(Argument.withDescription("Which shell it is for"))
}

/** The whole tree of commands: whoever runs it provides it, because a command cannot name the tree that it is part of. */
export class CommandTree extends Context.Service<CommandTree, Command.Command.Any>()("pond/cli/CommandTree") {}

const print = Effect.fnUntraced(function* (shell: Completions.Shell) {
  const { data } = yield* Output
  const script = Completions.generate("pond", shell, Completions.fromCommand(yield* CommandTree))
  // The generator knows a flag that this command line does not have.
  yield* data(`${script.trimEnd().replaceAll("pond --completions", "pond completions")}\n`)
})

/** `pond completions`: prints the script that makes a shell complete commands and flags. */
export const completions = Command.make("completions", config, ({ shell }) => print(shell)).pipe(
  Command.withDescription("Print the script that makes a shell complete commands and flags."),
  Command.withExamples([
    { command: "source <(pond completions bash)", description: "In this Bash; put the line into ~/.bashrc to keep it" },
    { command: "pond completions zsh > ~/.zfunc/_pond", description: "For Zsh, in a directory of its fpath" },
    { command: "pond completions fish > ~/.config/fish/completions/pond.fish", description: "For fish" }
  ])
)
