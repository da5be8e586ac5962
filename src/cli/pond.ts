/** The `pond` command: its subcommands put together. */
import { Command } from "effect/cli"
import { b3sum } from "./commands/b3sum.ts"

/** The root of the command tree; `commands/` mirrors it, one file per subcommand. */
export const pond = Command.make("pond").pipe(
  Command.withDescription("Keeps the data that machines produce, checks every byte of it by BLAKE3, and proves it."),
  Command.withSubcommands([{ group: "Checksums", commands: [b3sum] }]),
  Command.withExamples([
    { command: "pond b3sum FILE...", description: "Print BLAKE3 checksums, as b3sum does" },
    { command: "pond b3sum --help", description: "Learn more about one command" }
  ])
)
