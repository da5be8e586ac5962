/**
 * What `pond config show`, `get` and `set` do.
 */
import { Effect, Option, Schema, Stream } from "effect"
import { existsSync, readFileSync } from "node:fs"
import { basename, dirname } from "node:path"
import { hash, toHex } from "../../bao/index.ts"
import { HostWriter } from "../../factories/host/writer.ts"
import { WrongUsage } from "../failure.ts"
import { Output } from "../output.ts"
import { present } from "../present.ts"
import { Session } from "../session.ts"
import { tableLines } from "../text/table.ts"
import { SettingsNotEdited, SettingUnknown } from "./errors.ts"
import { editSettings } from "./file.ts"
import { configFiles, type Configured } from "./layers.ts"
import { isSettingKey, NOT_OF_PROJECTS, settingFromText, type SettingKey, Settings, shownText } from "./settings.ts"

/** A value of any key. */
const SettingValue = Schema.Union(Object.values(Settings.fields)).annotate({
  description: "of the type that the key takes"
})

/** One key of `pond config show --json`, and what `pond config get --json` prints. */
export const ShownSetting = Schema.Struct({
  key: Schema.Literals(Object.keys(Settings.fields)),
  value: SettingValue,
  origin: Schema.String.annotate({ description: "`built-in`, a file, a variable of the environment, or a flag" })
})

/** What `pond config show --json` prints. */
export const ShownSettings = Schema.Struct({ settings: Schema.Array(ShownSetting) })

/** What `pond config set --json` prints. */
export const SetReport = Schema.Struct({
  key: Schema.Literals(Object.keys(Settings.fields)),
  value: SettingValue,
  file: Schema.String,
  outcome: Schema.Literals(["created", "replaced", "unchanged"]).annotate({ description: "what became of the file" })
})

const shown = ({ key, origin, value }: Configured) => ({ key, value, origin })

const textOf = (value: unknown): string => (typeof value === "string" && value !== "" ? value : JSON.stringify(value))

const keyOf = (text: string): Effect.Effect<SettingKey, SettingUnknown> =>
  isSettingKey(text) ? Effect.succeed(text) : Effect.fail(new SettingUnknown({ key: text }))

/** Shows every key with its value. */
export const show = Effect.fn("pond.config.show")(function* (isWithOrigin: boolean) {
  const settings = (yield* Session).configured.map(shown)
  yield* present(ShownSettings, { settings }, () =>
    tableLines(
      ["left", "left", "left"],
      settings.map(({ key, origin, value }) => [key, textOf(value), ...(isWithOrigin ? [origin] : [])])
    )
  )
})

/** Prints the value of one key: text as it is, so that scripts can use it. */
export const get = Effect.fn("pond.config.get")(function* (text: string) {
  const key = yield* keyOf(text)
  const found = (yield* Session).configured.find((one) => one.key === key)!
  yield* present(ShownSetting, shown(found), ({ value }) => [typeof value === "string" ? value : JSON.stringify(value)])
})

const wrong = (problem: string) => new WrongUsage({ problem, command: "pond config set" })

/** Writes a value to the file of the user or the project. */
export const set = Effect.fn("pond.config.set")(
  function* (options: {
    readonly key: string
    readonly value: string
    readonly isUser: boolean
    readonly isProject: boolean
  }) {
    const { isProject, isUser } = options
    const { configured } = yield* Session
    const key = yield* keyOf(options.key)
    if (isUser && isProject) return yield* wrong("`--user` and `--project` do not go together")
    if (isProject && NOT_OF_PROJECTS.has(key)) return yield* wrong(`\`${key}\` cannot be set for a project`)
    const value = Option.getOrUndefined(settingFromText(key, options.value))
    if (value === undefined) {
      return yield* wrong(`${JSON.stringify(shownText(String(options.value)))} is not a value for \`${key}\``)
    }
    const files = configFiles({ directory: process.cwd(), environment: process.env })
    const file = isProject ? files.project : files.user
    const text = existsSync(file) ? readFileSync(file, "utf8") : ""
    const edited = editSettings(text, key, value)
    if (edited === undefined) {
      return yield* new SettingsNotEdited({ path: file, key, value: JSON.stringify(value) })
    }
    const bytes = new TextEncoder().encode(edited)
    const tree = (yield* HostWriter).tree(dirname(file))
    const content = { sizeBytes: bytes.length, hash: toHex(hash(bytes)), bytes: Stream.make(bytes) }
    const outcome = yield* tree.write([basename(file)], content)
    yield* tree.sync
    yield* present(SetReport, { key, value, file, outcome }, () => [`${key} is ${textOf(value)} in ${file}`])
    const now = configured.find((one) => one.key === key)!
    const isHidden = now.origin !== file && now.origin !== "built-in" && !(isProject && now.origin === files.user)
    if (isHidden) {
      const { message } = yield* Output
      yield* message(`pond: ${now.origin} says otherwise, and wins here: ${textOf(now.value)}`)
    }
  },
  (effect) =>
    Effect.flatMap(Session, ({ isDryRun }) => Effect.provide(effect, isDryRun ? HostWriter.layerDry : HostWriter.layer))
)
