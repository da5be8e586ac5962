import { describe, expect, it } from "@effect/vitest"
import { decodeAction, encodeAction } from "../../../src/delta/actions.ts"
import type { Action } from "../../../src/delta/actions.ts"
import { Malformed } from "../../../src/delta/errors.ts"
import { parseJson } from "../../../src/delta/json.ts"

const decode = (line: string): Action | undefined => decodeAction(parseJson(line))

describe("decodeAction", () => {
  it("reads an add exactly", () => {
    const line =
      '{"add":{"path":"a","partitionValues":{"p":"1","q":null},"size":9007199254740993,"modificationTime":1,' +
      '"dataChange":true,"stats":"{}","tags":{"__proto__":"x"},"unknown":{"deep":[1]}}}'
    expect(decode(line)).toEqual({
      add: {
        path: "a",
        partitionValues: new Map([
          ["p", "1"],
          ["q", null]
        ]),
        size: 9007199254740993n,
        modificationTime: 1n,
        dataChange: true,
        stats: "{}",
        tags: new Map([["__proto__", "x"]]),
        deletionVector: undefined
      }
    })
  })

  it.each(['{"future":{"x":1}}', "{}", '{"add":null}', '{"toString":{"x":1}}', '{"__proto__":{"x":1}}'])(
    "ignores %s",
    (line) => expect(decode(line)).toBeUndefined()
  )

  it.each([
    ['{"add":{"path":1}}', "add.path must be a string"],
    ['{"add":{"path":"a","size":-1,"modificationTime":1,"dataChange":true}}', "add.size must not be negative"],
    ['{"add":{"path":"a","size":1.5,"modificationTime":1,"dataChange":true}}', "add.size must be a 64-bit"],
    ['{"add":{"path":"a","partitionValues":{"p":1},"size":1}}', "add.partitionValues.p must be a string or null"],
    ['{"protocol":{"minReaderVersion":"1"}}', "protocol.minReaderVersion must be a count"],
    ['{"metaData":{"id":"x","format":[]}}', "metaData.format must be an object"],
    ['{"domainMetadata":{"domain":"d","configuration":"c"}}', "domainMetadata.removed must be true or false"],
    ['{"txn":{"appId":"a","version":18446744073709551616}}', "txn.version must be a 64-bit"],
    ['{"add":{},"remove":{}}', "add.path"],
    ['{"txn":{"appId":"a","version":1},"protocol":{"minReaderVersion":1,"minWriterVersion":2}}', "two actions"],
    ["[]", "an action must be an object"]
  ])("refuses %s", (line, message) => {
    expect(() => decode(line)).toThrow(Malformed)
    expect(() => decode(line)).toThrow(message)
  })
})

describe("encodeAction", () => {
  it("writes fields in the protocol's order, without absent ones", () => {
    const action: Action = {
      add: {
        dataChange: false,
        modificationTime: 2n,
        size: 9223372036854775807n,
        path: "a",
        partitionValues: new Map([["p", null]]),
        stats: undefined
      }
    }
    expect(encodeAction(action)).toBe(
      '{"add":{"path":"a","partitionValues":{"p":null},"size":9223372036854775807,"modificationTime":2,"dataChange":false}}'
    )
  })

  it("writes commitInfo as it is", () => {
    expect(encodeAction({ commitInfo: { inCommitTimestamp: 1, operation: "WRITE", extra: { a: [1n] } } })).toBe(
      '{"commitInfo":{"inCommitTimestamp":1,"operation":"WRITE","extra":{"a":[1]}}}'
    )
  })
})
