/**
 * `pond remote`: its grammar and help. What it does is in `../remote/`, loaded when it runs.
 */
import { Effect } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { toggle } from "../grammar.ts"
import { reachFieldsOf, reachFlags } from "../remote/flags.ts"

const name = Argument.String("NAME").pipe(
  Argument.withDescription("What the remote is called: letters, digits, `-`, `_` and `.`")
)

const add = Command.make(
  "add",
  {
    name,
    url: Argument.String("URL").pipe(
      Argument.withDescription("Where the copy is: s3://bucket/prefix?region=…, a directory, https://host/path")
    ),
    mode: Flag.String("mode").pipe(
      Flag.withDescription("backup: only pushed to; mirror: only pulled from; both, when it is left out"),
      Flag.withMetavar("MODE"),
      Flag.optional
    ),
    mount: Argument.String("PATH").pipe(
      Argument.withDescription("Where the tree of another pond shall appear in this one, read-only"),
      Argument.optional
    ),
    isWhole: toggle("whole", "Of another pond: bring all bytes with each pull, not when they are read"),
    isTransitive: toggle("transitive", "Of another pond: what it imports itself appears as well"),
    isDefault: toggle("default", "It is meant where nobody names one of several"),
    ...reachFlags
  },
  (options) =>
    Effect.flatMap(
      Effect.promise(() => import("../remote/edit.ts")),
      (edit) => edit.add({ ...options, reach: reachFieldsOf(options) })
    )
).pipe(
  Command.withDescription(
    "Add another copy of this pond; with a PATH, another pond whose tree appears there. Credentials are never written down: the environment has them."
  ),
  Command.withExamples([
    { command: "pond remote add offsite 's3://backups/ponds/web1?region=eu-central-1'", description: "A bucket" },
    { command: "pond remote add disk /mnt/usb/pond --mode backup", description: "A directory that is only pushed to" },
    {
      command: "pond remote add team s3://team/pond /imports/team",
      description: "Another pond, under a path of this one"
    }
  ])
)

const list = Command.make("list", {}, () =>
  Effect.flatMap(
    Effect.promise(() => import("../remote/edit.ts")),
    (edit) => edit.list
  )
).pipe(
  Command.withDescription("List the remotes of this pond, and what was seen there last."),
  Command.withExamples([{ command: "pond remote list", description: "Where copies are, and how far they are" }])
)

const isPurging = toggle(
  "purge",
  "Of another pond: also remove the copies that are here of it, which the history shows"
)

const remove = Command.make("remove", { name, isPurging }, (options) =>
  Effect.flatMap(
    Effect.promise(() => import("../remote/edit.ts")),
    (edit) => edit.remove(options.name, options.isPurging)
  )
).pipe(
  Command.withDescription("Forget a remote, and what was seen there. What is there stays."),
  Command.withExamples([
    { command: "pond remote remove disk", description: "The pond at its URL stays as it is" },
    { command: "pond remote remove team --purge", description: "An import, and the bytes that were pulled whole" }
  ])
)

/** `pond remote`: the other copies of this pond. */
export const remote = Command.make("remote").pipe(
  Command.withDescription("Other copies of this pond: add, list and remove them."),
  Command.withSubcommands([add, list, remove]),
  Command.withExamples([
    { command: "pond remote add disk /mnt/usb/pond", description: "Say where a copy is to be" },
    { command: "pond push disk", description: "Then: carry everything there" }
  ])
)
