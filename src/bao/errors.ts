/**
 * What can be wrong with bytes, outboards and slices: one class per thing a caller can act on.
 *
 * This floor is free of Effect; the classes carry `_tag`, so that `Effect.catchTag` and a `switch` both work.
 */

/** Base of the errors of this floor: an `Error` whose `name` is its tag. */
abstract class BaoError extends Error {
  abstract readonly _tag: string
  override get name(): string {
    return this._tag
  }
}

/** A group, a pair or a hash does not match what the root promises: content, outboard or slice is damaged. */
export class VerificationFailed extends BaoError {
  readonly _tag = "VerificationFailed"
  /** What failed: a leaf's bytes, or the pair of an inner node. */
  readonly part: "content" | "pair"
  /** The bytes of the content, [start, end), that could not be verified. */
  readonly start: number
  readonly end: number
  constructor(part: "content" | "pair", start: number, end: number) {
    super(
      part === "content"
        ? `bytes ${start} to ${end} do not match the hash: the content is damaged there`
        : `the hash tree over bytes ${start} to ${end} does not match the root: the outboard or slice is damaged there`
    )
    this.part = part
    this.start = start
    this.end = end
  }
}

/** A range that does not lie in the content. */
export class RangeOutside extends BaoError {
  readonly _tag = "RangeOutside"
  readonly start: number
  readonly end: number
  readonly sizeBytes: number
  constructor(start: number, end: number, sizeBytes: number) {
    super(`range ${start} to ${end} does not lie in a content of ${sizeBytes} bytes`)
    this.start = start
    this.end = end
    this.sizeBytes = sizeBytes
  }
}

/** Bytes that are fewer or more than the content's size requires, or that end early. */
export class WrongLength extends BaoError {
  readonly _tag = "WrongLength"
  readonly what: "content" | "outboard" | "encoding" | "hash"
  readonly expectedBytes: number
  readonly actualBytes: number
  constructor(what: WrongLength["what"], expectedBytes: number, actualBytes: number) {
    super(`the ${what} has ${actualBytes} bytes where ${expectedBytes} are needed`)
    this.what = what
    this.expectedBytes = expectedBytes
    this.actualBytes = actualBytes
  }
}

/** A size that no content can have here: not a whole number, negative, or beyond what a number counts exactly. */
export class InvalidSize extends BaoError {
  readonly _tag = "InvalidSize"
  readonly sizeBytes: number | bigint
  constructor(sizeBytes: number | bigint) {
    super(`${sizeBytes} is not the size of a content: a whole number from 0 to ${Number.MAX_SAFE_INTEGER} is needed`)
    this.sizeBytes = sizeBytes
  }
}

/** An encoding whose length header is not the size that its content is known to have. */
export class SizeMismatch extends BaoError {
  readonly _tag = "SizeMismatch"
  readonly expectedBytes: number
  readonly claimedBytes: number
  constructor(expectedBytes: number, claimedBytes: number) {
    super(`the encoding claims a content of ${claimedBytes} bytes where one of ${expectedBytes} bytes was asked for`)
    this.expectedBytes = expectedBytes
    this.claimedBytes = claimedBytes
  }
}

/** A subtree at an offset where no subtree of its size can lie. */
export class Misaligned extends BaoError {
  readonly _tag = "Misaligned"
  readonly offsetBytes: number
  readonly sizeBytes: number
  constructor(offsetBytes: number, sizeBytes: number) {
    super(`no subtree of ${sizeBytes} bytes begins at byte ${offsetBytes}: its offset must be a multiple of its span`)
    this.offsetBytes = offsetBytes
    this.sizeBytes = sizeBytes
  }
}

/** A key that is not 32 bytes long. */
export class InvalidKey extends BaoError {
  readonly _tag = "InvalidKey"
  readonly lengthBytes: number
  constructor(lengthBytes: number) {
    super(`a BLAKE3 key has 32 bytes, not ${lengthBytes}`)
    this.lengthBytes = lengthBytes
  }
}

/** Text that is not a hash: 64 hexadecimal digits. */
export class InvalidHex extends BaoError {
  readonly _tag = "InvalidHex"
  readonly text: string
  constructor(text: string) {
    super(`${JSON.stringify(text.slice(0, 80))} is not a hash: 64 hexadecimal digits are needed`)
    this.text = text
  }
}

/** Bytes of a growing content that do not belong to the state they are appended to. */
export class StateMismatch extends BaoError {
  readonly _tag = "StateMismatch"
  readonly sizeBytes: number
  constructor(sizeBytes: number) {
    super(
      `the last bytes, size ${sizeBytes} and outboard do not give the recorded root: they belong to another content`
    )
    this.sizeBytes = sizeBytes
  }
}

/** A kernel that fails its known answers: this machine or build must not be trusted with hashes. */
export class KernelBroken extends BaoError {
  readonly _tag = "KernelBroken"
  readonly kernel: string
  constructor(kernel: string) {
    super(`the BLAKE3 kernel "${kernel}" does not give the known answers on this machine; nothing was hashed with it`)
    this.kernel = kernel
  }
}

/** A descriptor of something that has no size, such as a pipe or a device, where a file's was needed. */
export class NotAFile extends BaoError {
  readonly _tag = "NotAFile"
  readonly descriptor: number
  constructor(descriptor: number) {
    super(`descriptor ${descriptor} is not a regular file's; say how many bytes to hash, or hash it as a stream`)
    this.descriptor = descriptor
  }
}

/** A thread of a pool that ended while it was needed. What it was hashing can be tried again: the pool starts another. */
export class WorkerFailed extends BaoError {
  readonly _tag = "WorkerFailed"
  readonly problem: unknown
  constructor(problem: unknown) {
    super(`a hashing thread ended unexpectedly (${String(problem)}); trying again starts another`)
    this.problem = problem
  }
}

/** A pool that was disposed before or while a file was hashed. */
export class PoolClosed extends BaoError {
  readonly _tag = "PoolClosed"
  constructor() {
    super("the hashing pool was closed before the hash was complete; make another pool")
  }
}
