import { describe, expect, it } from "@effect/vitest"
import { Malformed } from "../../../src/delta/errors.ts"
import { decodePath, encodePath, hiveComponent, isHidden, pathToKey } from "../../../src/delta/path.ts"

describe("encodePath", () => {
  it("encodes each component, so that decoding gives the key back", () => {
    const key = "site=c%2Fd/a b/ü#?%.parquet"
    expect(encodePath(key)).toBe("site=c%252Fd/a%20b/%C3%BC%23%3F%25.parquet")
    expect(decodePath(encodePath(key))).toBe(key)
  })

  it("hides a colon, which would look like a scheme", () => {
    expect(encodePath("a:b")).toBe("a%3Ab")
    expect(pathToKey("a%3Ab", "/root")).toBe("a:b")
  })
})

describe("pathToKey", () => {
  it.each([
    ["x/a%20b.parquet", "/t", "x/a b.parquet"],
    ["/t/x.parquet", "/t", "x.parquet"],
    ["file:/t/x.parquet", "/t", "x.parquet"],
    ["file:///t/x.parquet", "file:///t/", "x.parquet"],
    ["file:///my%20table/x.parquet", "file:///my%20table", "x.parquet"],
    ["s3://bucket/t/x.parquet", "s3://bucket/t", "x.parquet"]
  ])("%s below %s is %s", (path, root, key) => expect(pathToKey(path, root)).toBe(key))

  it.each([
    ["../x", "/t"],
    ["a/../../x", "/t"],
    ["%2e%2e/x", "/t"],
    ["a//b", "/t"],
    ["", "/t"],
    ["./a", "/t"],
    ["/etc/passwd", "/t"],
    ["/table/x", "/t"],
    ["/t/../x", "/t"],
    ["s3://other/x", "s3://bucket/t"],
    ["file:///x", "s3://bucket/t"],
    ["%2Fetc/passwd", "/t"],
    ["%ff", "/t"]
  ])("refuses %s below %s", (path, root) => expect(() => pathToKey(path, root)).toThrow(Malformed))
})

describe("hiveComponent", () => {
  it("escapes what directory names cannot hold", () => {
    expect(hiveComponent("site", "c/d")).toBe("site=c%2Fd")
    expect(hiveComponent("t", "2021-09-08 11:11:11")).toBe("t=2021-09-08 11%3A11%3A11")
    expect(hiveComponent("a=b", "%")).toBe("a%3Db=%25")
  })

  it("names null and the empty string alike", () => {
    expect(hiveComponent("x", null)).toBe("x=__HIVE_DEFAULT_PARTITION__")
    expect(hiveComponent("x", "")).toBe("x=__HIVE_DEFAULT_PARTITION__")
  })
})

describe("isHidden", () => {
  it.each([
    ["a.parquet", false],
    ["_2=x/a.parquet", false],
    ["_delta_log/0.json", true],
    ["_blobs/ab/x.parquet", true],
    ["dir/.tmp.parquet", true],
    ["_x.parquet", true]
  ])("%s: %s", (key, hidden) => expect(isHidden(key)).toBe(hidden))
})
