/**
 * Writes the pages of the documentation that are made from the program itself: `docs/cli.md` and `docs/config.md`.
 */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { cliPage, configPage } from "./docs/pages.ts"

const docs = join(import.meta.dirname, "../docs")
writeFileSync(join(docs, "cli.md"), await cliPage())
writeFileSync(join(docs, "config.md"), configPage())
