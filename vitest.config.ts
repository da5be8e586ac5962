import { availableParallelism } from "node:os"
import { defineConfig } from "vitest/config"

/** Tests that run the command need it built. */
const built = (name: string, include: string) => ({
  extends: true as const,
  test: { name, include: [include], globalSetup: "test/support/build.ts" }
})

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Tests wait for processes and disks as much as they compute: two cores have room for two files.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        extends: true,
        test: {
          name: "source",
          include: ["test/{unit,property,simulation,golden}/**/*.test.ts", "test/*.test.ts"],
          exclude: ["test/docs.test.ts"]
        }
      },
      built("docs", "test/docs.test.ts"),
      built("cli", "test/cli/**/*.test.ts")
    ]
  }
})
