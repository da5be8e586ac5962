import { expect, it } from "vitest"
import { decodeFacts, encodeFacts, type Fact, isSettled, isUntouched } from "../../../../src/factories/logfile/facts.ts"

const stat = { dev: 2n ** 40n, ino: 2n ** 63n + 1n, sizeBytes: 900, mtimeNs: 10n ** 18n + 1n, ctimeNs: 10n ** 18n + 2n }
const fact: Fact = { stat, isSettled: true, raw: { sizeBytes: 900, hash: "ab" } }
const now = { ...stat, isRegular: true }

it("come back as they were kept, to the last nanosecond", () => {
  const packed: Fact = { ...fact, isSettled: false, decoded: { sizeBytes: 7, hash: "cd" } }
  const facts = new Map([
    ["a\nb", fact],
    ["é", packed],
    ["differing", { ...fact, differsFrom: "ef" }],
    ["both", { ...packed, differsFrom: "ef" }]
  ])
  expect(decodeFacts(encodeFacts(facts))).toStrictEqual(facts)
  expect(decodeFacts(encodeFacts(new Map()))).toStrictEqual(new Map())
})

it("count as lost when they were lost or damaged", () => {
  expect(decodeFacts(undefined).size).toBe(0)
  const bytes = encodeFacts(new Map([["a", fact]]))
  for (let at = 0; at < bytes.length; at++) {
    const damaged = bytes.slice()
    damaged[at]! ^= 1
    // What ends the line of the hash is not looked at.
    if (at !== 64) expect(decodeFacts(damaged).size).toBe(0)
    expect(decodeFacts(bytes.slice(0, at)).size).toBe(0)
  }
})

it("stand for bytes only when all five are equal, and were older than two seconds", () => {
  expect(isUntouched(fact, now)).toBe(true)
  expect(isUntouched({ ...fact, isSettled: false }, now)).toBe(false)
  for (const change of [{ dev: 1n }, { ino: 1n }, { sizeBytes: 901 }, { mtimeNs: 1n }, { ctimeNs: 1n }]) {
    expect(isUntouched(fact, { ...now, ...change })).toBe(false)
  }
  const second = 10n ** 9n
  expect(isSettled(now, now.ctimeNs + 2n * second)).toBe(false)
  expect(isSettled(now, now.ctimeNs + 2n * second + 1n)).toBe(true)
  expect(isSettled({ ...now, mtimeNs: now.mtimeNs + 9n * second }, now.ctimeNs + 3n * second)).toBe(false)
})
