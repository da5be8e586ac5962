/** The `pond` command: its subcommands put together. */
import { Command } from "effect/cli"
import { add } from "./commands/add.ts"
import { b3sum } from "./commands/b3sum.ts"
import { cat } from "./commands/cat.ts"
import { clone } from "./commands/clone.ts"
import { completeWords } from "./commands/completeWords.ts"
import { completions } from "./commands/completions.ts"
import { config } from "./commands/config.ts"
import { copy } from "./commands/copy.ts"
import { describe } from "./commands/describe.ts"
import { diff } from "./commands/diff.ts"
import { doctor } from "./commands/doctor.ts"
import { factories } from "./commands/factories.ts"
import { fsck } from "./commands/fsck.ts"
import { grep } from "./commands/grep.ts"
import { init } from "./commands/init.ts"
import { list } from "./commands/list.ts"
import { ln } from "./commands/ln.ts"
import { log } from "./commands/log.ts"
import { maintain } from "./commands/maintain.ts"
import { mkdir } from "./commands/mkdir.ts"
import { mknod } from "./commands/mknod.ts"
import { mv } from "./commands/mv.ts"
import { promote } from "./commands/promote.ts"
import { prune } from "./commands/prune.ts"
import { pull } from "./commands/pull.ts"
import { push } from "./commands/push.ts"
import { remote } from "./commands/remote.ts"
import { rm } from "./commands/rm.ts"
import { run } from "./commands/run.ts"
import { show } from "./commands/show.ts"
import { sql } from "./commands/sql.ts"
import { status } from "./commands/status.ts"
import { tail } from "./commands/tail.ts"
import { verify } from "./commands/verify.ts"
import { versions } from "./commands/versions.ts"
import { why } from "./commands/why.ts"
import { GLOBAL_FLAGS, Session } from "./session.ts"

/** The root of the command tree; `commands/` mirrors it, one file per subcommand. */
export const pond = Command.make("pond").pipe(
  Command.withDescription("Keeps the data that machines produce, checks every byte of it by BLAKE3, and proves it."),
  Command.withSubcommands([
    { group: "Ponds", commands: [init, config] },
    { group: "Files", commands: [list, cat, tail, copy, mkdir, mv, rm, ln, describe] },
    { group: "Questions", commands: [grep, sql] },
    { group: "History", commands: [log, show, why, versions, diff] },
    { group: "Factories", commands: [add, mknod, factories, run, promote] },
    { group: "Copies", commands: [remote, push, pull, verify, clone] },
    { group: "Care", commands: [status, doctor, fsck, maintain, prune] },
    { group: "Checksums", commands: [b3sum] },
    { group: "Shells", commands: [completions, completeWords] }
  ]),
  Command.provide(Session.settingsLayer),
  Command.provide(Session.layer),
  Command.withGlobalFlags(GLOBAL_FLAGS),
  Command.withExamples([
    { command: "pond init", description: "Begin: an empty pond in ./.pond" },
    { command: "pond copy host:/etc/hostname /notes/", description: "Files into it; `pond ls -l /notes` shows them" },
    { command: "pond add logfile --suggest /var/log", description: "How to mirror the logs of this machine" },
    { command: "pond run logs sync --dry-run", description: "What a mirror would do; without --dry-run it does it" },
    { command: "pond log", description: "What happened: every change is a transaction" },
    { command: "pond copy --help", description: "Learn more about one command" }
  ])
)
