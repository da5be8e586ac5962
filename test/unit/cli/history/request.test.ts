/**
 * Requests as people read them.
 */
import { describe, expect, it } from "vitest"
import { requestText } from "../../../../src/cli/history/request.ts"

describe("requestText", () => {
  it.each([
    [`{"command":"copy","paths":["host:a b","/x",""]}`, `copy "host:a b" /x ""`],
    [`{"command":"prune","paths":["/l/**"],"keep":3,"olderThan":"30d"}`, "prune /l/** --keep 3 --older-than 30d"],
    [`{"command":"mkdir","paths":["/a"],"parents":true,"quiet":false,"mode":null}`, "mkdir /a --parents"],
    [`{"command":"run","words":["/system/etc/logs","sync"]}`, "run logs sync"],
    ["by hand", "by hand"],
    ["", ""],
    ["{", "{"],
    ["null", "null"],
    [`{"other":1}`, `{"other":1}`],
    [`{"command":1}`, `{"command":1}`]
  ])("reads %s", (request, text) => {
    expect(requestText(request)).toBe(text)
  })
})
