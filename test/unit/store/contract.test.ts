/**
 * Every store and every decorator keeps the contract.
 */
import { conforms } from "../../support/store/conformance.ts"
import { decorated, local, localWithoutLinks, memory } from "../../support/store/subjects.ts"

for (const subject of [memory, local, localWithoutLinks, ...decorated]) conforms(subject)
