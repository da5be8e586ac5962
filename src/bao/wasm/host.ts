/**
 * The part of the `WebAssembly` global that the kernel uses, typed here because the DOM library is not.
 */

/** Compiled code; the structured clone algorithm shares it with workers without compiling it again. */
export interface WasmModule {
  readonly [Symbol.toStringTag]: string
}

interface WasmHost {
  readonly validate: (bytes: Uint8Array) => boolean
  readonly Module: new (bytes: Uint8Array) => WasmModule
  readonly Instance: new (module: WasmModule) => { readonly exports: object }
}

/** The engine's WebAssembly, or undefined where it has none (`node --jitless`). */
export const host: WasmHost | undefined = (globalThis as { WebAssembly?: WasmHost }).WebAssembly
