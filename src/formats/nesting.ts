/**
 * How deep values are nested. The engine recurses, and a process whose stack is used up ends without a word: what is nested too deeply never reaches it.
 */

/** The deepest nesting that is read. */
export const DEPTH_MAX = 200

/** Why something nested too deeply is no row. */
export const TOO_DEEP = `nested deeper than ${DEPTH_MAX} levels`

/** A shorter line cannot be nested so deeply that the engine fails, which is some thousands of levels. */
export const HARMLESS_LINE_BYTES = 8 * 1024

/** Whether a value is nested too deeply. */
export const isTooDeep = (value: unknown, depth = 0): boolean => {
  if (typeof value !== "object" || value === null) return false
  return depth > DEPTH_MAX || Object.values(value).some((part) => isTooDeep(part, depth + 1))
}

const QUOTE = 34
const BACKSLASH = 92
/** `[` and `{`; `]` and `}` are two more. */
const OPENING: ReadonlySet<number> = new Set([91, 123])
const CLOSING: ReadonlySet<number> = new Set([93, 125])

/** Finds out how deep JSON text is nested, as its bytes pass. */
export class Nesting {
  #depth = 0
  #isString = false
  #isEscaped = false
  isTooDeep = false

  /** Takes the next bytes. */
  push(chunk: Uint8Array): void {
    for (const byte of chunk) {
      if (this.#isString) {
        if (this.#isEscaped) this.#isEscaped = false
        else if (byte === BACKSLASH) this.#isEscaped = true
        else if (byte === QUOTE) this.#isString = false
      } else if (byte === QUOTE) this.#isString = true
      else if (OPENING.has(byte)) {
        this.#depth += 1
        if (this.#depth > DEPTH_MAX) this.isTooDeep = true
      } else if (CLOSING.has(byte)) this.#depth -= 1
    }
  }
}
