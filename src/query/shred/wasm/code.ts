/**
 * The kernel's module in the binary format. The command carries these bytes as they are: see `scripts/build.ts`.
 */
import { assemble } from "../../../bao/wasm/assembler.ts"
import { countKind, deepen, depths, gather, levels, mark, markKind, toReals } from "./columns.ts"
import { unescape } from "./escapes.ts"
import { PAGES } from "./layout.ts"
import { lines } from "./lines.ts"
import { pack } from "./pack.ts"
import { copyTexts, findPlaces, packPlaces } from "./texts.ts"
import { times } from "./times.ts"
import { uuids } from "./uuids.ts"

/** Emits the functions of the kernel, and puts them together. */
export const shredCode = (): Uint8Array =>
  assemble(
    {
      lines: lines(),
      unescape: unescape(),
      pack: pack(),
      findPlaces: findPlaces(),
      packPlaces: packPlaces(),
      copyTexts: copyTexts(),
      countKind: countKind(),
      gather: gather(),
      levels: levels(),
      toReals: toReals(),
      mark: mark(),
      markKind: markKind(),
      deepen: deepen(),
      depths: depths(),
      times: times(),
      uuids: uuids()
    },
    PAGES
  )
