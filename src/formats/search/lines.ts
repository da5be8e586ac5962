/**
 * Lines of a block of bytes: where they end, which are text, and which are not among some.
 */
import { isUtf8 } from "node:buffer"

/** The byte that ends a line. */
export const LINE_FEED = 10

/** Where the line that begins at a place ends. */
export const lineEnd = (block: Buffer, start: number): number => {
  const end = block.indexOf(LINE_FEED, start)
  return end < 0 ? block.length : end
}

/** Lines that lie together and are all text, or all none. */
export interface Run {
  readonly start: number
  readonly end: number
  readonly isText: boolean
}

/** The lines of a block that is not all text, as runs. */
export const runs = (block: Buffer): ReadonlyArray<Run> => {
  const found: Array<Run> = []
  const add = (start: number, end: number, isText: boolean): void => {
    const last = found.at(-1)
    if (last?.isText === isText) found[found.length - 1] = { ...last, end }
    else if (end > start) found.push({ start, end, isText })
  }
  const foreign = /[\x80-\xff]/g
  const text = block.toString("latin1")
  let next = 0
  for (let match = foreign.exec(text); match !== null; match = foreign.exec(text)) {
    const start = match.index === 0 ? 0 : block.lastIndexOf(LINE_FEED, match.index - 1) + 1
    const end = Math.min(block.length, lineEnd(block, match.index) + 1)
    add(next, start, true)
    add(start, end, isUtf8(block.subarray(start, end)))
    next = end
    foreign.lastIndex = end
  }
  add(next, block.length, true)
  return found
}

/** The lines of a block that are not among some. */
export const others = (block: Buffer, spans: ReadonlyArray<number>): Array<number> => {
  const found: Array<number> = []
  let next = 0
  for (let at = 0; at <= spans.length; at += 2) {
    const until = spans[at] ?? block.length
    while (next < until) {
      const end = lineEnd(block, next)
      found.push(next, end)
      next = end + 1
    }
    next = (spans[at + 1] ?? block.length) + 1
  }
  return found
}
