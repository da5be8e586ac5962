/**
 * What lines are searched for, and what of it is known before anything is searched: a text that every match holds makes most bytes a matter of looking for
 * that text. Pure.
 */

/** What is searched for. */
export interface LineQuery {
  /** A regular expression of JavaScript, or the text itself. */
  readonly pattern: string
  readonly isText: boolean
  readonly ignoresCase: boolean
  /** Whether the lines are wanted that do not match. */
  readonly isInverted: boolean
  /** Lines that are wanted before and after each. */
  readonly before: number
  readonly after: number
  /** Lines after which the search ends. */
  readonly max: number
  /** Whether the numbers of lines are wanted: counting them takes its time. */
  readonly isCounting: boolean
  /** Whether the lines are wanted, or only how many there are. */
  readonly wantsLines: boolean
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")

const PLAIN = /[A-Za-z0-9 _=:;,"'`~!@#%&<>/-]/

/** Behind a backslash: what stands for one character, or a place between two. What else begins with a letter or digit is longer. */
const CLASS = /[dDwWsSbBtrfv]/

/**
 * Texts that are in every match of an expression, as far as it is easy to see, the longest first: none where there are alternatives.
 */
export const requiredTexts = (pattern: string): ReadonlyArray<string> => {
  if (pattern.includes("|")) return []
  const texts = new Set<string>()
  let run = ""
  let depth = 0
  const end = (): void => {
    texts.add(run)
    run = ""
  }
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at]!
    if (character === "\\") {
      at += 1
      const escape = pattern[at] ?? "a"
      if (CLASS.test(escape)) end()
      else if (/[A-Za-z0-9]/.test(escape)) break
      else if (depth === 0 && !/[*?{]/.test(pattern[at + 1] ?? "")) run += escape
      else end()
    } else if (character === "[") {
      end()
      for (at++; at < pattern.length && pattern[at] !== "]"; at++) if (pattern[at] === "\\") at += 1
    } else if (character === "{") {
      end()
      while (at < pattern.length && pattern[at] !== "}") at += 1
    } else if (character === "(") {
      end()
      depth += 1
    } else if (character === ")") depth -= 1
    else if (depth === 0 && PLAIN.test(character) && !/[*?{]/.test(pattern[at + 1] ?? "")) run += character
    else end()
  }
  end()
  texts.delete("")
  return [...texts].toSorted((left, right) => right.length - left.length)
}

/** A pattern that is nothing but a text. */
const textOf = ({ isText, pattern }: LineQuery): string | undefined =>
  isText || [...pattern].every((character) => PLAIN.test(character)) ? pattern : undefined

/** Most texts of an expression that are looked for, one after the other. */
const TEXTS_MAX = 3

/** How lines are found. */
export interface Plan {
  /** Texts without which there is no match, each alone, those first that are likely to be seldom; letters are small where case is ignored. */
  readonly texts: ReadonlyArray<Uint8Array>
  /** Whether every line with the first text matches. */
  readonly isExact: boolean
  /** Whether the pattern is nothing but a text: searching for it takes no longer than the bytes are many. */
  readonly isPlain: boolean
  /** Whether an expression sees what lies beside a match: lines must then be looked at one by one. */
  readonly seesAround: boolean
  /** The expression for lines of text, and for lines that are no UTF-8: what is not ASCII in it is then the bytes of its UTF-8. */
  readonly inText: Expressions
  readonly inBytes: Expressions
}

/** One expression: to go through many lines, and to look at one. */
export interface Expressions {
  readonly all: RegExp
  readonly one: RegExp
}

/** What who looks for texts can do. */
export interface Finding {
  readonly foldsCase: boolean
  readonly textBytesMax: number
  /** Whether expressions are for V8's engine of linear time, which takes no memory for places to go back to; it does not know all of them. */
  readonly isLinear?: boolean
}

const isAsciiText = (text: string): boolean => /^[\x00-\x7f]*$/.test(text)

/**
 * Makes the plan of a query, for who finds texts of at most so many bytes, and letters for each other or not. Throws a `SyntaxError` when the pattern is
 * no regular expression.
 */
export const planOf = (query: LineQuery, { foldsCase, isLinear = false, textBytesMax }: Finding): Plan => {
  const { ignoresCase, pattern } = query
  const flags = `m${ignoresCase ? "i" : ""}${isLinear ? "l" : ""}`
  const source = query.isText ? escaped(pattern) : pattern
  const make = (text: string) => ({ all: new RegExp(text, `g${flags}`), one: new RegExp(text, flags) })
  const whole = textOf(query)
  const required = whole === undefined ? requiredTexts(pattern).slice(0, TEXTS_MAX) : [whole]
  // Of other letters it is not known here what their small ones are.
  const isKnown = (text: string): boolean =>
    text !== "" && !text.includes("\n") && (!ignoresCase || (foldsCase && isAsciiText(text)))
  const texts = required.filter(isKnown).map((text) => Buffer.from(ignoresCase ? text.toLowerCase() : text))
  return {
    texts: texts.map((text) => text.subarray(0, textBytesMax)),
    isExact: whole !== undefined && texts.some(({ length }) => length <= textBytesMax),
    isPlain: whole !== undefined,
    seesAround: !query.isText && /\(\?<?[=!]/.test(pattern),
    inText: make(source),
    inBytes: make(Buffer.from(source).toString("latin1"))
  }
}
