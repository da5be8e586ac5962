import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { layerMemory, type OpenTransaction, Persistence, ROOT_ID, slotKey } from "../../../src/tinyfs/index.ts"
import { bytes, committing, within } from "../../support/tinyfs/program.ts"

/** A pond with `/d/f`, `/d/g`, `/l` to `/d`, and the ids of these. */
const prepared = Effect.gen(function* () {
  const { events } = yield* committing((open) =>
    Effect.gen(function* () {
      yield* open.mkdir("/d")
      yield* open.write("/d/f", bytes("f"))
      yield* open.write("/d/g", bytes("g"))
      yield* open.symlink("d", "/l")
    })
  )
  const [d, f, g, l] = events.map(({ node }) => node.id) as [string, string, string, string]
  return { d, f, g, l }
})

/** What a program looked at. */
const readsOf = (program: (open: OpenTransaction) => Effect.Effect<unknown, unknown>) =>
  Effect.map(
    within((open) => Effect.map(Effect.ignore(program(open)), () => open.overlay.reads)),
    ({ value: { listings, nodes, slots } }) => ({
      nodes: [...nodes].toSorted(),
      slots: [...slots].toSorted(),
      listings: [...listings]
    })
  )

describe("what a transaction looked at", () => {
  it.effect("is every name on the way, found or not", () =>
    Effect.gen(function* () {
      const { d, f, l } = yield* prepared
      const root = slotKey(ROOT_ID, "d")
      expect(yield* readsOf((open) => open.stat("/d/f"))).toStrictEqual({
        nodes: [d, f],
        slots: [root, slotKey(d, "f")].toSorted(),
        listings: []
      })
      expect(yield* readsOf((open) => open.exists("/d/x"))).toStrictEqual({
        nodes: [d],
        slots: [root, slotKey(d, "x")].toSorted(),
        listings: []
      })
      expect(yield* readsOf((open) => open.readText("/l/f"))).toStrictEqual({
        nodes: [d, f, l].toSorted(),
        slots: [slotKey(ROOT_ID, "l"), root, slotKey(d, "f")].toSorted(),
        listings: []
      })
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("is the root itself only where it was asked for", () =>
    Effect.gen(function* () {
      yield* prepared
      expect(yield* readsOf((open) => open.stat("/"))).toStrictEqual({ nodes: [ROOT_ID], slots: [], listings: [] })
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("is a listing with everything in it, where one was made", () =>
    Effect.gen(function* () {
      const { d, f, g, l } = yield* prepared
      const listed = { nodes: [d, f, g].toSorted(), slots: [slotKey(ROOT_ID, "d")], listings: [d] }
      expect(yield* readsOf((open) => open.list("/d"))).toStrictEqual(listed)
      expect(yield* readsOf((open) => open.glob("/d/*"))).toStrictEqual(listed)
      expect(yield* readsOf((open) => open.glob("/d/f"))).toStrictEqual({
        nodes: [d, f],
        slots: [slotKey(ROOT_ID, "d"), slotKey(d, "f")].toSorted(),
        listings: []
      })
      expect(yield* readsOf((open) => open.glob("/d/{f,x}/*.log"))).toMatchObject({ listings: [] })
      expect(yield* readsOf((open) => open.glob("/l"))).toStrictEqual({
        nodes: [l],
        slots: [slotKey(ROOT_ID, "l")],
        listings: []
      })
      expect((yield* readsOf((open) => open.overlay.history(g))).nodes).toStrictEqual([g])
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("is not what the transaction made itself", () =>
    Effect.gen(function* () {
      const looked = yield* readsOf((open) =>
        Effect.gen(function* () {
          yield* open.mkdir("/new")
          yield* open.write("/new/f", bytes("x"))
          yield* open.move("/new/f", "/new/g")
          yield* open.readText("/new/g")
        })
      )
      expect(looked.slots.filter((key) => key.startsWith(ROOT_ID))).toStrictEqual([slotKey(ROOT_ID, "new")])
      expect(looked.nodes).toStrictEqual([])
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("stays looked at when what came of it is undone", () =>
    Effect.gen(function* () {
      const { f } = yield* prepared
      const looked = yield* readsOf((open) =>
        open.attempt(Effect.andThen(open.write("/d/f", bytes("x")), Effect.fail("no")))
      )
      expect(looked.nodes).toContain(f)
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("is asked of the view below once", () =>
    Effect.gen(function* () {
      yield* prepared
      const { head } = yield* Persistence
      const view = yield* head
      let asked = 0
      const counting = Object.assign(Object.create(view) as typeof view, {
        child: (parentId: string, name: string) => {
          asked += 1
          return view.child(parentId, name)
        }
      })
      const persistence = yield* Persistence
      const program = within((open) =>
        Effect.forEach(Array.from({ length: 10 }), () => Effect.andThen(open.stat("/d/f"), open.exists("/d/x")))
      )
      yield* Effect.provideService(program, Persistence, { ...persistence, head: Effect.succeed(counting) })
      expect(asked).toBe(3)
    }).pipe(Effect.provide(layerMemory))
  )
})
