/**
 * Which versions of a node were pruned: their bytes are gone on purpose. An attribute of the node keeps it, as `1-3,7`,
 * so that it is part of the root and known wherever the node is.
 */
import type { Attributes } from "./node.ts"

/** The attribute that names the pruned versions. Nobody sets it but a `pruned` event. */
export const PRUNED_ATTRIBUTE = "pond.pruned"

/** Versions from `first` to `last`, both included. */
export interface VersionSpan {
  readonly first: number
  readonly last: number
}

/** Reads the pruned versions of a node, ascending and apart. */
export const prunedSpans = (attributes: Attributes): ReadonlyArray<VersionSpan> => {
  const text = Object.hasOwn(attributes, PRUNED_ATTRIBUTE) ? attributes[PRUNED_ATTRIBUTE] : undefined
  if (typeof text !== "string") return []
  return text.split(",").flatMap((part) => {
    const [, first, last] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? []
    return first === undefined ? [] : [{ first: Number(first), last: Number(last ?? first) }]
  })
}

/** Whether a version was pruned. */
export const isPruned = (attributes: Attributes, version: number): boolean =>
  prunedSpans(attributes).some(({ first, last }) => first <= version && version <= last)

/** Adds pruned versions to the attributes of a node. */
export const withPruned = (attributes: Attributes, versions: ReadonlyArray<VersionSpan>): Attributes => {
  const merged: Array<VersionSpan> = []
  const all = [...prunedSpans(attributes), ...versions].toSorted((left, right) => left.first - right.first)
  for (const span of all) {
    const before = merged.at(-1)
    if (before === undefined || span.first > before.last + 1) merged.push(span)
    else merged[merged.length - 1] = { first: before.first, last: Math.max(before.last, span.last) }
  }
  const text = merged.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(",")
  return { ...attributes, [PRUNED_ATTRIBUTE]: text }
}
