/**
 * Programs that people use for the same as Pond.
 */
import { spawnSync } from "node:child_process"

/** Which of these programs are not installed; says so, because nothing is compared with them. */
export const sayMissing = (programs: ReadonlyArray<string>): ReadonlySet<string> => {
  const missing = programs.filter(
    (program) => spawnSync(program, ["--version"], { stdio: "ignore" }).error !== undefined
  )
  for (const program of missing) {
    process.stdout.write(
      `LEFT OUT: ${program} is not installed; \`node scripts/bench-peers.ts\` does that where it can.\n`
    )
  }
  return new Set(missing)
}
