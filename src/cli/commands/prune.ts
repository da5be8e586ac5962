/**
 * `pond prune`: its grammar and help. What it does is in `../care/`, loaded when it runs.
 */
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { toggle } from "../grammar.ts"

const text = (name: string, metavar: string, description: string) =>
  Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(description), Flag.optional)

const config = {
  glob: Argument.String("GLOB").pipe(Argument.withDescription("Files whose versions are meant")),
  versions: text("versions", "A-B", "These versions, as in 3, 1-3 or 1-3,7"),
  olderThan: text("older-than", "AGE", "Versions older than this, as in 90m, 12h, 30d or 2w; never the newest"),
  keep: Flag.Int("keep").pipe(
    Flag.withMetavar("N"),
    Flag.withDescription("All but the newest N versions; with --older-than, keep them even if they are older"),
    Flag.filter(
      (count) => count >= 1,
      (count) => `a number of versions to keep cannot be ${count}`
    ),
    Flag.optional
  ),
  yes: toggle("yes", "Do it; otherwise what would be done is told")
}

/** `pond prune`: forgets the bytes of versions on purpose. */
export const prune = Command.make("prune", config, ({ glob, keep, olderThan, versions, yes }) =>
  Effect.gen(function* () {
    const { run, selectionOf } = yield* Effect.promise(() => import("../care/prune.ts"))
    const selection = yield* selectionOf({
      keep: Option.getOrUndefined(keep),
      olderThan: Option.getOrUndefined(olderThan),
      versions: Option.getOrUndefined(versions)
    })
    yield* run(glob, selection, yes)
  })
).pipe(
  Command.withDescription(
    "Forget the bytes of versions on purpose: nothing else ever removes content. Hashes and history stay, and tell that it was meant. " +
      "Without --yes nothing is done. Of a series, a version is what one append added."
  ),
  Command.withShortDescription("Forget the bytes of old versions on purpose."),
  Command.withExamples([
    { command: "pond prune /reports/daily.csv --keep 10", description: "What would go if the newest ten were kept" },
    { command: "pond prune '/logs/**' --older-than 90d --yes", description: "Forget what is older than 90 days" },
    {
      command: "pond prune /secrets.txt --versions 1-2 --yes",
      description: "Forget two versions; then `pond maintain`"
    }
  ])
)
