/**
 * A seal for tests: keyed, so that it cannot be mistaken for a plain hash of the bytes.
 */
import { createHmac } from "node:crypto"
import type { Seal } from "../../../src/delta/seal.ts"

/** HMAC-SHA-256 in hex. */
export const testSeal: Seal = { digest: (bytes) => createHmac("sha256", "test").update(bytes).digest("hex") }
