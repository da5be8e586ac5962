/**
 * Progress of long work, for whoever watches: nobody, unless a program provides one.
 *
 * Plain functions, because they are called from inner loops. Telling too much is harmless: what is shown is decided elsewhere.
 */
import { Context } from "effect"

/** An amount of work. */
export interface Work {
  readonly bytes?: number
  readonly files?: number
}

/** Hears of work that is to come and of work that is done. */
export interface ProgressListener {
  /** More work is known to come. */
  readonly expect: (work: Work) => void
  /** Some of it, or some that nobody expected, is done. */
  readonly done: (work: Work) => void
}

const NOBODY: ProgressListener = { expect: () => {}, done: () => {} }

/** Who hears of the progress of long work. */
export const Progress = Context.Reference<ProgressListener>("pond/factories/Progress", { defaultValue: () => NOBODY })
