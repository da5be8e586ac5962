import { describe, expect, it } from "vitest"
import * as errors from "../../../src/tinyfs/errors.ts"

const path = "/logs/app\u001b[31m.json"
const shown = JSON.stringify(path)

describe("the errors of a filesystem", () => {
  it("say what, where, why, and what to do", () => {
    const messages: ReadonlyArray<readonly [Error, ReadonlyArray<string>]> = [
      [new errors.NotFound({ path }), [shown, "does not exist", "List"]],
      [new errors.AlreadyExists({ path }), [shown, "exists already", "Choose another name"]],
      [new errors.NotADirectory({ path }), [shown, "is not a directory"]],
      [new errors.WrongType({ path, type: "dir", needed: "a file" }), [shown, "is a dir", "needs a file"]],
      [new errors.DirectoryNotEmpty({ path }), [shown, "not empty", "recursively"]],
      [new errors.InvalidPath({ path, reason: "it is odd" }), [shown, "it is odd"]],
      [new errors.InvalidAttributes({ path, reason: "they are odd" }), [shown, "they are odd"]],
      [new errors.MoveIntoItself({ path, target: "/x/y" }), [shown, '"/x/y"', "outside"]],
      [new errors.InvalidRange({ path, start: 2, end: 9, sizeBytes: 5 }), [shown, "5 bytes", "2 to 9"]],
      [new errors.SymlinkLoop({ path }), [shown, "symlinks"]],
      [new errors.SymlinkEscape({ path, target: "../.." }), [shown, '"../.."', "above the root"]],
      [new errors.WriterConflict({ path }), [shown, "Finish"]],
      [
        new errors.TransactionConflict({ url: "memory:", base: 3, winner: 5, what: "the node x" }),
        ["memory:", "txn 3", "txn 5", "the node x", "repeat"]
      ],
      [new errors.Pruned({ node: "n", path, version: 4 }), [shown, "version 4", "on purpose"]],
      [new errors.VersionMissing({ node: "n", path, version: 4 }), [shown, "version 4", "versions"]],
      [new errors.TxnMissing({ url: "memory:", requested: "txn 9", newest: 7 }), ["memory:", "txn 9", "0 to 7"]],
      [
        new errors.Damaged({ subject: "node n", version: 2, start: 10, end: 20, why: "a group differs" }),
        ["node n, version 2, bytes 10 to 20", "a group differs", "Restore"]
      ],
      [
        new errors.PersistenceFailed({ operation: "listing", url: "memory:", cause: new Error("EIO") }),
        ["listing", "EIO"]
      ]
    ]
    for (const [error, parts] of messages) for (const part of parts) expect(error.message).toContain(part)
  })

  it("show control characters of a path escaped", () => {
    expect(new errors.NotFound({ path }).message).not.toContain("\u001b")
  })

  it("cut a path that is none short", () => {
    expect(new errors.InvalidPath({ path: "x".repeat(100_000), reason: "too long" }).message.length).toBeLessThan(400)
  })

  it("leave out of damage what is not known of it", () => {
    const message = new errors.Damaged({ subject: "x", version: null, start: null, end: null, why: "odd" }).message
    expect(message).toMatch(/^x is damaged: odd/)
  })
})
