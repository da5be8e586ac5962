/**
 * Where the package's own name leads inside the repository: `pondfs/bao` is `src/bao/index.ts`, because package.json
 * exports `./dist/bao/index.js` under that name.
 */
import { readFileSync } from "node:fs"
import { ROOT } from "../root.ts"

interface Manifest {
  readonly name: string
  readonly exports: Readonly<Record<string, string>>
}

/** The sources of the package by the specifiers that users write, from the `exports` of package.json. */
export const sourcesBySpecifier = (): Readonly<Record<string, string>> => {
  const { name, exports } = JSON.parse(readFileSync(`${ROOT}/package.json`, "utf8")) as Manifest
  const entries = Object.entries(exports).flatMap(([subpath, target]) => {
    const built = /^\.\/dist\/(.*)\.js$/.exec(target)
    return built === null ? [] : [[name + subpath.slice(1), `${ROOT}/src/${built[1]}.ts`] as const]
  })
  return Object.fromEntries(entries)
}
