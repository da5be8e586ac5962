/**
 * Situations of a mirror as texts: what it holds, what the host's files hold, and what becomes of them.
 */
import { hash, toHex } from "../../../src/bao/index.ts"
import type { Entry, EntryKind } from "../../../src/factories/logfile/entry.ts"
import { uncompressedName } from "../../../src/factories/logfile/names.ts"
import type { Code, FileRead, Layer, ListedFile, Plan, Role, Shape } from "../../../src/factories/logfile/plan.ts"

const utf8 = new TextEncoder()

/** Size and hash of a text. */
export const shapeOf = (text: string): Shape => {
  const bytes = utf8.encode(text)
  return { sizeBytes: bytes.length, hash: toHex(hash(bytes)) }
}

/** A file of the mirror. */
export interface MirrorFile {
  readonly kind: EntryKind
  readonly text: string
  readonly host?: string
  readonly isEdited?: boolean
  readonly kept?: string
}

/** A file of the host: its text; `decoded` is what it decompresses to; `code` why it takes no part. */
export interface HostText {
  readonly role: Role
  readonly text: string
  readonly decoded?: string | "incomplete"
  readonly code?: Code
}

/** What a mirror holds, by name. */
export type MirrorTexts = Readonly<Record<string, MirrorFile>>

/** What the host holds, by name. */
export type HostTexts = Readonly<Record<string, HostText>>

/** The entries of a mirror. */
export const entriesOf = (mirror: MirrorTexts): ReadonlyArray<Entry> =>
  Object.entries(mirror).map(([name, { host, isEdited = false, kept, kind, text }]) => ({
    name,
    kind,
    host: host ?? name,
    ...shapeOf(text),
    isEdited,
    ...(kept === undefined ? {} : { keptHash: shapeOf(kept).hash })
  }))

/** The host's files as they are read beside a mirror: each is compared with every entry, in its layer. */
export const filesOf = (host: HostTexts, mirror: MirrorTexts): ReadonlyArray<ListedFile> =>
  Object.entries(host).map(([name, { code, decoded, role, text }]): ListedFile => {
    if (code !== undefined) return { status: "out", name, code }
    const isDecoded = decoded !== undefined && decoded !== "incomplete"
    const starts = new Map<string, Layer>()
    for (const [entry, { text: tracked }] of Object.entries(mirror)) {
      const layer = isDecoded && uncompressedName(entry) === undefined ? "decoded" : "raw"
      if (tracked !== "" && (layer === "raw" ? text : decoded!).startsWith(tracked)) starts.set(entry, layer)
    }
    const read: FileRead = { status: "read", name, role, raw: shapeOf(text), starts }
    return decoded === undefined ? read : { ...read, decoded: isDecoded ? shapeOf(decoded) : "incomplete" }
  })

/** The outcomes of a plan, by name. */
export const codesOf = ({ outcomes }: Plan): Readonly<Record<string, string>> =>
  Object.fromEntries(outcomes.map(({ code, name }) => [name, code]))

/** What the mirror holds after a plan. Throws where two files would have one name. */
export const afterPlan = ({ steps }: Plan, mirror: MirrorTexts, host: HostTexts): MirrorTexts => {
  const after = new Map(Object.entries(mirror))
  for (const { before } of steps) if (before !== undefined) after.delete(before.name)
  for (const { after: entry, before, write } of steps) {
    if (entry === undefined) continue
    if (after.has(entry.name)) throw new Error(`two files are called ${entry.name}`)
    const old = before === undefined ? "" : mirror[before.name]!.text
    const file = write === undefined ? undefined : host[write.file]!
    const source = file === undefined ? old : write!.layer === "raw" ? file.text : file.decoded!
    if (write?.how === "complete" && !source.startsWith(old))
      throw new Error(`${entry.name} is completed by another file`)
    after.set(entry.name, {
      kind: entry.kind,
      text: source,
      ...(entry.host === entry.name ? {} : { host: entry.host }),
      ...(entry.keptHash === undefined ? {} : { kept: mirror[before!.name]!.kept! })
    })
  }
  return Object.fromEntries(after)
}
