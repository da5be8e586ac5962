/**
 * A command line as somebody is typing it in Bash: its words, what is open at its end, and how a word is written there.
 *
 * Zsh and fish split and quote by themselves; Bash leaves both to whoever completes.
 */

/** What a line ends in. */
export interface Line {
  /** The words before the last one. */
  readonly words: ReadonlyArray<string>
  /** The last word as far as it is typed, empty after a space. */
  readonly current: string
  /** The quote that is open at the end. */
  readonly quote: "" | "'" | '"'
}

/** Splits a line as a shell would; what it would expand stays as it is. */
export const splitLine = (text: string): Line => {
  const words: Array<string> = []
  let current = ""
  let isWord = false
  let quote: Line["quote"] = ""
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!
    if (quote === "'") {
      if (character === "'") quote = ""
      else current += character
    } else if (character === "\\") {
      const next = text[at + 1] ?? ""
      // Between double quotes a backslash stands for itself before most characters.
      const isEscape = quote === "" || '\\"$`'.includes(next)
      current += isEscape ? next : character
      if (isEscape) at += 1
      isWord = true
    } else if (quote === '"') {
      if (character === '"') quote = ""
      else current += character
    } else if (character === "'" || character === '"') {
      quote = character
      isWord = true
    } else if (" \t\n".includes(character)) {
      if (isWord) words.push(current)
      current = ""
      isWord = false
    } else {
      current += character
      isWord = true
    }
  }
  return { words, current, quote }
}

/** Returns a word as it is written where a quote is open. */
export const quotedFor = (quote: Line["quote"], word: string): string => {
  if (quote === "'") return word.replaceAll("'", `'\\''`)
  if (quote === '"') return word.replaceAll(/[\\"$`]/gu, "\\$&")
  return word.replaceAll(/[^\w@%+=:,./~\u0080-\u{10ffff}-]/gu, "\\$&").replace(/^~/u, "\\~")
}
