/**
 * The pages that are made from the program are those that it makes now, and leave nothing out.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { cliPage, configPage, withoutAnswer } from "../../scripts/docs/pages.ts"
import { ROOT } from "../support/root.ts"

const RENEW = "this page is stale: `node scripts/docs.ts` renews it"

describe("the documentation made from the program", () => {
  it("docs/cli.md is what the command says of itself", async () => {
    expect(readFileSync(join(ROOT, "docs/cli.md"), "utf8"), RENEW).toBe(await cliPage())
  })

  it("docs/config.md is what the settings say", () => {
    expect(readFileSync(join(ROOT, "docs/config.md"), "utf8"), RENEW).toBe(configPage())
  })

  it("says of every command what it answers with --json", async () => {
    expect(await withoutAnswer(), "scripts/docs/answers.ts lists the answers").toEqual([])
  })
})
