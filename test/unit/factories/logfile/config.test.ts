import { Result, Schema } from "effect"
import { describe, expect, it } from "vitest"
import { LogfileConfig } from "../../../../src/factories/logfile/config.ts"
import { logfile } from "../../../../src/factories/logfile/factory.ts"

const MINIMAL = { archived_pattern: "/var/log/app-*.json", active_pattern: "/var/log/app.json", pond_path: "logs/app" }

const decode = (config: unknown) =>
  Schema.decodeUnknownResult(LogfileConfig)(config, { errors: "all", onExcessProperty: "error" })

const problem = (config: unknown): string => {
  const decoded = decode(config)
  return Result.isFailure(decoded) ? decoded.failure.message : ""
}

describe("the configuration of a mirror", () => {
  it("is patterns and a place, and what else may be said", () => {
    expect(Result.isSuccess(decode(MINIMAL))).toBe(true)
    const more = { symlinks: "follow", compressed: "opaque", verification: "full", timestamp_unit: "iso" }
    expect(Result.isSuccess(decode({ ...MINIMAL, ...more, limits: { decompression_ratio: 10 } }))).toBe(true)
  })

  it("is refused with all that is wrong with it, by key", () => {
    const message = problem({ archived_pattern: "/a/../b", active_pattern: "app.json", pond_path: "/", colour: "red" })
    for (const part of ["archived_pattern", "..", "active_pattern", "absolute", "pond_path", "root", "colour"]) {
      expect(message).toContain(part)
    }
    expect(problem({})).toMatch(/archived_pattern[^]*active_pattern[^]*pond_path/)
    expect(problem({ ...MINIMAL, limits: { decompressed_bytes: 0 } })).toContain("decompressed_bytes")
    expect(problem({ ...MINIMAL, symlinks: "maybe" })).toContain("symlinks")
    expect(problem({ ...MINIMAL, pond_path: "../x" })).toContain("pond_path")
  })

  it("does not stand beside another of the same place and names", () => {
    const others = [{ path: "/system/etc/a", config: MINIMAL }]
    const among = (config: object) =>
      logfile.problemAmong?.({ ...MINIMAL, ...config }, others as never, "/system/etc/b")
    expect(among({ pond_path: "/logs/app/" })).toContain("/system/etc/a")
    expect(among({ pond_path: "/logs/other" })).toBe(undefined)
    const apart = { active_pattern: "/var/log/web.log", archived_pattern: "/var/log/web.log.*" }
    expect(among(apart)).toBe(undefined)
    expect(among({ ...apart, archived_pattern: "/srv/app*" })).toContain("/srv/app*")
  })

  it("tells what to watch", () => {
    const watches = logfile.commands.sync?.watches
    expect(watches?.(MINIMAL)).toStrictEqual(["/var/log"])
    const spread = { ...MINIMAL, active_pattern: "/srv/*/{a,b}.log", archived_pattern: "/var/{x,y}/z.log" }
    expect(watches?.(spread)).toStrictEqual(["/srv", "/var/x", "/var/y"])
  })
})
