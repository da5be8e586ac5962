/**
 * Searching bytes that come in pieces, in one thread: as `pond grep` does with several.
 */
import { type BlockSearch } from "../../src/formats/search/block.ts"
import { PieceSearch, searchLine, SplitLines } from "../../src/formats/search/piece.ts"
import { Joiner, type Placed, type SplitLine } from "../../src/formats/search/joiner.ts"
import { type FoundLine, Weaver } from "../../src/formats/search/weaver.ts"

/** What is found in pieces, each of which may come in parts. */
export const searchPieces = (
  search: BlockSearch,
  pieces: ReadonlyArray<ReadonlyArray<Uint8Array>>
): { readonly lines: ReadonlyArray<FoundLine>; readonly hits: number } => {
  const joiner = new Joiner()
  const weaver = new Weaver(search.query)
  const split = new SplitLines(search.query)
  const weave = (join: SplitLine | Placed): ReadonlyArray<FoundLine> =>
    "found" in join
      ? weaver.take(join)
      : weaver.take({ ...join, found: split.search(join.bytes) ?? searchLine(search, join.bytes) }, join.isCut)
  const lines: Array<FoundLine> = []
  for (const parts of pieces) {
    const piece = new PieceSearch(search)
    for (const part of parts) piece.push(part)
    lines.push(...joiner.take(piece.finish()).flatMap(weave))
  }
  lines.push(...joiner.finish().flatMap(weave))
  return { lines, hits: weaver.hits }
}
