/**
 * Recognising rotation families by the names in a directory: an active file and the archives that rotators made of it. Pure.
 *
 * Names tell it: logrotate appends a number or a date, before the extension when it is told to; lumberjack and log4j put a time before
 * the extension; svlogd and multilog call the active file `current` and archives by the TAI64N label of their end. Compression
 * adds a suffix. A number alone is no rotation (`libfoo.so.1`, `worker-1.log`): the file that it was the number of must be there.
 */
import { compareKeys } from "../../store/key.ts"
import { uncompressedName } from "./names.ts"

/** How archives of a family are named. */
export type FamilyStyle = "numbered" | "dated" | "labelled"

/** An active file and what was rotated away from it. */
export interface Family {
  /** The name of the active file; it need not be there at the moment. */
  readonly active: string
  readonly archives: ReadonlyArray<string>
  readonly styles: ReadonlyArray<FamilyStyle>
  /** Globs over names that match the archives. */
  readonly patterns: ReadonlyArray<string>
}

/** What the name of an archive tells. */
interface Reading {
  readonly active: string
  readonly style: FamilyStyle
  readonly pattern: string
}

const LABEL = /^@[0-9a-f]{24}(?:\.[a-z])?$/

const CLOCK = String.raw`\d\d(?:[-:.]?\d\d(?:[-:.]?\d\d(?:[.,]\d{1,9})?)?)?`
const DATE = String.raw`(?:19|20)\d\d-?[01]\d(?:-?[0-3]\d(?:[T_-]?${CLOCK}Z?)?)?|1\d{9}`
/** What rotates more than once in the time that a date stands for is counted, or has the second beside it. */
const COUNTED_DATE = `(?:${DATE})(?:[.-](?:\\d{1,4}|1\\d{9}))?`
const NUMBER = String.raw`\d{1,4}`
const EXTENSION = String.raw`\.[A-Za-z][A-Za-z0-9]{0,9}`

const isOf = (pattern: string) => new RegExp(`^(.+?)([-._])(?:${pattern})$`)
const isOfWithExtension = (pattern: string) => new RegExp(`^(.+?)([-._])(?:${pattern})(${EXTENSION})$`)

/** Dates come first: a date is made of numbers. */
const FORMS = [
  { style: "dated", appended: isOf(COUNTED_DATE), inserted: isOfWithExtension(COUNTED_DATE) },
  { style: "numbered", appended: isOf(NUMBER), inserted: isOfWithExtension(NUMBER) }
] as const

/** The glob that matches just a text. */
export const escapeGlob = (text: string): string => text.replace(/[\\*?[\]{}]/g, "\\$&")

/** What the name of an archive may tell, the likeliest first. */
const readings = (name: string): ReadonlyArray<Reading> => {
  const plain = uncompressedName(name) ?? name
  if (LABEL.test(plain)) return [{ active: "current", style: "labelled", pattern: "@*" }]
  return FORMS.flatMap(({ appended, inserted, style }): ReadonlyArray<Reading> => {
    const [, stem, separator] = appended.exec(plain) ?? []
    const [, root, mark, extension] = inserted.exec(plain) ?? []
    return [
      ...(stem === undefined ? [] : [{ active: stem, style, pattern: `${escapeGlob(stem)}${separator}[0-9]*` }]),
      ...(root === undefined
        ? []
        : [
            {
              active: `${root}${extension}`,
              style,
              pattern: `${escapeGlob(root)}${mark}[0-9]*${escapeGlob(extension!)}*`
            }
          ])
    ]
  })
}

/** The reading of a name as an archive: of a file that is there, or else by a date or label, which nothing but an archive has. */
const readingOf = (name: string, names: ReadonlySet<string>): Reading | undefined => {
  const found = readings(name)
  return (
    found.find(({ active }) => active !== name && names.has(active)) ?? found.find(({ style }) => style !== "numbered")
  )
}

/** Finds the families among the names of a directory, in the order of their active files. */
export const families = (names: ReadonlyArray<string>): ReadonlyArray<Family> => {
  const known = new Set(names)
  const read = names.toSorted(compareKeys).flatMap((name) => {
    const reading = readingOf(name, known)
    return reading === undefined ? [] : [{ name, ...reading }]
  })
  // What is an archive itself is not the active file of others: app.log.1-20240131.backup.
  return [...Map.groupBy(read, ({ active }) => active)]
    .map(([active, members]) => ({
      active,
      archives: members.map(({ name }) => name),
      styles: [...new Set(members.map(({ style }) => style))],
      patterns: [...new Set(members.map(({ pattern }) => pattern))]
    }))
    .toSorted((left, right) => compareKeys(left.active, right.active))
}

/** The names of a family in the order in which their lines were written, the active one last. */
export const oldestFirst = ({ active, archives, styles }: Family): ReadonlyArray<string> => {
  const numberOf = (name: string): number => Number(/[-._](\d{1,4})(?:\.[A-Za-z]\w*)*$/.exec(name)?.[1] ?? 0)
  const isNumbered = styles.includes("numbered")
  return [...(isNumbered ? archives.toSorted((left, right) => numberOf(right) - numberOf(left)) : archives), active]
}

/** A word of a shell's line. */
const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)

/** A name for an instance: what the active file is called, or its directory where every file is called `current`. */
const labelOf = (active: string, directory: string): string => {
  const named = active === "current" ? (directory.split("/").findLast((part) => part !== "") ?? "") : active
  const plain = named.replace(/\.[A-Za-z][A-Za-z0-9]{0,9}$/, "") || named
  return plain.replace(/[^\w-]+/g, "-").replace(/^-+|-+$/g, "") || "logs"
}

/** Ready lines that mirror the families of a directory of the host, one for each. */
export const suggestions = (directory: string, found: ReadonlyArray<Family>): ReadonlyArray<string> => {
  const taken = new Set<string>()
  const base = escapeGlob(directory.replace(/\/+$/, ""))
  return found.map(({ active, patterns }) => {
    const label = labelOf(active, directory)
    let name = label
    for (let count = 2; taken.has(name); count++) name = `${label}-${count}`
    taken.add(name)
    const archived = patterns.length === 1 ? patterns[0]! : `{${patterns.join(",")}}`
    const words = ["--archived", `${base}/${archived}`, "--active", `${base}/${escapeGlob(active)}`]
    return ["pond add logfile", name, ...words.map(quoted), "--pond-path", `/logs/${name}`].join(" ")
  })
}
