/**
 * What can go wrong with a filesystem: one class per thing a caller can act on, each naming the path or node.
 */
import { Schema } from "effect"

const quoted = (path: string): string => JSON.stringify(path)

/** There is nothing at a path. */
export class NotFound extends Schema.TaggedError<NotFound>()("NotFound", { path: Schema.String }) {
  override get message(): string {
    return `${quoted(this.path)} does not exist. List its directory to see what does`
  }
}

/** Something is at a path already. */
export class AlreadyExists extends Schema.TaggedError<AlreadyExists>()("AlreadyExists", { path: Schema.String }) {
  override get message(): string {
    return `${quoted(this.path)} exists already. Choose another name, or remove it first`
  }
}

/** A directory was needed. */
export class NotADirectory extends Schema.TaggedError<NotADirectory>()("NotADirectory", { path: Schema.String }) {
  override get message(): string {
    return `${quoted(this.path)} is not a directory`
  }
}

/** A node of another type was needed. */
export class WrongType extends Schema.TaggedError<WrongType>()("WrongType", {
  path: Schema.String,
  type: Schema.String,
  needed: Schema.String
}) {
  override get message(): string {
    return `${quoted(this.path)} is a ${this.type}; this needs ${this.needed}`
  }
}

/** A node cannot be moved into itself. */
export class MoveIntoItself extends Schema.TaggedError<MoveIntoItself>()("MoveIntoItself", {
  path: Schema.String,
  target: Schema.String
}) {
  override get message(): string {
    return `${quoted(this.path)} cannot be moved to ${quoted(this.target)}, which lies inside it. Choose a place outside`
  }
}

/** A directory that is not empty cannot be removed without saying so. */
export class DirectoryNotEmpty extends Schema.TaggedError<DirectoryNotEmpty>()("DirectoryNotEmpty", {
  path: Schema.String
}) {
  override get message(): string {
    return `${quoted(this.path)} is not empty. Remove it recursively, or its contents first`
  }
}

/** A path leads into the tree of another pond, where nothing can be changed and transactions do not look. */
export class InsideImport extends Schema.TaggedError<InsideImport>()("InsideImport", {
  path: Schema.String,
  mount: Schema.String
}) {
  override get message(): string {
    return (
      `${quoted(this.path)} leads into ${quoted(this.mount)}, where the tree of another pond is imported: it can be read, and not ` +
      `changed. Change that pond itself, and bring the change here with \`pond pull\``
    )
  }
}

/** The pond that is imported at a place cannot be read as it was pinned. */
export class ImportUnavailable extends Schema.TaggedError<ImportUnavailable>()("ImportUnavailable", {
  url: Schema.String,
  pond: Schema.String,
  why: Schema.String,
  advice: Schema.String
}) {
  override get message(): string {
    return `the imported pond ${this.pond} at ${this.url} cannot be read: ${this.why}. ${this.advice}`
  }
}

/** Text that cannot be a path. */
export class InvalidPath extends Schema.TaggedError<InvalidPath>()("InvalidPath", {
  path: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `${quoted(this.path.slice(0, 200))} is not a path: ${this.reason}`
  }
}

/** Attributes that cannot be stored. */
export class InvalidAttributes extends Schema.TaggedError<InvalidAttributes>()("InvalidAttributes", {
  path: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `the attributes of ${quoted(this.path)} cannot be stored: ${this.reason}`
  }
}

/** A symlink that leads, in the end, to itself. */
export class SymlinkLoop extends Schema.TaggedError<SymlinkLoop>()("SymlinkLoop", { path: Schema.String }) {
  override get message(): string {
    return `${quoted(this.path)} leads through too many symlinks: one of them leads back to itself`
  }
}

/** A symlink whose target lies above the root. */
export class SymlinkEscape extends Schema.TaggedError<SymlinkEscape>()("SymlinkEscape", {
  path: Schema.String,
  target: Schema.String
}) {
  override get message(): string {
    return `the symlink ${quoted(this.path)} points to ${quoted(this.target)}, above the root of the pond`
  }
}

/** Two writers have one file open in one transaction. */
export class WriterConflict extends Schema.TaggedError<WriterConflict>()("WriterConflict", { path: Schema.String }) {
  override get message(): string {
    return `${quoted(this.path)} is being written to by this transaction already. Finish that writer first`
  }
}

/** Somebody else's transaction changed what this one rests on; nothing was committed. */
export class TransactionConflict extends Schema.TaggedError<TransactionConflict>()("TransactionConflict", {
  url: Schema.String,
  base: Schema.Finite,
  winner: Schema.Finite,
  what: Schema.String
}) {
  override get message(): string {
    return (
      `the transaction on top of txn ${this.base} of ${this.url} cannot be committed: txn ${this.winner} came first and changed ` +
      `${this.what}. Nothing was changed; read again and repeat`
    )
  }
}

/** The content of a version was pruned on purpose; its hash and history remain. */
export class Pruned extends Schema.TaggedError<Pruned>()("Pruned", {
  node: Schema.String,
  path: Schema.String,
  version: Schema.Finite
}) {
  override get message(): string {
    return `version ${this.version} of ${quoted(this.path)} was pruned: its bytes are gone on purpose, its hash and history remain`
  }
}

/** A node has no such version. */
export class VersionMissing extends Schema.TaggedError<VersionMissing>()("VersionMissing", {
  node: Schema.String,
  path: Schema.String,
  version: Schema.Finite
}) {
  override get message(): string {
    return `${quoted(this.path)} has no version ${this.version}. Look at its versions`
  }
}

/** The bytes asked for do not all lie in the content. */
export class InvalidRange extends Schema.TaggedError<InvalidRange>()("InvalidRange", {
  path: Schema.String,
  start: Schema.Finite,
  end: Schema.Finite,
  sizeBytes: Schema.Finite
}) {
  override get message(): string {
    return `${quoted(this.path)} has ${this.sizeBytes} bytes: bytes ${this.start} to ${this.end} are not in it`
  }
}

/** The pond has no such transaction, or nothing as old as the time asked for. */
export class TxnMissing extends Schema.TaggedError<TxnMissing>()("TxnMissing", {
  url: Schema.String,
  requested: Schema.String,
  newest: Schema.Finite
}) {
  override get message(): string {
    return `${this.url} has no ${this.requested}: its transactions are 0 to ${this.newest}`
  }
}

/** Bytes of the pond are not what the log says. What does not lie in them stays readable (R4). */
export class Damaged extends Schema.TaggedError<Damaged>()("Damaged", {
  /** What is damaged: a content, by node and path, or an object of the store. */
  subject: Schema.String,
  version: Schema.NullOr(Schema.Finite),
  start: Schema.NullOr(Schema.Finite),
  end: Schema.NullOr(Schema.Finite),
  why: Schema.String
}) {
  override get message(): string {
    const version = this.version === null ? "" : `, version ${this.version}`
    const range = this.start === null ? "" : `, bytes ${this.start} to ${this.end}`
    return `${this.subject}${version}${range} is damaged: ${this.why}. Restore it from a copy; everything else stays readable`
  }
}

/** The storage below failed. */
export class PersistenceFailed extends Schema.TaggedError<PersistenceFailed>()("PersistenceFailed", {
  operation: Schema.String,
  url: Schema.String,
  cause: Schema.Defect()
}) {
  override get message(): string {
    const detail = this.cause instanceof Error ? this.cause.message : String(this.cause)
    return `${this.operation} of ${this.url} failed: ${detail}`
  }
}
