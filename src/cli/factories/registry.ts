/**
 * The factories of this command.
 */
import { Factories } from "../../factories/registry.ts"

/** The built-in factories. */
export const factoriesLayer = Factories.layer()
