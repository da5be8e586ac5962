/**
 * Whether a blob is stored compressed or as it is, decided by its first bytes.
 *
 * Raw are formats that compress themselves, and Parquet in any case, so that engines read it in place; and what a quick trial
 * shows not to shrink.
 */
import { constants, zstdCompressSync } from "node:zlib"

/** First bytes of formats that are compressed already, and of Parquet. */
const COMPRESSED_MAGICS: ReadonlyArray<ReadonlyArray<number>> = [
  [0x50, 0x41, 0x52, 0x31], // Parquet
  [0x1f, 0x8b], // gzip
  [0x28, 0xb5, 0x2f, 0xfd], // zstd
  [0xfd, 0x37, 0x7a, 0x58, 0x5a], // xz
  [0x42, 0x5a, 0x68], // bzip2
  [0x04, 0x22, 0x4d, 0x18], // lz4
  [0x50, 0x4b, 0x03, 0x04], // zip
  [0x37, 0x7a, 0xbc, 0xaf], // 7z
  [0x89, 0x50, 0x4e, 0x47], // PNG
  [0xff, 0xd8, 0xff] // JPEG
]

/** Bytes of each trial. Trials are made at the beginning, in the middle and at the end of the sample. */
const TRIAL_BYTES = 32 * 1024

/** Compressing is worth its time when it saves at least a tenth. */
const WORTHWHILE_RATIO = 0.9

/** Whether content that begins with `sample`, at best 1 MiB of it, is to be compressed. */
export const isCompressible = (sample: Uint8Array): boolean => {
  if (COMPRESSED_MAGICS.some((magic) => magic.every((byte, at) => sample[at] === byte))) return false
  const last = Math.max(0, sample.length - TRIAL_BYTES)
  const starts = new Set([0, Math.floor(last / 2), last])
  let before = 0
  let after = 0
  for (const start of starts) {
    const trial = sample.subarray(start, start + TRIAL_BYTES)
    before += trial.length
    after += zstdCompressSync(trial, { params: { [constants.ZSTD_c_compressionLevel]: 1 } }).length
  }
  return after < before * WORTHWHILE_RATIO
}
