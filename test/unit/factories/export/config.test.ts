import { expect, it } from "vitest"
import { configProblem, type ExportConfig, partitionsOf } from "../../../../src/factories/export/config.ts"
import { exporter } from "../../../../src/factories/export/factory.ts"

const TO = { to: "/srv/lake" }

it.each<readonly [config: ExportConfig, problem: string | undefined]>([
  [{ ...TO, source: "/a" }, undefined],
  [{ to: "s3://bucket/lake?region=eu-central-1", query: "SELECT 1" }, undefined],
  [{ to: "${env:LAKE}", source: "/a" }, undefined],
  [TO, "one of both"],
  [{ ...TO, source: "/a", query: "SELECT 1" }, "one of both"],
  [{ to: "lake", source: "/a" }, "no absolute path"],
  [{ to: "https://example.org/x", source: "/a" }, "nothing can be written to a web server"],
  [{ ...TO, source: "/a", partition: ["a", "A=1"] }, "one name is there twice"],
  [{ ...TO, source: "/a", partition: ["=1"] }, "a column needs a name"]
])("what is wrong with %j", (config, problem) => {
  if (problem === undefined) expect(configProblem(config)).toBeUndefined()
  else expect(configProblem(config)).toContain(problem)
})

it("two exports cannot keep one table", () => {
  const others = [{ path: "/system/etc/first", config: { ...TO, source: "/a" } }]
  const problem = exporter.problemAmong?.({ to: "/srv/lake/", source: "/b" }, others, "/system/etc/second")
  expect(problem).toBe("to: /system/etc/first exports there already")
})

it("a partition is a column, or a name with what makes it", () => {
  expect(partitionsOf({ ...TO, partition: ["level", "hour=hour(time) = 3"] })).toEqual([
    { name: "level", expression: undefined },
    { name: "hour", expression: "hour(time) = 3" }
  ])
})
