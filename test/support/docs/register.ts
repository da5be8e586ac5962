/**
 * Loaded before an example (`node --import`): lets its imports of the package lead to the sources.
 */
import { registerHooks } from "node:module"
import { pathToFileURL } from "node:url"
import { sourcesBySpecifier } from "./package.ts"

const sources = sourcesBySpecifier()
registerHooks({
  resolve: (specifier, context, next) => {
    const source = sources[specifier]
    return source === undefined ? next(specifier, context) : { url: pathToFileURL(source).href, shortCircuit: true }
  }
})
