/**
 * Key derivation, the third mode of BLAKE3 (paper section 2.3).
 */
import { Flags, IV } from "./constants.ts"
import { hash } from "./hasher.ts"
import type { Mode } from "./mode.ts"
import { wordsOf } from "./mode.ts"

/**
 * Makes the mode that derives keys, or hashes of one kind of thing, for a context: a fixed text, unique in the world
 * and never made from input. What is hashed is the key material.
 */
export const deriveKey = (context: string): Mode => ({
  key: wordsOf(hash(new TextEncoder().encode(context), { key: IV, flags: Flags.deriveKeyContext })),
  flags: Flags.deriveKeyMaterial
})
