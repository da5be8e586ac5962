/**
 * Counts the tests in the JSON reports of vitest, and prints `N passed, N failed, N skipped` as its last line.
 *
 * A report that is missing or unreadable, and a test file that did not get as far as its tests, count as one failure each:
 * what did not run is not a success. Exits with 1 when anything failed.
 */
import { readFileSync } from "node:fs"

/** What a report says: the states of all its tests, and what went wrong outside of them. */
const read = (path) => {
  try {
    const { testResults } = JSON.parse(readFileSync(path, "utf8"))
    return testResults.flatMap(({ assertionResults, message, name, status }) => {
      const states = assertionResults.map((result) => result.status)
      if (status !== "failed" || states.includes("failed")) return states
      console.log(`${name}: ${message}`)
      return [...states, "failed"]
    })
  } catch (error) {
    console.log(`${path}: no report of the tests: ${error.message}`)
    return ["failed"]
  }
}

const states = process.argv.slice(2).flatMap(read)
const count = (...wanted) => states.filter((state) => wanted.includes(state)).length
const failed = count("failed")
const passed = count("passed")
console.log(`${passed} passed, ${failed} failed, ${states.length - passed - failed} skipped`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1
