/**
 * What commands of remotes report.
 */
import { Schema } from "effect"
import { Tip } from "../../tlogfs/replicate/errors.ts"

const Count = Schema.Int

/** Files that cannot be read whole in a copy: bytes of them were damaged or missing where it was made from. */
export const DamagedFiles = Schema.Array(
  Schema.Struct({
    path: Schema.NullOr(Schema.String).annotate({
      description: "`null`: only older versions of the pond have the file."
    }),
    blob: Schema.String,
    why: Schema.String
  })
).annotate({ description: "Files of which bytes did not come, because they are damaged at the remote." })

/** Files shown for each report; --json names all. */
const SHOWN_MAX = 10

/** What people are told of damaged files. */
export const damageLines = (remote: string, damaged: typeof DamagedFiles.Type = []): ReadonlyArray<string> => {
  const shown = damaged
    .slice(0, SHOWN_MAX)
    .map(
      ({ blob, path, why }) =>
        `not brought: ${path ?? "a removed file"}: at ${remote} its bytes ${blob} are damaged: ${why}`
    )
  const more = damaged.length > SHOWN_MAX ? [`and ${damaged.length - SHOWN_MAX} more files: --json names them all`] : []
  const advice =
    "everything else came. `pond push NAME --heal` from a whole copy heals the remote; then `pond pull` brings the rest"
  return damaged.length === 0 ? [] : [...shown, ...more, advice]
}

/** How this pond and a remote stand to each other, and what was carried. */
export const RemoteReport = Schema.Struct({
  remote: Schema.String,
  state: Schema.Literals(["equal", "ahead", "behind", "diverged", "nothing pushed"]).annotate({
    description:
      "How this pond stands to the remote, afterwards: ahead means that it has transactions which the remote lacks."
  }),
  by: Count.annotate({ description: "By how many transactions." }),
  ours: Tip,
  theirs: Schema.NullOr(Tip),
  carried: Schema.Struct({
    transactions: Count,
    blobs: Count,
    bytes: Count.annotate({ description: "Bytes of blobs, as they are stored." })
  }),
  damaged: Schema.optionalKey(DamagedFiles),
  healed: Schema.optionalKey(Schema.Struct({ blobs: Count, bytes: Count })).annotate({
    description: "Blobs that were damaged or lost in the copy that was written to, and were written again."
  })
})

/** A checked report of a remote. */
export type RemoteReport = typeof RemoteReport.Type

/** Whether a person has to look: there is something that the command did not settle. */
export const isUnsettled = ({ damaged = [], state }: RemoteReport): boolean => state !== "equal" || damaged.length > 0

const countOf = (count: number, noun: string): string => `${count} ${count === 1 ? noun : `${noun}s`}`

const stateLine = ({ by, ours, remote, state }: RemoteReport): string => {
  const transactions = countOf(by, "transaction")
  switch (state) {
    case "equal":
      return `${remote} and this pond are equal, at txn ${ours.txn}, root ${ours.root}`
    case "ahead":
      return `this pond is ahead of ${remote} by ${transactions}: \`pond push\` carries them there`
    case "behind":
      return `this pond is behind ${remote} by ${transactions}: \`pond pull\` brings them`
    case "diverged":
      return `${remote} and this pond have different histories`
    case "nothing pushed":
      return `there is no pond at ${remote} yet: \`pond push\` makes one`
  }
}

/** The report for people. */
export const linesOf = (report: RemoteReport): ReadonlyArray<string> => {
  const { blobs, bytes, transactions } = report.carried
  const carried =
    transactions === 0 && blobs === 0
      ? []
      : [`carried ${countOf(transactions, "transaction")}, ${countOf(blobs, "blob")} of ${countOf(bytes, "byte")}`]
  const { healed } = report
  const healing =
    healed === undefined
      ? []
      : [
          healed.blobs === 0
            ? "everything was read, and nothing had to be healed"
            : `healed ${countOf(healed.blobs, "blob")} of ${countOf(healed.bytes, "byte")}; everything was read and is sound`
        ]
  return [...carried, ...damageLines(report.remote, report.damaged), ...healing, stateLine(report)]
}
