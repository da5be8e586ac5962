/**
 * How many columns of a terminal text takes: East Asian wide characters and emoji take two, combining ones none.
 *
 * What terminals do is not standardised; this is what most of them agree on (Unicode Standard Annex 11, emoji of UTS 51).
 */

/** Blocks whose characters are wide or full-width in UAX 11, first and last code point of each. */
const WIDE: ReadonlyArray<readonly [number, number]> = [
  [0x1100, 0x115f],
  [0x2329, 0x232a],
  [0x2e80, 0x303e],
  [0x3041, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18dff],
  [0x1aff0, 0x1b2ff],
  [0x1f200, 0x1f2ff],
  [0x20000, 0x3fffd]
]

const PRINTABLE_ASCII = /^[\x20-\x7e]*$/
const INVISIBLE = /^[\p{Mn}\p{Me}\p{Cf}]*$/u
const EMOJI = /^(?:\p{Emoji_Presentation}|\p{Emoji}\ufe0f|\p{Regional_Indicator}{2})/u

let segmenter: Intl.Segmenter | undefined

const graphemeColumns = (grapheme: string): number => {
  if (INVISIBLE.test(grapheme)) return 0
  if (EMOJI.test(grapheme)) return 2
  const code = grapheme.codePointAt(0)!
  return WIDE.some(([first, last]) => first <= code && code <= last) ? 2 : 1
}

/** Returns how many columns a terminal shows `text` in; it must hold no control characters. */
export const columnsOf = (text: string): number => {
  if (PRINTABLE_ASCII.test(text)) return text.length
  segmenter ??= new Intl.Segmenter("en")
  let columns = 0
  for (const { segment } of segmenter.segment(text)) columns += graphemeColumns(segment)
  return columns
}
