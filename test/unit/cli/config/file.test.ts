import { Result } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { editSettings, parseSettings } from "../../../../src/cli/config/file.ts"
import { YAML_LENGTH_MAX } from "../../../../src/factories/yaml.ts"
import { SETTING_KEYS, type Settings } from "../../../../src/cli/config/settings.ts"

const read = (text: string, isProject = false) => Result.getOrThrow(parseSettings(text, isProject))
const problems = (text: string, isProject = false) => Result.getOrThrow(Result.flip(parseSettings(text, isProject)))

describe("parseSettings", () => {
  it("reads keys and sections", () => {
    expect(read("")).toEqual({})
    expect(read("# nothing\n")).toEqual({})
    expect(read('author: ""\nlog:\n  limit: 0\nfactories: [a, b]\n')).toEqual({
      author: "",
      "log.limit": 0,
      factories: ["a", "b"]
    })
    expect(read("log.limit: 3\n")).toEqual({ "log.limit": 3 })
    expect(read("log: {}\n")).toEqual({})
  })

  it("tells everything that is wrong at once", () => {
    expect(problems("autor: x\nlog: 5\nlock:\n  wiat: 3\n  wait: -1\nurl:\nfactories: a\n")).toEqual([
      "`autor` is not a key: did you mean `author`?",
      "`log` is a section, of log.limit",
      "`lock.wiat` is not a key: did you mean `lock.wait`?",
      "`lock.wait` cannot be -1",
      '`url` has no value: write one ("" is empty), or leave the key out',
      '`factories` cannot be "a"'
    ])
    expect(problems("zzz: 1\n")).toEqual([`\`zzz\` is not a key: there are ${SETTING_KEYS.join(", ")}`])
    expect(problems("- a\n")).toEqual(["it is not a mapping of keys to values"])
    expect(problems("a: [\n")[0]).toMatch(/^it is not YAML: /)
    expect(problems("__proto__: 1\n")[0]).toContain("`__proto__` is not a key")
  })

  it("lets no project run code", () => {
    expect(read("factories: [a]\n")).toEqual({ factories: ["a"] })
    expect(problems("factories: [a]\n", true)).toEqual([
      "`factories` cannot be set for a project, only for a user or a system"
    ])
  })

  it("has bounds", () => {
    expect(problems(`author: ${"x".repeat(YAML_LENGTH_MAX)}\n`)).toEqual([`it is longer than ${YAML_LENGTH_MAX} bytes`])
    const bomb = Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`).join("\n")
    expect(problems(`a0: &a0 [x, x]\n${bomb}\nfactories: *a30\n`)).toEqual(["it has too many values, or lies too deep"])
  })
})

describe("editSettings", () => {
  it.each([
    ["", "author", "a", 'author: "a"\n'],
    ["", "log.limit", 5, "log:\n  limit: 5\n"],
    ["# mine\nauthor: x # me\nurl: y\n", "author", "z", '# mine\nauthor: "z"\nurl: y\n'],
    ["log:\n    limit: 1 # few\nurl: y\n", "log.limit", 2, "log:\n    limit: 2\nurl: y\n"],
    ["log: # section\nurl: y\n", "log.limit", 2, "log: # section\n  limit: 2\nurl: y\n"],
    ["factories:\n  - a\n  - b\nurl: y\n", "factories", [], "factories: []\nurl: y\n"],
    ["factories:\n- a\n- b\nurl: y\n", "factories", ["c"], 'factories: ["c"]\nurl: y\n'],
    ["author: |\n  long\n  text\nurl: y", "author", "", 'author: ""\nurl: y\n']
  ] as const)("changes one key of %j: %s to %j", (text, key, value, edited) => {
    expect(editSettings(text, key, value)).toBe(edited)
  })

  it.each(["{ author: x }\n", "log: { limit: 1 }\n", '"author": x\n', "autor: x\n", "a: [\n"])(
    "leaves %j alone rather than guess",
    (text) => {
      expect(editSettings(text, "author", "z") ?? "alone").toBe(
        text.startsWith("log") ? `${text}author: "z"\n` : "alone"
      )
      expect(editSettings(text, "log.limit", 3)).toBe(
        text.startsWith('"author"') ? `${text}log:\n  limit: 3\n` : undefined
      )
    }
  )

  it("changes exactly what it should, whatever came before", () => {
    const setting = fc.oneof(
      fc.tuple(fc.constantFrom("url" as const, "author" as const), fc.string()),
      fc.tuple(fc.constant("factories" as const), fc.array(fc.string({ minLength: 1 }), { maxLength: 3 })),
      fc.tuple(fc.constant("log.limit" as const), fc.nat()),
      fc.tuple(fc.constant("lock.wait" as const), fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }))
    )
    fc.assert(
      fc.property(fc.array(setting, { maxLength: 12 }), (settings) => {
        let text = ""
        const wanted: Partial<Record<keyof Settings, unknown>> = {}
        for (const [key, value] of settings) {
          const edited = editSettings(text, key, value)
          // Text that YAML cannot hold in this form is left to a person.
          if (edited === undefined) continue
          text = edited
          wanted[key] = value
          expect(read(text)).toEqual(wanted)
        }
      })
    )
  })
})
