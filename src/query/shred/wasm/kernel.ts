/**
 * The kernel that takes lines apart and packs what they hold: a WebAssembly module with memory of its own, of which every thread has an instance.
 */
import { compiled, instanceOf, type WasmModule } from "../../../bao/wasm/host.ts"
import { shredCode } from "./code.ts"
import { ESCAPED, MASKS, MONTHS, POWERS } from "./layout.ts"

/** The functions of an instance; what they are given and give are addresses and counts. */
export interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly lines: (shape: number, start: number, end: number, row: number, rowEnd: number) => number
  readonly unescape: (kinds: number, cells: number, count: number, room: number) => number
  readonly pack: (cells: number, count: number, out: number) => number
  readonly findPlaces: (cells: number, count: number) => number
  readonly packPlaces: (count: number, width: number, out: number) => number
  readonly copyTexts: (cells: number, count: number, out: number) => number
  readonly countKind: (kinds: number, count: number, kind: number) => number
  readonly gather: (kinds: number, cells: number, count: number) => number
  readonly levels: (kinds: number, count: number, out: number) => number
  readonly mark: (kinds: number, count: number, marks: number) => number
  readonly markKind: (kinds: number, count: number, marks: number, kind: number) => number
  readonly deepen: (from: number, count: number, to: number) => number
  readonly depths: (kinds: number, count: number, objects: number) => number
  readonly toReals: (kinds: number, cells: number, count: number) => number
  readonly times: (
    cells: number,
    count: number,
    has: number,
    separator: number,
    hasFraction: number,
    zoneBytes: number,
    out: number
  ) => number
  readonly uuids: (cells: number, count: number, out: number) => number
}

let known: WasmModule | undefined

/** The module, compiled once for all threads; undefined where the engine cannot run it. */
export const shredModule = (): WasmModule | undefined => (known ??= compiled(shredCode))

/** What letters behind a backslash mean (RFC 8259, section 7). */
const ESCAPES = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" }

/** The days of each month, the first one being the second. */
const MONTH_DAYS = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
const daysBefore = (month: number): number => MONTH_DAYS.slice(0, month).reduce((sum, days) => sum + days, 0)

/** Makes an instance of the module, with a memory of its own. */
export const kernelOf = (module: WasmModule): Kernel => {
  const kernel = instanceOf(module) as Kernel
  const { buffer } = kernel.memory
  new BigUint64Array(buffer, POWERS, 9).set(Array.from({ length: 9 }, (_, power) => 10n ** BigInt(power)))
  new Int32Array(buffer, MONTHS, 2 * MONTH_DAYS.length).set(
    MONTH_DAYS.flatMap((days, month) => [daysBefore(month), days])
  )
  const escaped = new Uint8Array(buffer, ESCAPED, 256)
  for (const [letter, meant] of Object.entries(ESCAPES)) escaped[letter.codePointAt(0)!] = meant.codePointAt(0)!
  for (let length = 0; length <= 16; length += 1) new Uint8Array(buffer, MASKS + 16 * length, length).fill(255)
  return kernel
}
