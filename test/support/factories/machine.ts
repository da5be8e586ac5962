/**
 * A pond on a machine that has the factory of tests, used through the real command.
 */
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { PondFolder } from "../cli.ts"
import { ROOT } from "../root.ts"

/** A folder with a pond, and a machine whose configuration names the factory of tests. */
export class Machine extends PondFolder {
  readonly home = join(this.path, "home")
  readonly env = { XDG_CONFIG_HOME: join(this.home, "config") }

  constructor() {
    super()
    mkdirSync(join(this.env.XDG_CONFIG_HOME, "pond"), { recursive: true })
    const specifier = join(ROOT, "test/support/factories/note.ts")
    writeFileSync(join(this.env.XDG_CONFIG_HOME, "pond/config.yaml"), `factories: [${JSON.stringify(specifier)}]\n`)
  }

  /** Runs `pond` on this machine. */
  pond(line: string, env: Readonly<Record<string, string>> = {}, input = "") {
    const { code, stderr, stdout } = this.run(line.split(" "), { input, env: { ...this.env, ...env } })
    return { code, stderr, stdout: stdout.toString() }
  }
}
