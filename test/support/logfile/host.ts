/**
 * What other processes do to a directory of logs, as data.
 */
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { join } from "node:path"
import { contentOf, gzip } from "./content.ts"

/** One deed: a name with its arguments, such as `{ rename: ["a", "b"] }`. */
export type HostOperation = Readonly<Record<string, unknown>>

type Deed = (at: (name: string) => string, argument: never) => void

const overwrite = (file: string, offset: number, bytes: Uint8Array): void => {
  const descriptor = fs.openSync(file, "r+")
  fs.writeSync(descriptor, bytes, 0, bytes.length, offset)
  fs.closeSync(descriptor)
}

const DEEDS: Readonly<Record<string, Deed>> = {
  write: (at, [name, spec]: [string, string]) => fs.writeFileSync(at(name), contentOf(spec)),
  append: (at, [name, spec]: [string, string]) => fs.appendFileSync(at(name), contentOf(spec)),
  rename: (at, [from, to]: [string, string]) => fs.renameSync(at(from), at(to)),
  rm: (at, name: string) => fs.rmSync(at(name)),
  truncate: (at, [name, size]: [string, number]) => fs.truncateSync(at(name), size),
  copy: (at, [from, to]: [string, string]) => fs.copyFileSync(at(from), at(to)),
  symlink: (at, [target, name]: [string, string]) => fs.symlinkSync(target, at(name)),
  mkdir: (at, name: string) => fs.mkdirSync(at(name)),
  fifo: (at, name: string) => {
    if (spawnSync("mkfifo", [at(name)]).status !== 0) throw new Error("mkfifo failed")
  },
  chmod: (at, [name, mode]: [string, number]) => fs.chmodSync(at(name), mode),
  mtime: (at, [name, seconds]: [string, number]) => fs.utimesSync(at(name), seconds, seconds),
  link: (at, [existing, name]: [string, string]) => fs.linkSync(at(existing), at(name)),
  overwrite: (at, [name, offset, spec]: [string, number, string]) => overwrite(at(name), offset, contentOf(spec)),
  gzip: (at, [from, to]: [string, string]) => fs.writeFileSync(at(to), gzip(fs.readFileSync(at(from)))),
  sparse: (at, [name, size]: [string, number]) => {
    fs.writeFileSync(at(name), "")
    fs.truncateSync(at(name), size)
  },
  many: (at, [count, size]: [number, number]) => {
    for (let index = 0; index < count; index++) {
      const name = `app-${String(index).padStart(6, "0")}.json`
      fs.writeFileSync(at(name), contentOf(`m${index % 7}:${size + (index % 13)}`))
    }
  }
}

/** Does the deeds in a directory, in order. */
export const doOnHost = (directory: string, operations: ReadonlyArray<HostOperation>): void => {
  for (const operation of operations) {
    const [[name, argument] = []] = Object.entries(operation)
    const deed = name === undefined ? undefined : DEEDS[name]
    if (deed === undefined) throw new Error(`no such deed: ${name}`)
    deed((file) => join(directory, file), argument as never)
  }
}
