/**
 * The known word that somebody may have meant.
 */

/** A word may have one mistake for each so many characters; shorter words are all too much alike. */
const CHARACTERS_PER_MISTAKE = 3

/**
 * Returns how many characters must be added, left out, replaced or swapped with their neighbour to make one word of the
 * other (optimal string alignment distance).
 */
const distance = (left: string, right: string): number => {
  const rows: Array<Array<number>> = [Array.from({ length: right.length + 1 }, (_, column) => column)]
  for (let row = 1; row <= left.length; row++) {
    rows.push([row])
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1]
      const swapped =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]
      rows[row]![column] = Math.min(
        rows[row - 1]![column]! + 1,
        rows[row]![column - 1]! + 1,
        rows[row - 1]![column - 1]! + (same ? 0 : 1),
        swapped ? rows[row - 2]![column - 2]! + 1 : Infinity
      )
    }
  }
  return rows[left.length]![right.length]!
}

/**
 * Returns the known word nearest to `word`, the first of several, when `word` is near enough to be a mistyping or the
 * beginning of it.
 */
export const nearest = (word: string, known: ReadonlyArray<string>): string | undefined => {
  const ranked = known
    .map((candidate) => ({ candidate, mistakes: candidate.startsWith(word) ? 1 : distance(word, candidate) }))
    .filter(({ candidate, mistakes }) => mistakes <= candidate.length / CHARACTERS_PER_MISTAKE)
  return ranked.toSorted((left, right) => left.mistakes - right.mistakes)[0]?.candidate
}
