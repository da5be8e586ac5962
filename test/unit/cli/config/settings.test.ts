import { Option } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  BUILT_IN_TEXT,
  builtIn,
  isSettingKey,
  SETTING_KEYS,
  settingFromText,
  settingValue,
  variableOf
} from "../../../../src/cli/config/settings.ts"

describe("settingFromText", () => {
  it.each([
    ["author", "", ""],
    ["author", "0", "0"],
    ["author", "a,b", "a,b"],
    ["url", "s3://bucket/prefix?region=x", "s3://bucket/prefix?region=x"],
    ["log.limit", "0", 0],
    ["lock.wait", "0.5", 0.5],
    ["factories", "", []],
    ["factories", "a, @b/c ,", ["a", "@b/c"]],
    ["factories", '["a,b"]', ["a,b"]]
  ] as const)("reads %s=%j", (key, text, value) => {
    expect(settingFromText(key, text)).toEqual(Option.some(value))
  })

  it.each([
    ["log.limit", ""],
    ["log.limit", "1.5"],
    ["log.limit", "-1"],
    ["log.limit", "ten"],
    ["lock.wait", "1e999"],
    ["lock.wait", "true"],
    ["factories", '[""]']
  ] as const)("refuses %s=%j", (key, text) => {
    expect(settingFromText(key, text)).toEqual(Option.none())
  })

  it("gives back what it is given as JSON, and text as it is", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 })), fc.nat(), fc.string(), (list, count, text) => {
        expect(settingFromText("factories", JSON.stringify(list))).toEqual(Option.some(list))
        expect(settingFromText("log.limit", JSON.stringify(count))).toEqual(Option.some(count))
        expect(settingFromText("author", text)).toEqual(Option.some(text))
      })
    )
  })
})

describe("what can be configured", () => {
  it("has a value that its key takes, a text for the documentation, and a variable, for every key", () => {
    const values = builtIn()
    expect(SETTING_KEYS.every((key) => Option.isSome(settingValue(key, values[key])))).toBe(true)
    expect(Object.keys(BUILT_IN_TEXT)).toEqual(SETTING_KEYS)
    for (const key of SETTING_KEYS) {
      if (key !== "author") expect(BUILT_IN_TEXT[key]).toBe(JSON.stringify(values[key]))
    }
    expect(SETTING_KEYS.map(variableOf)).toContain("POND_LOG_LIMIT")
    expect(new Set(SETTING_KEYS.map(variableOf)).size).toBe(SETTING_KEYS.length)
    expect([isSettingKey("log.limit"), isSettingKey("log"), isSettingKey("toString")]).toEqual([true, false, false])
  })
})
