/**
 * The columns of a file as a schema of Parquet has them: those that lie in objects below them, in the order in which the first of each came.
 */
import { keysOf } from "./path.ts"

/** A column, or an object with what lies in it. */
export interface Branch<Leaf> {
  readonly key: string
  leaf: Leaf | undefined
  readonly branches: Map<string, Branch<Leaf>>
}

/** The branches that columns are on. */
export const treeOf = <Leaf extends { readonly name: string }>(
  columns: Iterable<Leaf>
): ReadonlyArray<Branch<Leaf>> => {
  const roots = new Map<string, Branch<Leaf>>()
  for (const column of columns) {
    let branches = roots
    let branch: Branch<Leaf> | undefined
    for (const key of keysOf(column.name)) {
      branch = branches.get(key) ?? { key, leaf: undefined, branches: new Map() }
      branches.set(key, branch)
      branches = branch.branches
    }
    branch!.leaf = column
  }
  return [...roots.values()]
}

/** All branches, each before those below it. */
export const branchesOf = <Leaf>(branches: Iterable<Branch<Leaf>>): ReadonlyArray<Branch<Leaf>> =>
  [...branches].flatMap((branch) => [branch, ...branchesOf(branch.branches.values())])
