import { defineConfig } from "vitest/config"

/** Tests that run the command need it built. */
const built = (name: string, include: string) => ({
  extends: true as const,
  test: { name, include: [include], globalSetup: "test/support/build.ts" }
})

export default defineConfig({
  test: {
    testTimeout: 30_000,
    hookTimeout: 30_000,
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
