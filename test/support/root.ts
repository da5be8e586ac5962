/**
 * Where the project lies, for tests that look at its files.
 */
import { fileURLToPath } from "node:url"

/** The project's root folder, absolute, without a trailing `/`. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url)).replace(/[/\\]$/, "")
