/**
 * A file of Parquet, made of groups of rows that were encoded elsewhere. Groups follow each other; a column that some of them lack is null there.
 */
import { type FileHandle, open } from "node:fs/promises"
import { ByteSink, THRIFT } from "../../delta/byte-sink.ts"
import { beginFooter, endFooter, MAGIC } from "../../delta/parquet-frame.ts"
import type { Named } from "../cache.ts"
import { Checksum } from "../checksum.ts"
import type { Column } from "../columns.ts"
import { absentPage } from "./absent.ts"
import type { ObjectDepths } from "./depths.ts"
import { describeChunk, type Placed, writeBranch } from "./footer.ts"
import { type Chunk, type EncodedGroup } from "./group.ts"
import { depthOf } from "./path.ts"
import { Refused } from "./refused.ts"
import { type Branch, branchesOf, treeOf } from "./tree.ts"
import type { ChunkType } from "./values.ts"

/** A file of Parquet has at least one column. */
const NO_COLUMN = "_none"

/** A column of a file: its type, and what is known of its texts. */
export interface FileColumn {
  readonly name: string
  type: ChunkType
  isText: boolean
  style: string
  /** Whether it is an object in some rows: without keys, if it has no others below. */
  isObject: boolean
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
    const objects = new Map(group.objects.map(({ depths, name }) => [name, depths]))
    for (const { isText, name, style, type } of group.chunks) {
      const known = this.columns.get(name)
      if (known === undefined) this.columns.set(name, { name, isText, style, type, isObject: objects.has(name) })
      else if (known.type === "NULL") Object.assign(known, { isText, style, type })
      else known.isText ||= isText
      this.columns.get(name)!.isObject ||= objects.has(name)
    }
    const chunks = new Map(group.chunks.map((chunk) => [chunk.name, chunk]))
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

  /** The columns that are objects. */
  get objects(): ReadonlyArray<Branch<FileColumn>> {
    return treeOf(this.columns.values()).filter(({ branches }) => branches.size > 0)
  }

  /** Ends the file. Rejects with `Refused` where columns contradict objects. */
  async finish(): Promise<void> {
    const tree = treeOf(this.columns.values())
    const branches = branchesOf(tree)
    const isValue = ({ leaf }: Branch<FileColumn>) => leaf !== undefined && leaf.type !== "NULL"
    for (const branch of branches) {
      const isObject = branch.branches.size > 0 || branch.leaf!.isObject
      if (isObject && isValue(branch)) throw new Refused()
      // The engine makes text of what never has a key.
      if (branch.leaf?.isObject === true && branch.branches.size === 0 && depthOf(branch.leaf.name) === 0)
        throw new Refused()
    }
    const isKept = (branch: Branch<FileColumn>) =>
      branch.branches.size > 0 || isValue(branch) || depthOf(branch.leaf!.name) > 0
    const kept = branches.filter(isKept)
    const nothing: FileColumn = { name: NO_COLUMN, type: "NULL", isText: false, style: "", isObject: false }
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
    const nothing = await this.#absent(group, NO_COLUMN)
    groups.begin()
    groups.list(1, columns.length, THRIFT.struct)
    let plainBytes = 0
    for (const column of columns) {
      const { name } = column
      const chunk = group.chunks.get(name)
      const isThere = chunk !== undefined && chunk.type !== "NULL"
      const placed = isThere
        ? { ...placedAt(chunk, group.start), rows: group.rows }
        : depthOf(name) === 0
          ? nothing
          : await this.#absent(group, name)
      describeChunk(groups, column, placed)
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

  /** Writes the chunk of a column that no row of a group has a value of, but for objects without keys. */
  async #absent({ objects, rows }: WrittenGroup, name: string): Promise<Placed> {
    const { bytes, dictionaryBytes, encoding, nulls } = absentPage(name, rows, objects)
    const start = this.#length
    await this.#write(bytes)
    const place = { start, end: this.#length, dataStart: start + dictionaryBytes, plainBytes: bytes.length }
    const values = { encoding, nulls, hasDictionary: dictionaryBytes > 0, least: undefined, greatest: undefined }
    return { ...place, ...values, rows, type: "NULL", isCompressed: false }
  }

  #footer(
    elements: ReadonlyArray<Branch<FileColumn>>,
    rootCount: number,
    columnCount: number,
    groups: Uint8Array
  ): Uint8Array {
    const sink = new ByteSink()
    beginFooter(sink, rootCount, elements.length)
    for (const branch of elements) writeBranch(sink, branch)
    sink.number(3, this.rows, THRIFT.i64)
    sink.list(4, this.#groups.length, THRIFT.struct)
    sink.raw(groups)
    endFooter(sink, columnCount, 0)
    return sink.view()
  }
}

const placedAt = (chunk: Chunk, start: number) => ({
  ...chunk,
  start: start + chunk.start,
  end: start + chunk.end,
  dataStart: start + chunk.dataStart
})
