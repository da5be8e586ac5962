/**
 * `pond completions`: the scripts that make shells complete the command.
 */
import { Context, Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { SCRIPTS, SHELLS } from "../completions/scripts.ts"
import { Output } from "../output.ts"

const config = {
  shell: Argument.Literals("SHELL", SHELLS).pipe(Argument.withDescription("Which shell it is for"))
}

/** The whole tree of commands: whoever runs it provides it, because a command cannot name the tree that it is part of. */
export class CommandTree extends Context.Service<CommandTree, Command.Command.Any>()("pond/cli/CommandTree") {}

/** `pond completions`: prints the script that makes a shell complete commands and flags. */
export const completions = Command.make("completions", config, ({ shell }) =>
  Effect.flatMap(Output, ({ data }) => data(SCRIPTS[shell]))
).pipe(
  Command.withDescription(
    "Print the script that makes a shell complete commands, flags, paths of the pond, instances, remotes and factories."
  ),
  Command.withShortDescription("Print the script that makes a shell complete what you type."),
  Command.withExamples([
    { command: "source <(pond completions bash)", description: "In this Bash; put the line into ~/.bashrc to keep it" },
    { command: "pond completions zsh > ~/.zfunc/_pond", description: "For Zsh, in a directory of its fpath" },
    { command: "pond completions fish > ~/.config/fish/completions/pond.fish", description: "For fish" },
    { command: "pond cat /logs/<Tab>", description: "Then: paths, instances, remotes and factories are completed, too" }
  ])
)
