/**
 * Keeping what was read from or written to a slow store in a fast one: small immutable objects and ranges, within a bound of bytes.
 *
 * A cache changes no answer (R6): entries carry the BLAKE3 of their name and bytes, a damaged or missing one is read from the
 * base again, and a cache that cannot be read or written is as if it were empty. Hints are never kept. Streams pass by: they are
 * for large objects, which would only displace the rest.
 */
import { Effect, Option, Semaphore, Stream } from "effect"
import { HASH_BYTES } from "../bao/constants.ts"
import { Hasher, hash } from "../bao/hasher.ts"
import { sameHash, toHex } from "../bao/hex.ts"
import { concat } from "./bytes.ts"
import type { Store } from "./ObjectStore.ts"
import type { ByteRange } from "./range.ts"

/** What a cache may hold. */
export interface CacheOptions {
  /** Tells whether the object of a key never changes. */
  readonly isImmutable: (key: string) => boolean
  /** Whether sizes are kept as well, and so that an object was there: only where nobody writes after having asked for them. */
  readonly isReadOnly?: boolean
}

/** A larger answer is not kept. */
export const CACHED_ANSWER_BYTES_MAX = 1024 * 1024

const encoder = new TextEncoder()

/** How the names of all entries of one object begin: fit for every store, whatever the key. */
const prefixOf = (base: Store, key: string): string => `${toHex(hash(encoder.encode(`${base.url}\0${key}`)))}-`

const rangeName = (range: ByteRange | undefined): string => {
  if (range === undefined) return "whole"
  return "last" in range ? `last-${range.last}` : `${range.start}-${range.end ?? "end"}`
}

const sealOf = (name: string, bytes: Uint8Array): Uint8Array =>
  new Hasher().update(encoder.encode(name)).update(bytes).root()

/** The bytes of an entry, or `undefined` when it is not what was kept. */
const opened = (name: string, entry: Uint8Array): Uint8Array | undefined => {
  const bytes = entry.slice(HASH_BYTES)
  return sameHash(entry.subarray(0, HASH_BYTES), sealOf(name, bytes)) ? bytes : undefined
}

/** The size that an entry holds. */
const sizeOf = (bytes: Uint8Array | undefined): number | undefined =>
  bytes === undefined ? undefined : Number(new TextDecoder().decode(bytes))

/** The entries of a cache and their sizes, least recently used first: all together hold at most so many bytes, whoever reads through it. */
export class Shelf {
  readonly #cache: Store
  readonly #bytesMax: number
  readonly #gate = Semaphore.makeUnsafe(1)
  #sizes: Map<string, number> | undefined
  #bytes = 0

  constructor(cache: Store, bytesMax: number) {
    this.#cache = cache
    this.#bytesMax = bytesMax
  }

  /** Reads an entry; `undefined` when there is no sound one. */
  read(name: string): Effect.Effect<Uint8Array | undefined> {
    return Effect.match(this.#cache.get(name), {
      onFailure: () => undefined,
      onSuccess: (entry) => {
        this.#touch(name)
        return opened(name, entry)
      }
    })
  }

  /** Keeps an entry, and removes others until all fit. Failing to is no failure: the entry is then read again. */
  keep(name: string, bytes: Uint8Array): Effect.Effect<void> {
    const entry = concat([sealOf(name, bytes), bytes])
    return Effect.gen({ self: this }, function* () {
      yield* this.#learn()
      yield* this.#cache.put(name, entry)
      this.#note(name, entry.length)
      yield* this.#shrink()
    }).pipe(this.#gate.withPermit, Effect.ignore)
  }

  /** Removes all entries of an object. */
  drop(prefix: string): Effect.Effect<void> {
    return this.#cache.list(prefix).pipe(
      Stream.runForEach(({ key }) =>
        Effect.andThen(
          this.#cache.delete(key),
          Effect.sync(() => this.#forget(key))
        )
      ),
      Effect.ignore
    )
  }

  /** Takes over what earlier processes left, oldest first. */
  #learn() {
    return Effect.suspend(() => {
      if (this.#sizes !== undefined) return Effect.void
      return Effect.map(Stream.runCollect(this.#cache.list("")), (objects) => {
        this.#sizes = new Map()
        for (const { key, sizeBytes } of objects.toSorted((left, right) => left.modifiedMs - right.modifiedMs)) {
          this.#note(key, sizeBytes)
        }
      })
    })
  }

  #shrink() {
    return Effect.gen({ self: this }, function* () {
      for (const name of this.#sizes?.keys() ?? []) {
        if (this.#bytes <= this.#bytesMax) return
        yield* this.#cache.delete(name)
        this.#forget(name)
      }
    })
  }

  #touch(name: string): void {
    const sizeBytes = this.#sizes?.get(name)
    if (sizeBytes !== undefined) this.#note(name, sizeBytes)
  }

  #note(name: string, sizeBytes: number): void {
    this.#forget(name)
    this.#sizes?.set(name, sizeBytes)
    this.#bytes += sizeBytes
  }

  #forget(name: string): void {
    this.#bytes -= this.#sizes?.get(name) ?? 0
    this.#sizes?.delete(name)
  }
}

/** Wraps `base` with a cache of at most `bytesMax` bytes in the store `cache`, which nothing else uses; the least recently used go first. */
export const cachedStore = (
  base: Store,
  cache: Store,
  { bytesMax, ...options }: CacheOptions & { readonly bytesMax: number }
): Store => shelvedStore(base, new Shelf(cache, bytesMax), options)

/** Wraps `base` with a cache that others use as well. */
export const shelvedStore = (base: Store, shelf: Shelf, { isImmutable, isReadOnly }: CacheOptions): Store => {
  const through = <E>(key: string, range: ByteRange | undefined, read: Effect.Effect<Uint8Array, E>) =>
    Effect.suspend(() => {
      if (!isImmutable(key)) return read
      const name = prefixOf(base, key) + rangeName(range)
      const readAndKeep = Effect.tap(read, (bytes) =>
        bytes.length <= CACHED_ANSWER_BYTES_MAX ? shelf.keep(name, bytes) : Effect.void
      )
      return Effect.filterOrElse(
        shelf.read(name),
        (kept): kept is Uint8Array => kept !== undefined,
        () => readAndKeep
      )
    })
  /** The size of an object, from what was kept or from the base. */
  const sized: Store["head"] = (key) =>
    Effect.gen(function* () {
      if (!isImmutable(key)) return yield* base.head(key)
      const name = `${prefixOf(base, key)}size`
      const kept = sizeOf(yield* shelf.read(name))
      if (kept !== undefined) return Option.some({ sizeBytes: kept, modifiedMs: 0 })
      const found = yield* base.head(key)
      if (Option.isSome(found)) yield* shelf.keep(name, encoder.encode(String(found.value.sizeBytes)))
      return found
    })
  return {
    ...base,
    ...(isReadOnly === true ? { head: sized } : {}),
    get: (key) => through(key, undefined, base.get(key)),
    getRange: (key, range) => through(key, range, base.getRange(key, range)),
    putIfAbsent: (key, bytes) =>
      Effect.tap(base.putIfAbsent(key, bytes), (created) =>
        created && isImmutable(key) && bytes.length <= CACHED_ANSWER_BYTES_MAX
          ? shelf.keep(prefixOf(base, key) + rangeName(undefined), bytes)
          : Effect.void
      ),
    delete: (key) =>
      Effect.andThen(
        base.delete(key),
        Effect.suspend(() => shelf.drop(prefixOf(base, key)))
      )
  }
}
