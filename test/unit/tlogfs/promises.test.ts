import { describe, expect, it } from "vitest"
import { join } from "node:path"
import { NotFound, TransactionConflict } from "../../../src/tinyfs/index.ts"
import { openPond } from "../../../src/index.ts"
import { Folder } from "../../support/pond.ts"
import { bytes } from "../../support/tlogfs/open.ts"

describe("a pond with promises", () => {
  it("is written and read like files", async () => {
    await using pond = await openPond("memory:")
    const { txn, value } = await pond.transaction(async (open) => {
      await open.mkdir("/a/b")
      await open.write("/a/b/f", "text")
      await open.append("/log", bytes("line\n"))
      await open.symlink("a/b", "/link")
      await open.move("/a/b/f", "/a/b/g")
      expect(await open.readText("/link/g")).toBe("text")
      return open.remove("/log")
    })
    expect([txn, value]).toStrictEqual([1, 1])
    const head = await pond.head()
    expect(head.txn).toBe(1)
    expect(head.root).toMatch(/^[0-9a-f]{64}$/)
    expect((await head.list("/")).map(({ path }) => path)).toStrictEqual(["/a", "/link"])
    expect((await head.glob("/a/*/*")).map(({ captures }) => captures)).toStrictEqual([["b", "g"]])
    expect(await head.exists("/log")).toBe(false)
    expect((await head.stat("/a/b/g")).content?.sizeBytes).toBe(4)
    expect(await head.readBytes("/a/b/g", { range: { start: 1, end: 3 } })).toStrictEqual(bytes("ex"))
    const parts: Array<Uint8Array> = []
    for await (const part of head.read("/a/b/g")) parts.push(part)
    expect(Buffer.concat(parts).toString()).toBe("text")
    expect((await (await pond.at(0)).list("/")).length).toBe(0)
  })

  it("makes no transaction where nothing changes", async () => {
    await using pond = await openPond("memory:")
    const nothing = await pond.transaction(async () => "value")
    expect(nothing).toStrictEqual({ value: "value", txn: undefined })
  })

  it("rejects with the typed error, or with what the program threw, and nothing remains (R2)", async () => {
    await using pond = await openPond("memory:")
    const head = await pond.head()
    await expect(head.stat("/nothing")).rejects.toBeInstanceOf(NotFound)
    await expect(head.readText("/nothing")).rejects.toMatchObject({ _tag: "NotFound", path: "/nothing" })
    await expect(pond.at(9)).rejects.toMatchObject({ _tag: "TxnMissing" })
    const own = new RangeError("my own")
    const failing = pond.transaction(async (open) => {
      await open.write("/f", "x")
      throw own
    })
    await expect(failing).rejects.toBe(own)
    await expect(pond.transaction((open) => open.remove("/f"))).rejects.toBeInstanceOf(NotFound)
    expect((await pond.head()).txn).toBe(0)
  })

  it("rejects one of two transactions that meet", async () => {
    await using pond = await openPond("memory:")
    const outer = pond.transaction(async (open) => {
      await open.write("/f", "outer")
      await pond.transaction((inner) => inner.write("/f", "inner"))
    })
    await expect(outer).rejects.toBeInstanceOf(TransactionConflict)
    expect(await (await pond.head()).readText("/f")).toBe("inner")
  })

  it("tells of changes as they come", async () => {
    await using pond = await openPond("memory:")
    await pond.transaction((open) => open.write("/f", "1"))
    const seen: Array<number> = []
    for await (const { header } of pond.changes(1)) {
      seen.push(header.txn)
      if (seen.length === 3) break
      await pond.transaction((open) => open.append("/log", "x"))
    }
    expect(seen).toStrictEqual([1, 2, 3])
  })

  it("is kept in a directory", async () => {
    using folder = new Folder()
    const place = join(folder.path, "new/pond")
    const first = await openPond(place)
    await first.transaction((open) => open.write("/f", "kept"), { author: "ann" })
    await first.close()
    await using second = await openPond(place)
    expect(second.id).toBe(first.id)
    expect(await (await second.head()).readText("/f")).toBe("kept")
  })
})
