/**
 * The part of the `WebAssembly` global that kernels use, typed here because the DOM library is not.
 */

/** Compiled code; the structured clone algorithm shares it with workers without compiling it again. */
export interface WasmModule {
  readonly [Symbol.toStringTag]: string
}

interface WasmHost {
  readonly Module: new (bytes: Uint8Array) => WasmModule
  readonly Instance: new (module: WasmModule) => { readonly exports: object }
}

/** The engine's WebAssembly, or undefined where it has none (`node --jitless`). */
const host: WasmHost | undefined = (globalThis as { WebAssembly?: WasmHost }).WebAssembly

/** Compiles what `emit` gives, a module in the binary format; undefined where the engine has no WebAssembly, or not the vector instructions. */
export const compiled = (emit: () => Uint8Array): WasmModule | undefined => {
  if (host === undefined) return undefined
  try {
    return new host.Module(emit())
  } catch {
    return undefined
  }
}

/** Makes an instance of a module, with a memory of its own, and gives what it exports. The engine has WebAssembly, since something compiled the module. */
export const instanceOf = (module: WasmModule): object => new host!.Instance(module).exports
