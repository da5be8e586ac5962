/**
 * Calls of the engine that were told to stop and go on: some of its functions ask only between rows whether they should. Nobody waits for them, and
 * their database stays open until they end. A process cannot end while they run, since the runtime waits for its threads: see `leave` of the command.
 */

interface Closable {
  closeSync(): void
}

const stuck = new Map<Closable, Set<Promise<unknown>>>()

/** Whether anything of a database, or of any, still runs that was given up. */
export const isStuck = (database?: Closable): boolean => (database === undefined ? stuck.size > 0 : stuck.has(database))

/** Waits for a call no longer; its database is closed when it ends. */
export const giveUp = (database: Closable, call: Promise<unknown>): void => {
  const calls = stuck.get(database) ?? new Set()
  stuck.set(database, calls.add(call))
  const ended = (): void => {
    calls.delete(call)
    if (calls.size > 0) return
    stuck.delete(database)
    database.closeSync()
  }
  call.then(ended, ended)
}
