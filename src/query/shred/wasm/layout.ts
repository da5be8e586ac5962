/**
 * Where things lie in the memory of the kernel, in bytes. Memory that nothing is written to is never taken from the machine.
 */

/** Rows of a group, at most. */
export const ROWS_MAX = 128 * 1024

/** Bytes of text that are taken apart at once, at most. */
export const SLAB_BYTES = 8 * 1024 * 1024

/** Columns of a group, at most. */
export const COLUMNS_MAX = 128

/** Objects that a column lies in, at most: how deep a row goes takes up to four bits. */
export const DEPTH_MAX = 14

/** Texts of a dictionary, at most. */
export const DICTIONARY_MAX = 1024
/** Places of the table that finds them. */
export const TABLE_PLACES = 4 * DICTIONARY_MAX

/** Differences that are packed together. */
export const BLOCK = 128

/** What vectors reach beyond what they are about. */
const REACH = 64

let end = 0

const area = (bytes: number): number => {
  const address = end
  end = Math.ceil((end + bytes + REACH) / REACH) * REACH
  return address
}

/** What functions tell beside their results: see `State`. */
export const STATE = area(64)
/** Places in the state: the row after the last one that was read; how many columns came; the least and the greatest number, of 64 bits; nothing of use. */
export const State = { row: 0, order: 4, least: 8, greatest: 16, asked: 24 } as const

/** Powers of ten as integers of 64 bits, from 10^0 to 10^8. */
export const POWERS = area(9 * 8)

/** For each month, from 1 on, the days of a year before it, and its own, of 32 bits each. */
export const MONTHS = area(13 * 8)

/** For each byte behind a backslash the one that is meant; 0: none. */
export const ESCAPED = area(256)

/** Differences of the block that is packed. */
export const DIFFERENCES = area(BLOCK * 8)

/** For each place of the table, 1 and the number of the text in the dictionary; 0: nothing. */
export const TABLE = area(4 * TABLE_PLACES)
/** Where the texts of a dictionary begin and end. */
export const DICTIONARY = area(8 * DICTIONARY_MAX)
/** The first 16 bytes of the texts of a dictionary, zeros behind those that are shorter. */
export const VECTORS = area(16 * DICTIONARY_MAX)
/** For each number up to 16 a vector with all bits of so many bytes. */
export const MASKS = area(17 * 16)
/** For each text of a column its number in the dictionary, in 16 bits; a group of eight may go beyond. */
export const PLACES = area(2 * ROWS_MAX)

/** Bytes of parts and edges, at most. */
export const PARTS_BYTES = 4 * 1024 * 1024
/** Parts of lines and what follows them: see `lines`. The first one is that before lines. */
export const PARTS = area(PARTS_BYTES)

/** Bytes of text: lines, and behind them room for texts that were written with escapes. */
export const TEXT_BYTES = 2 * SLAB_BYTES + REACH
/** Where the text begins. */
export const TEXT = area(TEXT_BYTES)

/** What is made of a column: all of the text at most, or numbers of 16 bytes, and what is said of them. */
export const OUTPUT = area(TEXT_BYTES + 18 * ROWS_MAX)

/** For each row whether there is a value, or how deep it goes: up to four bits. */
export const LEVELS = area(ROWS_MAX / 2)

/** Bytes before the kinds of a column, of which the first one tells whether something is left to be read by others. */
export const FLAG_BYTES = 64
/** Where among these, in 32 bits, is the place of the column in the order in which columns came, from 1; 0: it did not come. */
export const ORDER = 4
/** Behind the kinds are the values, of 64 bits each. */
const COLUMN_BYTES = FLAG_BYTES + ROWS_MAX + REACH + 8 * ROWS_MAX + REACH
const COLUMNS = area(COLUMNS_MAX * COLUMN_BYTES)

/** Where the kinds of a column begin, by its number; its flag lies `FLAG_BYTES` before. */
export const kindsOf = (column: number): number => COLUMNS + column * COLUMN_BYTES + FLAG_BYTES
/** Where the values of a column begin. */
export const cellsOf = (column: number): number => kindsOf(column) + ROWS_MAX + REACH

/** Size of the memory in WebAssembly's pages of 64 KiB. */
export const PAGES = Math.ceil(end / 65_536)

/** What the value of a row is: `none`: its line lacks the key; of `escaped` and `written`, the text has yet to be read; `empty`: an object without keys. */
export const Kind = {
  none: 0,
  integer: 1,
  real: 2,
  text: 3,
  true: 4,
  false: 5,
  null: 6,
  escaped: 7,
  written: 8,
  empty: 9
} as const
