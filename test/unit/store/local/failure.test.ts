import { describe, expect, it } from "@effect/vitest"
import type { Operation } from "../../../../src/store/errors.ts"
import { FileFault, isAbsent, storeFailure } from "../../../../src/store/local/failure.ts"

const failed = (code: string, operation: Operation = "putIfAbsent") =>
  storeFailure({ url: "/pond", key: "a", operation }, new FileFault(code, "the system's words"))

describe("storeFailure", () => {
  it.each([
    ["ENOSPC", "StoreFull"],
    ["EDQUOT", "StoreFull"],
    ["EFBIG", "StoreFull"],
    ["EROFS", "StoreReadOnly"],
    ["EACCES", "StoreReadOnly"],
    ["EPERM", "StoreReadOnly"],
    ["EIO", "StoreFailed"],
    ["ENOENT", "StoreFailed"],
    ["EMFILE", "StoreFailed"]
  ])("makes of %s while writing: %s", (code, tag) => {
    expect(failed(code)).toMatchObject({ _tag: tag, url: "/pond", key: "a", operation: "putIfAbsent", code })
  })

  it("does not call a store read-only that may not be read", () => {
    expect(failed("EACCES", "get")).toMatchObject({ _tag: "StoreFailed", code: "EACCES", transient: false })
    expect(failed("EACCES", "list")).toMatchObject({ _tag: "StoreFailed" })
  })

  it.each(["EMFILE", "ENFILE", "EAGAIN", "EINTR", "EBUSY", "ENOMEM"])("takes %s for passing", (code) => {
    expect(failed(code)).toMatchObject({ _tag: "StoreFailed", transient: true })
  })

  it("throws bugs on: only the system's errors are failures of the store", () => {
    const bug = new TypeError("undefined is not a function")
    expect(() => storeFailure({ url: "/pond", key: "a", operation: "get" }, bug)).toThrow(bug)
  })

  it("knows absence", () => {
    expect(isAbsent(new FileFault("ENOENT", ""))).toBe(true)
    expect(isAbsent(new FileFault("ENOTDIR", ""))).toBe(true)
    expect(isAbsent(new FileFault("EACCES", ""))).toBe(false)
    expect(isAbsent(new Error("ENOENT"))).toBe(false)
  })
})
