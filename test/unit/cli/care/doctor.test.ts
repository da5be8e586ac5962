/**
 * What the doctor makes of what was measured.
 */
import { describe, expect, it } from "vitest"
import { clockCheck, modeCheck, spaceCheck } from "../../../../src/cli/care/doctor.ts"

const GIB = 1024 ** 3

describe("the doctor", () => {
  it.each([
    [100 * GIB, 200 * GIB, "ok"],
    [0.5 * GIB, 2 * GIB, "attention"],
    [9 * GIB, 200 * GIB, "attention"],
    [11 * GIB, 200 * GIB, "ok"]
  ])("judges %i bytes free of %i", (free, total, state) => {
    expect(spaceCheck(free, total).state).toBe(state)
  })

  it("sees a clock that is behind the history", () => {
    const nowMs = Date.UTC(2026, 10, 21, 8)
    expect(clockCheck(nowMs, (nowMs - 60_000) * 1000)).toMatchObject({ state: "ok", found: "2026-11-21T08:00:00Z" })
    expect(clockCheck(nowMs, (nowMs + 4000) * 1000).state).toBe("ok")
    expect(clockCheck(nowMs, (nowMs + 3 * 3_600_000) * 1000)).toMatchObject({
      state: "attention",
      found: "2026-11-21T08:00:00Z, and the newest transaction is 3 h later",
      advice: expect.stringContaining("set the clock")
    })
  })

  it.each([
    [0o40700, true, "ok", "mode 0700"],
    [0o40755, true, "ok", "mode 0755"],
    [0o40750, false, "ok", "mode 0750, owned by somebody else"],
    [0o40770, true, "attention", "mode 0770"],
    [0o40777, true, "attention", "mode 0777"]
  ])("judges the mode %i", (mode, isOwn, state, found) => {
    expect(modeCheck(mode, isOwn)).toMatchObject({ state, found })
  })
})
