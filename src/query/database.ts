/**
 * DuckDB, loaded when it is used: databases in memory that may read only what they are given (reliability: user SQL).
 *
 * Each database is locked down before anything else runs in it, in the one order in which that works: extensions off, limits, allowed places,
 * then no other access, then no more settings. An interrupted query is interrupted in the engine, and waited for; one that does not stop is given up.
 */
import type * as Engine from "@duckdb/node-api"
import { Effect, type Scope } from "effect"
import { EngineMissing, QueryFailed } from "./errors.ts"
import { giveUp, isStuck } from "./stuck.ts"

const PACKAGE = "@duckdb/node-api"

/** What came of loading the engine: what is not there is not looked for again, and may look as if it were. */
let loading: Promise<typeof Engine> | undefined

/** Loads the engine. */
export const loadEngine: Effect.Effect<typeof Engine, EngineMissing> = Effect.tryPromise({
  try: () => (loading ??= import("@duckdb/node-api")),
  catch: (cause) => new EngineMissing({ packageName: PACKAGE, cause })
})

/** A text as a literal of SQL. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** A name as an identifier of SQL. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** A list of texts as a literal of SQL. */
export const literals = (texts: ReadonlyArray<string>): string => `[${texts.map(literal).join(", ")}]`

/** What a database may use. */
export interface Allowance {
  readonly memoryMb: number
  readonly threads: number
  /** A directory for what does not fit in memory. */
  readonly spill: string
  readonly spillMb: number
  /** A directory, ending in a slash, that may be read and written. */
  readonly directory?: string
  /** Files that may be read. */
  readonly files?: ReadonlyArray<string>
}

const lockDown = ({ directory, files, memoryMb, spill, spillMb, threads }: Allowance): ReadonlyArray<string> => [
  "SET autoinstall_known_extensions = false",
  "SET autoload_known_extensions = false",
  "SET allow_community_extensions = false",
  `SET memory_limit = '${memoryMb}MB'`,
  `SET threads = ${threads}`,
  "SET TimeZone = 'UTC'",
  // A path that was read may hold other bytes later.
  "SET enable_external_file_cache = false",
  `SET temp_directory = ${literal(spill)}`,
  `SET max_temp_directory_size = '${spillMb}MB'`,
  `SET allowed_directories = ${literals(directory === undefined ? [] : [directory])}`,
  `SET allowed_paths = ${literals(files ?? [])}`,
  "SET enable_external_access = false",
  "SET lock_configuration = true"
]

/** The engine repeats values in what it says, of whatever length. */
const SAID_CHARACTERS_MAX = 1000

/** What the engine advises where memory does not suffice: settings, which nobody can make here. */
const ADVICE = /(?<=^Out of Memory Error: .*)\s*Possible solutions:[^]*$/u
const OWN_ADVICE = ". Ask for less, or allow more memory (--memory, sql.memory)"

const bounded = (text: string): string =>
  text.length <= SAID_CHARACTERS_MAX ? text : `${text.slice(0, SAID_CHARACTERS_MAX).toWellFormed()}…`

/** What the engine says, on one line, and where in the statement. */
export const failureOf = (cause: unknown, sql = ""): QueryFailed => {
  const text = cause instanceof Error ? cause.message : String(cause)
  const [said = text, excerpt] = text.split(/\n\n?(?=LINE \d+: )/u)
  const position = positionOf(excerpt, sql)
  const where = position === null ? "" : ` (character ${position + 1} of the statement)`
  // What other languages take for a text is a name here.
  const [, name] = (position !== null && /^Binder Error: Referenced column "([^"]*)" not found/u.exec(said)) || []
  const hint =
    name !== undefined && sql[position ?? 0] === '"' ? `. Texts stand in single quotes: ${literal(name)}` : ""
  return new QueryFailed({
    problem: `${bounded(said)
      .trim()
      .replace(/\s*\n\s*/gu, " ")
      .replace(ADVICE, OWN_ADVICE)}${where}${hint}`,
    position
  })
}

const EXCERPT = /^LINE (\d+): (.*)\n( *)\^/u

/** Where the engine's excerpt points to: it shows a part of a line, with dots where it is cut. */
const positionOf = (excerpt: string | undefined, sql: string): number | null => {
  const [, number, shown, indent] = EXCERPT.exec(excerpt ?? "") ?? []
  if (shown === undefined) return null
  const lines = sql.split("\n")
  const before = lines.slice(0, Number(number) - 1).reduce((sum, line) => sum + line.length + 1, 0)
  const plain = shown.replace(/^\.\.\./u, "").replace(/\.\.\.$/u, "")
  const start = (lines[Number(number) - 1] ?? "").indexOf(plain)
  if (start < 0) return null
  const caret = indent!.length - `LINE ${number}: `.length - (shown.startsWith("...") ? 3 : 0)
  return before + start + Math.max(0, caret)
}

/** How long a query may take to stop when it is told to. Most stop at once, some functions of the engine never ask. */
const PATIENCE_MS = 2000

/** A call of the engine that runs. */
interface Call {
  readonly running: Promise<unknown>
  readonly fail: () => void
}

/** Waits until promises are settled, or for a while. */
const settledOrNot = async (promises: ReadonlyArray<Promise<unknown>>, patienceMs: number): Promise<void> => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const patience = new Promise((resolve) => {
    timer = setTimeout(resolve, patienceMs)
  })
  await Promise.race([patience, Promise.allSettled(promises)])
  clearTimeout(timer)
}

/** A database, and the ways to ask it. */
export class Database {
  readonly connection: Engine.DuckDBConnection
  readonly #instance: Engine.DuckDBInstance
  readonly #calls = new Set<Call>()

  constructor(instance: Engine.DuckDBInstance, connection: Engine.DuckDBConnection) {
    this.#instance = instance
    this.connection = connection
  }

  /** The same database, for somebody who asks at the same time. */
  get another(): Effect.Effect<Database, QueryFailed, Scope.Scope> {
    return Effect.map(connect(this.#instance), (connection) => new Database(this.#instance, connection))
  }

  /** Stops what runs, and waits until it has stopped; what does not stop is given up after a while, and fails. */
  stop(patienceMs = PATIENCE_MS): Effect.Effect<void> {
    return Effect.promise(async () => {
      this.connection.interrupt()
      await settledOrNot(
        [...this.#calls].map(({ running }) => running),
        patienceMs
      )
      for (const { fail, running } of this.#calls) {
        giveUp(this.#instance, running)
        fail()
      }
    })
  }

  /** Does something with the engine; an interruption stops it. */
  use<A>(make: (connection: Engine.DuckDBConnection) => Promise<A>, sql = ""): Effect.Effect<A, QueryFailed> {
    return Effect.callback<A, QueryFailed>((resume) => {
      const running = make(this.connection)
      const problem = "the engine was told to stop, and goes on"
      const call: Call = { running, fail: () => resume(Effect.fail(new QueryFailed({ problem, position: null }))) }
      this.#calls.add(call)
      const end = (exit: Effect.Effect<A, QueryFailed>): void => {
        this.#calls.delete(call)
        resume(exit)
      }
      running.then(
        (value) => end(Effect.succeed(value)),
        (cause: unknown) => end(Effect.fail(failureOf(cause, sql)))
      )
      return this.stop()
    })
  }

  /** Runs statements of our own, one after the other. */
  run(...statements: ReadonlyArray<string>): Effect.Effect<void, QueryFailed> {
    return Effect.forEach(statements, (sql) => this.use((connection) => connection.run(sql), sql), { discard: true })
  }

  /** The rows of a statement of our own, which has few. */
  rows<Row>(sql: string): Effect.Effect<ReadonlyArray<Row>, QueryFailed> {
    return this.use(
      async (connection) => (await connection.runAndReadAll(sql)).getRowObjectsJson() as unknown as ReadonlyArray<Row>,
      sql
    )
  }
}

const connect = (instance: Engine.DuckDBInstance) =>
  Effect.acquireRelease(
    Effect.tryPromise({ try: () => instance.connect(), catch: (cause) => failureOf(cause) }),
    // What still runs must not lose its database.
    (open) => Effect.sync(() => isStuck(instance) || open.closeSync())
  )

/** A new database, which nobody has used. */
const newInstance = Effect.flatMap(loadEngine, (engine) =>
  Effect.tryPromise({ try: () => engine.DuckDBInstance.create(":memory:"), catch: (cause) => failureOf(cause) })
)

/** Databases that are being made for whoever opens the next ones. */
const expected = new Set<Promise<Engine.DuckDBInstance | undefined>>()

/** Begins to make databases that will be opened soon, on other threads; those that are not are closed with the scope. */
export const expectDatabases = (count: number): Effect.Effect<void, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const making = Array.from({ length: count }, () =>
        Effect.runPromise(Effect.orElseSucceed(newInstance, () => undefined))
      )
      for (const one of making) expected.add(one)
      return making
    }),
    (making) =>
      Effect.promise(async () => {
        for (const one of making) if (expected.delete(one)) (await one)?.closeSync()
      })
  )

/** A database that was made before, or a new one; also where that one could not be made: then there is a reason to tell. */
const freshInstance = Effect.suspend(() => {
  const [first] = expected
  if (first === undefined) return newInstance
  expected.delete(first)
  return Effect.filterOrElse(
    Effect.promise(() => first),
    (made) => made !== undefined,
    () => newInstance
  )
})

/** Opens a database that may use so much; it is closed with the scope. */
export const openDatabase = Effect.fnUntraced(function* (allowance: Allowance) {
  const instance = yield* Effect.acquireRelease(freshInstance, (open) =>
    Effect.sync(() => isStuck(open) || open.closeSync())
  )
  const database = new Database(instance, yield* connect(instance))
  yield* database.run(...lockDown(allowance))
  return database
})
