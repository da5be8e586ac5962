/**
 * The host's files with other processes' deeds, and faults, between the steps of whoever reads them.
 */
import { Effect, Layer } from "effect"
import { HostFailed, type HostFile, HostFiles } from "../../../src/factories/host/files.ts"

/** What happens, and when. */
export interface HostHooks {
  /** After a directory was listed. */
  readonly afterList?: () => void
  /** After a file was opened and looked at, each time. */
  readonly afterOpen?: (name: string) => void
  /** Instead of a read: the name of an error, or how many bytes it gives at most. */
  readonly onRead?: (name: string, position: number, lengthBytes: number) => string | number | undefined
}

const hookedFile = (file: HostFile, name: string, { afterOpen, onRead }: HostHooks): HostFile => ({
  stat: Effect.tap(file.stat, () => Effect.sync(() => afterOpen?.(name))),
  read: (into, position) =>
    Effect.suspend(() => {
      const fault = onRead?.(name, position, into.length)
      if (typeof fault === "string") return Effect.fail(new HostFailed({ operation: "read", path: name, code: fault }))
      return file.read(fault === undefined ? into : into.subarray(0, fault), position)
    })
})

/** The host's files with hooks. */
export const hookedHostFiles = (hooks: HostHooks): Layer.Layer<HostFiles> =>
  Layer.effect(
    HostFiles,
    Effect.map(HostFiles, (host) => ({
      list: (directory) => Effect.tap(host.list(directory), () => Effect.sync(() => hooks.afterList?.())),
      open: (directory, name, options) =>
        Effect.map(host.open(directory, name, options), (file) => hookedFile(file, Buffer.from(name).toString(), hooks))
    }))
  ).pipe(Layer.provide(HostFiles.layer))
