import { Stream } from "effect"
import { describe, expect, it } from "vitest"
import { type Chain, elements, eventsOf, extended, type Step, type Touched } from "../../../src/tinyfs/journal.ts"
import { type Node, ROOT_ID } from "../../../src/tinyfs/node.ts"
import type { Staged } from "../../../src/tinyfs/persistence.ts"
import { contentOf, nodeOf } from "../../support/tinyfs/events.ts"

const chainOf = <A>(...all: ReadonlyArray<A>): Chain<A> | undefined =>
  all.reduce<Chain<A> | undefined>((before, last) => ({ last, before }), undefined)
const journalOf = (...steps: ReadonlyArray<Step>): Chain<Step> | undefined =>
  steps.reduce<Chain<Step> | undefined>(extended, undefined)
const staged = (version: number, text: string): Staged => ({
  content: contentOf(version, text),
  read: () => Stream.empty
})

let order = 0
const created = (node: Node, fields: Partial<Touched> = {}): Touched => ({
  node,
  isLive: true,
  origin: undefined,
  contents: undefined,
  order: order++,
  ...fields
})
const changed = (origin: Node, node: Node, fields: Partial<Touched> = {}): Touched =>
  created(node, { origin, ...fields })

/** Events as `kind name` and what else is told. */
const told = (nodes: ReadonlyArray<Touched>, journal?: Chain<Step>): ReadonlyArray<string> =>
  eventsOf(nodes, journal).map(({ event: { kind, node }, staged: bytes }) =>
    [
      `${kind} ${node.name}`,
      ...(node.content === undefined ? [] : [`v${node.content.version}`]),
      ...(bytes === undefined ? [] : ["with bytes"])
    ].join(" ")
  )

const a = nodeOf(1, "file", { name: "a", content: contentOf(1, "a") })
const b = nodeOf(2, "file", { name: "b", content: contentOf(1, "b") })
const at = (node: Node, name: string, parentId = ROOT_ID): Node => ({ ...node, name, parentId })

describe("a chain", () => {
  it("gives its elements in order, and shares its beginning", () => {
    const begin = chainOf(1, 2)
    expect(elements({ last: 3, before: begin })).toStrictEqual([1, 2, 3])
    expect(elements(begin)).toStrictEqual([1, 2])
    expect(elements(undefined)).toStrictEqual([])
  })
})

describe("the events of a transaction", () => {
  it("are none where nothing changed in the end", () => {
    expect(told([])).toStrictEqual([])
    expect(told([created(a, { isLive: false })], journalOf({ kind: "created", node: a }))).toStrictEqual([])
    expect(told([changed(a, { ...a, attributes: {} })])).toStrictEqual([])
    const there = { kind: "moved", node: at(a, "t"), from: a } as const
    const back = { kind: "moved", node: a, from: at(a, "t") } as const
    const between = { kind: "moved", node: at(b, "c"), from: b } as const
    const undone = { kind: "moved", node: b, from: at(b, "c") } as const
    expect(told([changed(a, a), changed(b, b)], journalOf(there, between, back, undone))).toStrictEqual([])
  })

  it("tell nothing of what came back, beside what did not", () => {
    const other = { kind: "removed", node: b } as const
    const there = { kind: "moved", node: at(a, "t"), from: a } as const
    const back = { kind: "moved", node: a, from: at(a, "t") } as const
    expect(told([changed(a, a), changed(b, b, { isLive: false })], journalOf(there, back, other))).toStrictEqual([
      "removed b v1"
    ])
  })

  it("create a node with its bytes, configuration and attributes at once", () => {
    const node = { ...a, attributes: { x: 1 } }
    const [change] = eventsOf(
      [
        created(node, {
          contents: chainOf({ staged: staged(1, "a"), isAnew: false, times: { minMicros: 1, maxMicros: 2 } })
        })
      ],
      journalOf({ kind: "created", node: nodeOf(1, "file", { name: "a" }) })
    )
    expect(change).toMatchObject({
      event: { kind: "created", node: { name: "a", attributes: { x: 1 }, content: { version: 1 } } },
      staged: { content: { version: 1 } }
    })
    expect(change!.event.times).toStrictEqual({ minMicros: 1, maxMicros: 2 })
  })

  it("swap names through a third one, step by step", () => {
    const journal = journalOf(
      { kind: "moved", node: at(a, "t"), from: a },
      { kind: "moved", node: at(b, "a"), from: b },
      { kind: "moved", node: at(a, "b"), from: at(a, "t") }
    )
    expect(told([changed(a, at(a, "b")), changed(b, at(b, "a"))], journal)).toStrictEqual([
      "moved t v1",
      "moved a v1",
      "moved b v1"
    ])
  })

  it("join moves of one node that follow each other", () => {
    const moves = journalOf(
      { kind: "moved", node: at(a, "t"), from: a },
      { kind: "moved", node: at(a, "u"), from: at(a, "t") }
    )
    expect(told([changed(a, at(a, "u"))], moves)).toStrictEqual(["moved u v1"])
    const made = journalOf({ kind: "created", node: a }, { kind: "moved", node: at(a, "u"), from: a })
    expect(told([created(at(a, "u"))], made)).toStrictEqual(["created u"])
  })

  it("replace a file by one with another name in steps that each find the name free", () => {
    const next = nodeOf(3, "file", { name: "t" })
    const journal = journalOf(
      { kind: "created", node: next },
      { kind: "removed", node: a },
      { kind: "moved", node: at(next, "a"), from: next }
    )
    expect(told([created(at(next, "a")), changed(a, a, { isLive: false })], journal)).toStrictEqual([
      "created t",
      "removed a v1",
      "moved a"
    ])
  })

  it("leave out a directory that was made and removed, but not while something that stays was in it", () => {
    const outer = nodeOf(8, "dir", { name: "outer" })
    const inner = nodeOf(9, "dir", { name: "inner", parentId: outer.id })
    const other = nodeOf(10, "dir", { name: "other" })
    const passing = (node: Node) => created(node, { isLive: false })
    const journal = journalOf(
      { kind: "created", node: outer },
      { kind: "created", node: inner },
      { kind: "created", node: other },
      { kind: "moved", node: at(a, "a", inner.id), from: a },
      { kind: "moved", node: at(b, "c"), from: b },
      { kind: "moved", node: at(a, "z"), from: at(a, "a", inner.id) },
      { kind: "removed", node: other },
      { kind: "removed", node: inner },
      { kind: "removed", node: outer }
    )
    const touched = [passing(outer), passing(inner), passing(other), changed(a, at(a, "z")), changed(b, at(b, "c"))]
    expect(told(touched, journal)).toStrictEqual([
      "created outer",
      "created inner",
      "moved a v1",
      "moved c v1",
      "moved z v1",
      "removed inner",
      "removed outer"
    ])
  })

  it("leave out directories in which only such lay as were removed as well", () => {
    const outer = nodeOf(8, "dir", { name: "outer" })
    const inner = nodeOf(9, "dir", { name: "inner", parentId: outer.id })
    const journal = journalOf(
      { kind: "created", node: outer },
      { kind: "created", node: inner },
      { kind: "removed", node: inner },
      { kind: "removed", node: outer },
      { kind: "removed", node: a }
    )
    const passing = [created(outer, { isLive: false }), created(inner, { isLive: false })]
    expect(told([...passing, changed(a, a, { isLive: false })], journal)).toStrictEqual(["removed a v1"])
  })

  it("tell contents, configurations, pruning and attributes after names, each once", () => {
    const dynamic = nodeOf(4, "dynamic", { name: "d" })
    const series = nodeOf(5, "series", { name: "s", content: contentOf(2, "x") })
    const pruned = { ...series, content: contentOf(4, "xyz"), attributes: { "pond.pruned": "1", k: "v" } }
    const contents = chainOf({ staged: staged(3, "xy"), isAnew: false }, { staged: staged(4, "xyz"), isAnew: false })
    const changes = eventsOf(
      [
        changed(series, pruned, { contents }),
        changed(a, at({ ...a, content: contentOf(2, "new") }, "z"), {
          contents: chainOf({ staged: staged(2, "new"), isAnew: true })
        }),
        changed(dynamic, { ...dynamic, config: new Uint8Array([2]) })
      ],
      journalOf({ kind: "moved", node: at(a, "z"), from: a })
    )
    expect(changes.map(({ event: { kind, node } }) => [kind, node.name, node.content?.version])).toStrictEqual([
      ["moved", "z", 1],
      ["appended", "s", 3],
      ["appended", "s", 4],
      ["pruned", "s", 4],
      ["attributed", "s", 4],
      ["written", "z", 2],
      ["configured", "d", undefined]
    ])
    expect(changes[3]!.event.node.attributes).toStrictEqual({ "pond.pruned": "1" })
    expect(changes[4]!.event.node.attributes).toStrictEqual({ "pond.pruned": "1", k: "v" })
  })

  it("create a series with its first bytes and append the others", () => {
    const series = nodeOf(5, "series", { name: "s", content: contentOf(2, "xy") })
    const contents = chainOf({ staged: staged(1, "x"), isAnew: false }, { staged: staged(2, "xy"), isAnew: false })
    expect(told([created(series, { contents })], journalOf({ kind: "created", node: series }))).toStrictEqual([
      "created s v1 with bytes",
      "appended s v2 with bytes"
    ])
  })

  it("of what was removed are only its removal, with the state it had", () => {
    const written = { ...a, content: contentOf(2, "new"), attributes: { x: 1 } }
    const touched = changed(a, written, {
      isLive: false,
      contents: chainOf({ staged: staged(2, "new"), isAnew: true })
    })
    const [change, ...others] = eventsOf([touched], journalOf({ kind: "removed", node: written }))
    expect(others).toStrictEqual([])
    expect(change).toStrictEqual({ event: { kind: "removed", node: a } })
  })
})
