/**
 * The pieces of a publication, opened when they are needed and kept open across publications: a piece never changes.
 */
import { Context } from "effect"
import type { Store } from "../../store/ObjectStore.ts"
import { outboardName } from "../names.ts"
import type { PieceInfo, Publication } from "../publication.ts"
import { promiseOf, verifiedFile } from "../verified.ts"
import { keyOf } from "./keys.ts"
import { Piece } from "./piece.ts"
import { IndexReader } from "./reader.ts"

/** The opened index pieces of one pond. */
export class Pieces {
  readonly #store: Store
  readonly #context: Context.Context<never>
  #open = new Map<string, Promise<Piece>>()

  /** `context` is that of whoever opens the pond. */
  constructor(store: Store, context: Context.Context<never> = Context.empty()) {
    this.#store = store
    this.#context = context
  }

  /** Reads an index through a publication; pieces that it no longer names are let go. */
  reader(publication: Publication | undefined): IndexReader {
    const infos = publication?.pieces ?? []
    const names = new Set(infos.map(({ file }) => file))
    this.#open = new Map([...this.#open].filter(([file]) => names.has(file)))
    return new IndexReader(
      infos.toReversed().map((info) => ({
        first: keyOf(Buffer.from(info.first, "base64")),
        last: keyOf(Buffer.from(info.last, "base64")),
        open: () => this.open(info)
      }))
    )
  }

  /** Opens one piece. Rejects with `ObjectDamaged`, `ObjectMissing` or what the store says. */
  open(info: PieceInfo): Promise<Piece> {
    const known = this.#open.get(info.file)
    if (known !== undefined) return known
    const reference = {
      key: info.file,
      sizeBytes: info.sizeBytes,
      hash: info.hash,
      ...(info.outboard === undefined ? {} : { outboardKey: outboardName(info.outboard) })
    }
    const opened = promiseOf(this.#context, verifiedFile(this.#store, reference)).then((file) => Piece.open(file))
    this.#open.set(info.file, opened)
    opened.catch(() => this.#open.delete(info.file))
    return opened
  }
}
