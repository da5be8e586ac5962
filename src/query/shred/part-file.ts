/**
 * A file of Parquet, made of groups of rows that were encoded elsewhere. Groups follow each other; a column that some of them lack is null there.
 */
import { type FileHandle, open } from "node:fs/promises"
import { ByteSink, THRIFT } from "../../delta/byte-sink.ts"
import { beginFooter, endFooter, MAGIC } from "../../delta/parquet-frame.ts"
import type { Named } from "../cache.ts"
import { Checksum } from "../checksum.ts"
import type { Column } from "../columns.ts"
import type { ObjectDepths } from "./depths.ts"
import { type Chunk, type EncodedGroup, ENCODING, widthOf, writeDataHeader, writeRun } from "./group.ts"
import { depthOf, keysOf, objectsOf } from "./path.ts"
import { Refused } from "./refused.ts"
import { type Branch, branchesOf, treeOf } from "./tree.ts"
import type { ChunkType } from "./values.ts"
import { UUID_BYTES } from "./wasm/uuids.ts"

/** What nothing is known of is JSON for the engine, where it lies in an object. */
type StoredType = ChunkType | "JSON"

/** Types of columns as Parquet stores them. */
const PHYSICAL = {
  BIGINT: 2,
  BOOLEAN: 0,
  DATE: 1,
  DOUBLE: 5,
  JSON: 6,
  NULL: 1,
  TIME: 2,
  TIMESTAMP: 2,
  UUID: 7,
  VARCHAR: 6
} as const satisfies Record<StoredType, number>
const CODEC = { none: 0, zstd: 6 } as const

/** A file of Parquet has at least one column. */
const NO_COLUMN = "_none"

/** A column of a file: its type, and what is known of its texts. */
export interface FileColumn {
  readonly name: string
  type: ChunkType
  isText: boolean
  style: string
}

interface WrittenGroup {
  readonly rows: number
  readonly sizeBytes: number
  /** Where its chunks begin in the file. */
  readonly start: number
  readonly chunks: ReadonlyMap<string, Chunk>
  /** How deep its rows go into objects. */
  readonly objects: ReadonlyMap<string, ObjectDepths["depths"]>
}

/** A column chunk, and where it lies. */
interface Placed extends Omit<Chunk, "name" | "isText" | "style"> {
  readonly rows: number
}

/** Writes one file. */
export class PartFile {
  readonly path: string
  /** What the file is to be called: the key of its checksum. */
  readonly name: string
  readonly columns = new Map<string, FileColumn>()
  rows = 0
  /** Bytes of text that the rows were made of. */
  sizeBytes = 0
  readonly #handle: FileHandle
  readonly #groups: Array<WrittenGroup> = []
  readonly #checksum: Checksum
  #length = 0
  #ended = ""

  private constructor(path: string, name: string, handle: FileHandle) {
    this.path = path
    this.name = name
    this.#handle = handle
    this.#checksum = new Checksum(name)
  }

  /** Begins a file that is to be called something. */
  static async create(path: string, name: string): Promise<PartFile> {
    const part = new PartFile(path, name, await open(path, "w", 0o600))
    await part.#write(MAGIC)
    return part
  }

  /** Name and checksum of the finished file. */
  get named(): Named {
    return { name: this.name, checksum: this.#ended }
  }

  /** Whether a group can follow: no column of it has another type than before. */
  takes({ chunks }: EncodedGroup): boolean {
    return chunks.every(({ name, type }) => {
      const known = this.columns.get(name)?.type ?? "NULL"
      return type === "NULL" || known === "NULL" || type === known
    })
  }

  /** Adds a group. */
  async add(group: EncodedGroup): Promise<void> {
    for (const { isText, name, style, type } of group.chunks) {
      const known = this.columns.get(name)
      if (known === undefined) this.columns.set(name, { name, isText, style, type })
      else if (known.type === "NULL") Object.assign(known, { isText, style, type })
      else known.isText ||= isText
    }
    const chunks = new Map(group.chunks.map((chunk) => [chunk.name, chunk]))
    const objects = new Map(group.objects.map(({ depths, name }) => [name, depths]))
    this.#groups.push({ rows: group.rows, sizeBytes: group.bytes.length, start: this.#length, chunks, objects })
    await this.#write(group.bytes)
    // Memory that is given back at once need not be looked for.
    group.bytes.buffer.transfer(0)
    this.rows += group.rows
    this.sizeBytes += group.sizeBytes
  }

  /** The columns, as tables have them; what types objects are, the engine knows. */
  get types(): ReadonlyArray<Column> {
    return treeOf(this.columns.values()).map(({ branches, key, leaf }): Column => [
      key,
      branches.size > 0 ? "STRUCT" : leaf!.type
    ])
  }

  /** Whether there are objects. */
  get hasObjects(): boolean {
    return [...this.columns.keys()].some((name) => depthOf(name) > 0)
  }

  /** Ends the file. Rejects with `Refused` where columns contradict objects. */
  async finish(): Promise<void> {
    const tree = treeOf(this.columns.values())
    const branches = branchesOf(tree)
    const isValue = ({ leaf }: Branch<FileColumn>) => leaf !== undefined && leaf.type !== "NULL"
    if (branches.some((branch) => branch.branches.size > 0 && isValue(branch))) throw new Refused()
    const isKept = (branch: Branch<FileColumn>) =>
      branch.branches.size > 0 || isValue(branch) || depthOf(branch.leaf!.name) > 0
    const kept = branches.filter(isKept)
    const nothing: FileColumn = { name: NO_COLUMN, type: "NULL", isText: false, style: "" }
    const isEmpty = kept.length === 0
    const elements = isEmpty ? treeOf([nothing]) : kept
    const columns = elements.flatMap(({ branches: below, leaf }) => (below.size > 0 ? [] : [leaf!]))
    const groups = new ByteSink()
    for (const group of this.#groups) await this.#describeGroup(groups, group, columns)
    const rootCount = isEmpty ? 1 : tree.filter(isKept).length
    await this.#write(this.#footer(elements, rootCount, columns.length, groups.view()))
    await this.#handle.close()
    this.#ended = this.#checksum.end()
  }

  async #describeGroup(groups: ByteSink, group: WrittenGroup, columns: ReadonlyArray<FileColumn>): Promise<void> {
    const nothing = await this.#nothing(group, undefined, 1)
    groups.begin()
    groups.list(1, columns.length, THRIFT.struct)
    let plainBytes = 0
    for (const { name, type } of columns) {
      const chunk = group.chunks.get(name)
      const isThere = chunk !== undefined && chunk.type !== "NULL"
      const placed = isThere
        ? { ...placedAt(chunk, group.start), rows: group.rows }
        : depthOf(name) === 0
          ? nothing
          : await this.#nothing(
              group,
              objectsOf(name).findLast((object) => group.objects.has(object)),
              widthOf(name)
            )
      describe(groups, name, storedAs(name, type), placed)
      plainBytes += placed.plainBytes
    }
    groups.number(2, plainBytes, THRIFT.i64)
    groups.number(3, group.rows, THRIFT.i64)
    groups.end()
  }

  /** Gives up what was written. */
  async close(): Promise<void> {
    await this.#handle.close().catch(() => undefined)
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#checksum.add(bytes)
    await this.#handle.write(bytes, 0, bytes.length, this.#length)
    this.#length += bytes.length
  }

  /** Writes a chunk without any value, whose rows go as deep as they go into an object: in so many bits. */
  async #nothing({ objects, rows }: WrittenGroup, object: string | undefined, width: number): Promise<Placed> {
    const depths = object === undefined ? 0 : objects.get(object)!
    const page = new ByteSink(64)
    const levels = new ByteSink(8)
    if (typeof depths === "number") writeRun(levels, rows, depths)
    else writeBits(levels, depths, width)
    const header = { rows, nulls: rows, encoding: ENCODING.plain, levelBytes: levels.length, isCompressed: false }
    writeDataHeader(page, header, levels.length, levels.length)
    page.raw(levels.view())
    const start = this.#length
    await this.#write(page.view())
    const place = { start, end: this.#length, dataStart: start, plainBytes: page.length }
    const values = { encoding: ENCODING.plain, nulls: rows, least: undefined, greatest: undefined }
    return { ...place, ...values, rows, type: "NULL", hasDictionary: false, isCompressed: false }
  }

  #footer(
    elements: ReadonlyArray<Branch<FileColumn>>,
    rootCount: number,
    columnCount: number,
    groups: Uint8Array
  ): Uint8Array {
    const sink = new ByteSink()
    beginFooter(sink, rootCount, elements.length)
    for (const { branches, key, leaf } of elements) {
      if (branches.size > 0) writeObject(sink, key, branches.size)
      else writeElement(sink, key, storedAs(leaf!.name, leaf!.type))
    }
    sink.number(3, this.rows, THRIFT.i64)
    sink.list(4, this.#groups.length, THRIFT.struct)
    sink.raw(groups)
    endFooter(sink, columnCount, 0)
    return sink.view()
  }
}

/** Writes small numbers in so many bits each, 8 together. */
const writeBits = (sink: ByteSink, numbers: Uint8Array, width: number): void => {
  sink.varint(2 * Math.ceil(numbers.length / 8) + 1)
  let bits = 0
  let taken = 0
  for (let at = 0; at < 8 * Math.ceil(numbers.length / 8); at += 1) {
    bits |= (numbers[at] ?? 0) << taken
    taken += width
    if (taken < 8) continue
    sink.byte(bits & 255)
    bits >>= 8
    taken -= 8
  }
}

/** Writes that a column is an object with so many others. */
const writeObject = (sink: ByteSink, key: string, count: number): void => {
  sink.begin()
  sink.number(3, 1)
  sink.binary(4, key)
  sink.number(5, count)
  sink.end()
}

const placedAt = (chunk: Chunk, start: number) => ({
  ...chunk,
  start: start + chunk.start,
  end: start + chunk.end,
  dataStart: start + chunk.dataStart
})

const storedAs = (name: string, type: ChunkType): StoredType => (type === "NULL" && depthOf(name) > 0 ? "JSON" : type)

const writeElement = (sink: ByteSink, name: string, type: StoredType): void => {
  sink.begin()
  sink.number(1, PHYSICAL[type])
  if (type === "UUID") sink.number(2, UUID_BYTES)
  sink.number(3, 1)
  sink.binary(4, name)
  if (type === "VARCHAR") {
    sink.number(6, 0)
    sink.struct(10)
    sink.struct(1)
    sink.end()
    sink.end()
  } else if (type === "JSON") {
    sink.number(6, 19)
    sink.struct(10)
    sink.struct(12)
    sink.end()
    sink.end()
  } else if (type === "UUID") {
    sink.struct(10)
    sink.struct(14)
    sink.end()
    sink.end()
  } else if (type === "DATE") {
    sink.number(6, 6)
    sink.struct(10)
    sink.struct(6)
    sink.end()
    sink.end()
  } else if (type === "TIME" || type === "TIMESTAMP") {
    sink.struct(10)
    sink.struct(type === "TIME" ? 7 : 8)
    sink.flag(1, false)
    sink.struct(2)
    sink.struct(2)
    for (let depth = 0; depth < 4; depth += 1) sink.end()
  }
  sink.end()
}

const encodingsOf = ({ encoding, hasDictionary }: Placed): ReadonlyArray<number> =>
  hasDictionary ? [ENCODING.plain, ENCODING.rle, encoding] : [ENCODING.rle, encoding]

/** Describes a column chunk in its group. */
const describe = (sink: ByteSink, name: string, type: StoredType, chunk: Placed): void => {
  const encodings = encodingsOf(chunk)
  sink.begin()
  sink.number(2, 0, THRIFT.i64)
  sink.struct(3)
  sink.number(1, PHYSICAL[type])
  sink.list(2, encodings.length, THRIFT.i32)
  for (const encoding of encodings) sink.varint(2 * encoding)
  const keys = keysOf(name)
  sink.list(3, keys.length, THRIFT.binary)
  for (const key of keys) sink.item(key)
  sink.number(4, chunk.isCompressed ? CODEC.zstd : CODEC.none)
  sink.number(5, chunk.rows, THRIFT.i64)
  sink.number(6, chunk.plainBytes, THRIFT.i64)
  sink.number(7, chunk.end - chunk.start, THRIFT.i64)
  sink.number(9, chunk.dataStart, THRIFT.i64)
  if (chunk.hasDictionary) sink.number(11, chunk.start, THRIFT.i64)
  sink.struct(12)
  sink.number(3, chunk.nulls, THRIFT.i64)
  if (chunk.least !== undefined && chunk.greatest !== undefined) {
    sink.binary(5, chunk.greatest)
    sink.binary(6, chunk.least)
  }
  sink.end()
  sink.end()
  sink.end()
}
