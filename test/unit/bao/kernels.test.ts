/** Which kernel is chosen, and what callers of any kernel may rely on. */
import { describe, expect, it } from "vitest"
import { CHUNK_BYTES, GROUP_BYTES, HASH_BYTES, PAIR_BYTES } from "../../../src/bao/constants.ts"
import { KernelBroken } from "../../../src/bao/errors.ts"
import type { Kernel } from "../../../src/bao/kernel.ts"
import { firstSound, kernel, kernelModule } from "../../../src/bao/kernels.ts"
import { HASH, keyed } from "../../../src/bao/mode.ts"
import { portableKernel } from "../../../src/bao/portable.ts"
import { givesKnownAnswers } from "../../../src/bao/selftest.ts"
import { noise } from "../../support/bao/content.ts"
import { chunks, group, groups, KERNELS, parents, root, vectorKernel } from "../../support/bao/kernels.ts"

/** A portable kernel, one of whose calls writes a wrong bit into its last output byte. */
const broken = (call: "chunks" | "groups" | "group" | "parents" | "root" | "compress"): Kernel => {
  const sound = portableKernel()
  const wrong = (...args: ReadonlyArray<unknown>): void => {
    ;(sound[call] as (...args: ReadonlyArray<unknown>) => void)(...args)
    const out = args.at(-1) as Uint8Array
    out[out.length - 1]! ^= 1
  }
  return { ...sound, [call]: wrong }
}

describe("the choice", () => {
  it("is the vector kernel on every supported version of Node, one for the thread, from one module", () => {
    expect(kernel().name).toBe("wasm-simd")
    expect(kernel()).toBe(kernel())
    expect(kernelModule()).toBe(kernelModule())
  })

  it("passes over what cannot be made", () => {
    expect(firstSound([() => undefined, portableKernel]).name).toBe("portable")
  })

  it.each(["chunks", "groups", "group", "parents", "root", "compress"] as const)(
    "passes over a kernel whose %s is wrong by one bit",
    (call) => {
      expect(givesKnownAnswers(broken(call))).toBe(false)
      expect(firstSound([() => broken(call), vectorKernel]).name).toBe("wasm-simd")
    }
  )

  it("fails, naming the kernels, when none is sound", () => {
    expect(() => firstSound([() => broken("root"), () => undefined])).toThrow(new KernelBroken("portable"))
  })
})

describe.each(KERNELS.map((kernel) => ({ name: kernel.name, kernel })))("the $name kernel", ({ kernel }) => {
  it("gives the known answers", () => {
    expect(givesKnownAnswers(kernel)).toBe(true)
  })

  it("refuses to hash more than it is given", () => {
    const short = noise(GROUP_BYTES - 1)
    expect(() => kernel.chunks(HASH, short, 16, 0, new Uint8Array(16 * HASH_BYTES))).toThrow(RangeError)
    expect(() => kernel.groups(HASH, short, 1, 0, new Uint8Array(HASH_BYTES))).toThrow(RangeError)
    expect(() => kernel.parents(HASH, short, 256, new Uint8Array(256 * HASH_BYTES))).toThrow(RangeError)
    expect(() => kernel.root(HASH, short.subarray(0, 63), new Uint8Array(HASH_BYTES))).toThrow(RangeError)
  })

  it("refuses an output that is too small", () => {
    expect(() => kernel.chunks(HASH, noise(9 * CHUNK_BYTES), 9, 0, new Uint8Array(9 * HASH_BYTES - 1))).toThrow(
      RangeError
    )
  })

  it("hashes what lies in its window, and changes nothing there by hashing what lies elsewhere", () => {
    const content = noise(kernel.window.length, 5)
    kernel.window.set(content)
    for (const bytes of [0, 1, 5000, GROUP_BYTES]) {
      const inside = kernel.window.subarray(777, 777 + bytes)
      expect(group(HASH, inside, 3, false)(kernel)).toEqual(group(HASH, inside.slice(), 3, false)(kernel))
    }
    for (const end of [1, 9, 64]) {
      const inside = kernel.window.subarray(0, end * GROUP_BYTES)
      expect(groups(HASH, inside, 16)(kernel)).toEqual(groups(HASH, inside.slice(), 16)(kernel))
      expect(chunks(HASH, inside, 3)(kernel)).toEqual(chunks(HASH, inside.slice(), 3)(kernel))
      expect(parents(HASH, inside)(kernel)).toEqual(parents(HASH, inside.slice())(kernel))
    }
    const pair = kernel.window.subarray(kernel.window.length - PAIR_BYTES)
    expect(root(HASH, pair)(kernel)).toEqual(root(HASH, pair.slice())(kernel))
    expect(Buffer.compare(kernel.window, content)).toBe(0)
  })

  it("makes the levels of a tree in place", () => {
    const count = 5000
    const pairs = noise(count * PAIR_BYTES).slice()
    const expected = new Uint8Array(count * HASH_BYTES)
    kernel.parents(HASH, pairs.slice(), count, expected)
    kernel.parents(HASH, pairs, count, pairs)
    expect(Buffer.compare(pairs.subarray(0, expected.length), expected)).toBe(0)
    const pair = pairs.slice(0, PAIR_BYTES)
    kernel.parents(HASH, pair, 1, pair.subarray(HASH_BYTES))
    expect(pair.subarray(HASH_BYTES)).toEqual(parents(HASH, pairs.slice(0, PAIR_BYTES))(kernel).subarray(32, 64))
  })

  it("takes another key with every call", () => {
    const [one, other] = [keyed(noise(32, 1)), keyed(noise(32, 2))]
    const content = noise(5000)
    const first = group(one, content, 0, true)(kernel)
    expect(group(other, content, 0, true)(kernel)).not.toEqual(first)
    expect(group(one, content, 0, true)(kernel)).toEqual(first)
  })
})
