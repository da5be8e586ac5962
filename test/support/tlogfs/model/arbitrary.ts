/**
 * Operations by chance: few names, so that they meet; names that break what is careless.
 */
import * as fc from "fast-check"
import * as operation from "./operations.ts"
import type { Operation } from "./operations.ts"

const LONG = "x".repeat(255)
const NAMES = [
  "a",
  "b",
  "c",
  "__proto__",
  "constructor",
  "toString",
  "\u00e9",
  "e\u0301",
  LONG,
  "\ud83d\ude00",
  " ",
  "\uff5a"
]

const name = fc.oneof({ weight: 6, arbitrary: fc.constantFrom("a", "b", "c") }, fc.constantFrom(...NAMES))
const deep = (length: number) => fc.array(name, { minLength: length, maxLength: length })
const names = fc.oneof(
  { weight: 6, arbitrary: deep(1) },
  { weight: 4, arbitrary: deep(2) },
  { weight: 1, arbitrary: deep(3) }
)
const plainPath = names.map((parts) => `/${parts.join("/")}`)
const oddPath = fc.constantFrom(
  "/",
  "",
  "a",
  "a/b",
  "/a/",
  "/a/../b",
  "/a/./b",
  "//a//b",
  "..",
  "/../a",
  "/b/.",
  "/c/..",
  `/${LONG}x`,
  "/a/\0"
)
const path = fc.oneof({ weight: 25, arbitrary: plainPath }, oddPath)

const target = fc.oneof(
  plainPath,
  names.map((parts) => parts.join("/")),
  fc.constantFrom("..", "../..", "../a", "../b/c", ".", "/", "/a/", "./b", "b/../c", "", "a\0b")
)

const bytes = fc.oneof(
  { weight: 6, arbitrary: fc.uint8Array({ maxLength: 40 }) },
  { weight: 2, arbitrary: fc.constantFrom(0, 1, 63, 64, 65, 300, 1024).map((size) => new Uint8Array(size).fill(97)) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(16_384, 20_000, 49_152), fc.nat(3))
      .map(([size, fill]) => new Uint8Array(size).fill(fill))
  }
)

const value = fc.constantFrom<string | number | boolean | null>(
  "",
  "text",
  "\u2028",
  0,
  1,
  -7,
  2 ** 53 - 1,
  0.5,
  NaN,
  true,
  false,
  null
)

/** Draws any one operation of the model. */
export const anOperation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(path, fc.boolean()).map(([at, parents]) => operation.mkdir(at, parents)) },
  { weight: 5, arbitrary: fc.tuple(path, bytes).map(([at, content]) => operation.write(at, content)) },
  { weight: 1, arbitrary: fc.tuple(path, bytes).map(([at, content]) => operation.brokenWrite(at, content)) },
  { weight: 4, arbitrary: fc.tuple(path, bytes).map(([at, content]) => operation.append(at, content)) },
  { weight: 2, arbitrary: fc.tuple(path, bytes).map(([at, content]) => operation.addVersion(at, content)) },
  { weight: 2, arbitrary: fc.tuple(target, path).map(([to, at]) => operation.symlink(to, at)) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(path, fc.constantFrom("logfile", "remote"), fc.uint8Array({ maxLength: 3 }))
      .map(([at, factory, config]) => operation.configure(at, factory, config))
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.oneof({ weight: 3, arbitrary: path }, fc.constant("/")), fc.constantFrom(...NAMES), value)
      .map(([at, key, to]) => operation.attribute(at, key, to))
  },
  { weight: 6, arbitrary: fc.tuple(path, path).map(([from, to]) => operation.move(from, to)) },
  { weight: 3, arbitrary: fc.tuple(path, fc.boolean()).map(([at, recursive]) => operation.remove(at, recursive)) },
  { weight: 1, arbitrary: path.map(operation.look) },
  { weight: 1, arbitrary: path.map(operation.list) },
  { weight: 1, arbitrary: path.map(operation.read) }
)

/** The operations of one transaction. */
export const someOperations = fc.array(anOperation, { minLength: 1, maxLength: 8 })

/** Two transactions at once. */
export interface Race {
  readonly mine: ReadonlyArray<Operation>
  readonly others: ReadonlyArray<Operation>
  readonly isOneProcess: boolean
  /** The one works below `/left` alone, the other below `/right`. */
  readonly isDisjoint: boolean
}

const below = (directory: string) =>
  fc.array(
    fc.oneof(
      names.map((parts) => operation.mkdir(`/${directory}/${parts.join("/")}`, true)),
      fc.tuple(name, bytes).map(([at, content]) => operation.write(`/${directory}/${at}`, content)),
      fc.tuple(name, name).map(([from, to]) => operation.move(`/${directory}/${from}`, `/${directory}/${to}`)),
      name.map((at) => operation.remove(`/${directory}/${at}`, true)),
      fc.constant(operation.list(`/${directory}`))
    ),
    { minLength: 1, maxLength: 5 }
  )

const raceOf = (mine: fc.Arbitrary<Race["mine"]>, others: fc.Arbitrary<Race["others"]>, isDisjoint: boolean) =>
  fc.record<Race>({ mine, others, isOneProcess: fc.boolean(), isDisjoint: fc.constant(isDisjoint) })

/** Looks at a directory as a whole, and rests something on it. */
const overview = fc
  .tuple(
    fc.constantFrom(operation.list("/left"), operation.list("/"), operation.remove("/left", true)),
    bytes.map((content) => operation.write("/seen", content))
  )
  .map((all): ReadonlyArray<Operation> => all)

/** Two transactions at once, some of them without anything in common. */
export const aRace: fc.Arbitrary<Race> = fc.oneof(
  raceOf(someOperations, someOperations, false),
  raceOf(overview, below("left"), false),
  raceOf(below("left"), below("right"), true)
)

const crowded = fc.constantFrom("/crowd", "/crowd/a")

/** So many names in one directory that its hash tree grows branches, and loses them again. */
export const aCrowd = fc.array(
  fc.oneof(
    fc.tuple(crowded, fc.constantFrom(256, 257, 300)).map(([at, count]) => operation.crowd(at, 0, count)),
    fc
      .tuple(crowded, fc.constantFrom(0, 100), fc.constantFrom(1, 44, 150))
      .map(([at, first, count]) => operation.disperse(at, first, count))
  ),
  { minLength: 1, maxLength: 2 }
)
