import { defineConfig } from "vitest/config"

/** Comparisons with other programs; `npm run test:interop` installs those and names in POND_LEFT_OUT what it could not. */
const leftOut = (process.env["POND_LEFT_OUT"] ?? "").split(",").filter((program) => program !== "")

export default defineConfig({
  test: {
    name: "interop",
    include: ["test/interop/**/*.test.ts"],
    exclude: leftOut.map((program) => `test/interop/**/*${program}*.test.ts`),
    passWithNoTests: true,
    globalSetup: "test/support/build.ts",
    testTimeout: 120_000,
    hookTimeout: 120_000
  }
})
