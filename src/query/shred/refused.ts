/**
 * Lines that cannot be read here: the engine has to.
 */
import { Data } from "effect"

/** Not all lines can be read here. */
export class Refused extends Data.TaggedError("Refused") {}
