/**
 * Measuring on a machine that others use too: candidates take turns, and the best and the median of many rounds count.
 */

/** One way to do the work. It fails unless its result is right. */
export interface Candidate {
  readonly name: string
  /** Does the work once; it may return the CPU seconds it took in another process. */
  readonly run: () => Promise<number | void> | number | void
}

/** What one run of a candidate took. */
interface Sample {
  readonly wallSeconds: number
  readonly cpuSeconds: number
}

/** The runs of a candidate in numbers: seconds. */
export interface Timing {
  readonly name: string
  readonly bestWall: number
  readonly medianWall: number
  readonly bestCpu: number
  readonly medianCpu: number
}

/** Runs every candidate once to warm up, and then in `rounds` rounds one after the other. */
export const takeTurns = async (
  candidates: ReadonlyArray<Candidate>,
  rounds: number
): Promise<ReadonlyArray<Timing>> => {
  const samples = candidates.map((): Array<Sample> => [])
  for (let round = -1; round < rounds; round++) {
    for (const [index, candidate] of candidates.entries()) {
      const sample = await measure(candidate)
      if (round >= 0) samples[index]!.push(sample)
    }
  }
  return candidates.map(({ name }, index) => {
    const walls = samples[index]!.map(({ wallSeconds }) => wallSeconds).toSorted((a, b) => a - b)
    const cpus = samples[index]!.map(({ cpuSeconds }) => cpuSeconds).toSorted((a, b) => a - b)
    const middle = Math.floor((rounds - 1) / 2)
    return { name, bestWall: walls[0]!, medianWall: walls[middle]!, bestCpu: cpus[0]!, medianCpu: cpus[middle]! }
  })
}

const measure = async ({ run }: Candidate): Promise<Sample> => {
  const cpu = process.cpuUsage()
  const wall = process.hrtime.bigint()
  const elsewhere = await run()
  const wallSeconds = Number(process.hrtime.bigint() - wall) / 1e9
  const { system, user } = process.cpuUsage(cpu)
  return { wallSeconds, cpuSeconds: typeof elsewhere === "number" ? elsewhere : (system + user) / 1e6 }
}

/** Repeats a short piece of work, so that a clock can tell how long it takes. */
export const repeat =
  (count: number, work: (index: number) => void): (() => void) =>
  () => {
    for (let index = 0; index < count; index++) work(index)
  }
