import { describe, expect, it } from "@effect/vitest"
import {
  BytesNotKept,
  ConditionalPutIgnored,
  InvalidObjectKey,
  ObjectMissing,
  ObjectRangeOutside,
  StoreFailed,
  StoreFull,
  StoreReadOnly
} from "../../../src/store/errors.ts"

const place = { url: "/data/pond", key: "_delta_log/7.json", operation: "putIfAbsent" } as const
const cause = new Error("the system's own words")

describe("errors of a store", () => {
  it.each([
    [new ObjectMissing(place), /\/data\/pond has no object "_delta_log\/7\.json": .*removed/],
    [
      new ObjectRangeOutside({ ...place, start: 5, end: 9, sizeBytes: 7 }),
      /bytes 5 to 9 .* has 7 bytes.*check it against its hash/
    ],
    [
      new StoreFull({ ...place, code: "ENOSPC", cause }),
      /putIfAbsent .* in \/data\/pond: no room left \(ENOSPC\)\. Free space/
    ],
    [
      new StoreReadOnly({ ...place, code: "EROFS", cause }),
      /writing is not permitted \(EROFS\)\. Check owner, permissions and mount/
    ],
    [
      new StoreFailed({ ...place, code: "EIO", transient: false, cause }),
      /failed \(EIO: the system's own words\)\. Check the medium/
    ],
    [
      new StoreFailed({ ...place, code: "EMFILE", transient: true, cause }),
      /failed \(EMFILE: .*\)\. Repeat it in a moment/
    ],
    [new ConditionalPutIgnored(place), /ignores "create only if absent".*Use a server with conditional writes/],
    [new BytesNotKept({ ...place, sizeBytes: 9, hash: "ab" }), /9 bytes .*\(BLAKE3 ab\).*dry run.*Run it for real/]
  ])("%s says what, where, why and what to do", (error, message) => {
    expect(error.message).toMatch(message)
    expect(error.message).toContain(error.url)
    expect(error.message).toContain(JSON.stringify(error.key))
  })

  it("names an operation without a key", () => {
    const error = new StoreFull({ url: "/pond", key: "", operation: "write", code: "ENOSPC", cause })
    expect(error.message).toMatch(/^write in \/pond: no room left/)
  })

  it("escapes control characters in names", () => {
    const error = new InvalidObjectKey({ key: "a\u001b[31m\0", reason: "it has a NUL character" })
    expect(error.message).toBe('"a\\u001b[31m\\u0000" is not a key of a store: it has a NUL character')
  })
})
