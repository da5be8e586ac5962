/**
 * What a configuration means: the mirror that it describes.
 */
import { globOf, type LogfileConfig, pondPathOf } from "./config.ts"
import { DECODER_LIMITS, type DecoderLimits, decoders } from "../../formats/decoders.ts"
import type { Mirror } from "./mirror.ts"

const limitsOf = ({ limits }: LogfileConfig): DecoderLimits => ({
  decompressedBytes: limits?.decompressed_bytes ?? DECODER_LIMITS.decompressedBytes,
  ratio: limits?.decompression_ratio ?? DECODER_LIMITS.ratio
})

/** By default times are texts: loggers of JSON lines write them so. */
const eventTimeOf = ({ timestamp_field: field, timestamp_unit: unit = "iso" }: LogfileConfig) =>
  field === undefined ? {} : { eventTime: { field, unit } }

/** What a configuration means. */
export const mirrorOf = (config: LogfileConfig): Mirror => ({
  active: globOf(config.active_pattern),
  archived: globOf(config.archived_pattern),
  directory: pondPathOf(config.pond_path),
  isFollowing: config.symlinks === "follow",
  isFull: config.verification === "full",
  decoderOf: config.compressed === "opaque" ? () => undefined : decoders(limitsOf(config)),
  ...eventTimeOf(config)
})
