/**
 * Why a history is not carried from one pond to another.
 */
import { Schema } from "effect"

/** The newest transaction of a pond: what is compared, and what people pin. */
export const Tip = Schema.Struct({
  txn: Schema.Int,
  /** Header hash of that transaction. */
  chain: Schema.String,
  /** Hash of the namespace after it. */
  root: Schema.String
})
/** The newest transaction of a pond. */
export type Tip = typeof Tip.Type

/** A tip as messages show it. */
export const tipText = ({ chain, root, txn }: Tip): string =>
  txn === 0 ? "without transactions" : `at txn ${txn} (root ${root.slice(0, 16)}…, chain ${chain.slice(0, 16)}…)`

/** The two places hold different ponds. */
export class ForeignPond extends Schema.TaggedError<ForeignPond>()("ForeignPond", {
  source: Schema.String,
  target: Schema.String,
  sourcePond: Schema.String,
  targetPond: Schema.String
}) {
  override get message(): string {
    return (
      `${this.target} is another pond (${this.targetPond}) than ${this.source} (${this.sourcePond}): nothing was carried over. ` +
      `Choose an empty place, or the remote of this pond`
    )
  }
}

/** The two histories part: each side has transactions that the other does not have. */
export class Diverged extends Schema.TaggedError<Diverged>()("Diverged", {
  source: Schema.String,
  target: Schema.String,
  sourceTip: Tip,
  targetTip: Tip
}) {
  override get message(): string {
    return (
      `${this.source} ${tipText(this.sourceTip)} and ${this.target} ${tipText(this.targetTip)} have different histories: nothing was ` +
      `carried over. Two copies were written to; keep one, and clone it again for the other`
    )
  }
}

/** What comes is not what its own hashes say: nothing of it became visible. */
export class HistoryTampered extends Schema.TaggedError<HistoryTampered>()("HistoryTampered", {
  source: Schema.String,
  txn: Schema.Int,
  why: Schema.String
}) {
  override get message(): string {
    return `txn ${this.txn} of ${this.source} is not what its hashes say: ${this.why}. Nothing of it was taken; check that copy with fsck`
  }
}

/** Somebody else wrote to the target at the same time, again and again. */
export class TargetBusy extends Schema.TaggedError<TargetBusy>()("TargetBusy", { target: Schema.String }) {
  override get message(): string {
    return `others keep writing to ${this.target}: what was carried over so far is complete. Run it again when they are done`
  }
}

/** The source is not the one that was expected. */
export class UnexpectedRoot extends Schema.TaggedError<UnexpectedRoot>()("UnexpectedRoot", {
  source: Schema.String,
  expected: Schema.String,
  found: Tip
}) {
  override get message(): string {
    return `${this.source} ${tipText(this.found)} does not have the root ${this.expected}: nothing was taken from it`
  }
}
