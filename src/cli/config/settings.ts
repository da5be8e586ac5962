/**
 * What can be configured: every key, what it means, and what it is when nobody says otherwise. `docs/config.md` is made from this.
 *
 * Secrets are not configured: they live in the environment alone.
 */
import { Option, Schema } from "effect"
import { hostname, userInfo } from "node:os"
import { MEMORY_MB_LEAST } from "../../query/allowance.ts"
import { bytesOfRate } from "../../store/limit.ts"
import { holdsCredentials, publicUrl } from "../../store/url.ts"

const atLeastZero = Schema.isGreaterThanOrEqualTo(0)

/** A key and a secret in a URL would be kept and shown with it. */
const hasNoCredentials = Schema.makeFilter((url: string) => !holdsCredentials(url))

/** A text that was given for a value, as it may be shown. */
export const shownText = (text: string): string => (holdsCredentials(text) ? publicUrl(text) : text)

const isRate = Schema.makeFilter((text: string) => text === "" || bytesOfRate(text) !== undefined)

/** Every key with the values that it takes. A key with a dot lies in a section of a file: `log.limit` is `limit` below `log`. */
export const Settings = Schema.Struct({
  url: Schema.String.annotate({
    description:
      "Where the pond is: a directory. A relative one is meant from the directory of the file that names it. Empty: the nearest `.pond` upwards, else `./.pond`"
  }).check(hasNoCredentials),
  author: Schema.String.annotate({
    description: "Who makes transactions, as the history names them. Empty: nobody is named"
  }),
  factories: Schema.Array(Schema.NonEmptyString).annotate({
    description:
      "Packages or modules that have further factories. Their code is run, so a project's file cannot name any"
  }),
  "lock.wait": Schema.Finite.check(atLeastZero).annotate({
    description: "Seconds that a command waits for another one that is changing the pond. 0: not at all"
  }),
  "log.limit": Schema.Int.check(atLeastZero).annotate({
    description: "Transactions that `pond log` shows. 0: all"
  }),
  "sql.memory": Schema.Int.check(Schema.isGreaterThanOrEqualTo(MEMORY_MB_LEAST)).annotate({
    description: "Memory that a question may take, and an export, in MB; what does not fit goes to disk"
  }),
  "s3.region": Schema.String.annotate({
    description:
      "The region of buckets whose URLs name none. Empty: as AWS_REGION, AWS_DEFAULT_REGION or the profile say"
  }),
  "s3.endpoint": Schema.String.annotate({
    description:
      "The server of buckets whose URLs name none, where it is not Amazon's. Empty: as AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL or the profile say"
  }),
  "s3.path_style": Schema.Literals(["auto", true, false]).annotate({
    description:
      "Whether buckets stand in the path of requests rather than in the host name. auto: with servers other than Amazon's"
  }),
  "s3.allow_http": Schema.Boolean.annotate({
    description: "Whether requests to buckets may travel unencrypted to other hosts"
  }),
  "limit.rate": Schema.String.annotate({
    description:
      "Bytes a second that are sent to and received from each pond across a network, at most: `10MiB`, `500kB`. Empty: no bound"
  }).check(isRate),
  "limit.requests": Schema.Finite.check(atLeastZero).annotate({
    description: "Requests a second that are made to each pond across a network, at most. 0: no bound"
  })
})
/** Every key with its value. */
export type Settings = typeof Settings.Type
/** A key that can be configured. */
export type SettingKey = keyof Settings

/** Every key, as they are documented and shown. */
export const SETTING_KEYS = Object.keys(Settings.fields) as ReadonlyArray<SettingKey>

/** Keys that a project's file cannot hold: whoever enters a directory must not run its code. */
export const NOT_OF_PROJECTS: ReadonlySet<string> = new Set<SettingKey>(["factories"])

/** Whether text is a key. */
export const isSettingKey = (text: string): text is SettingKey => Object.hasOwn(Settings.fields, text)

const userAtHost = (): string => {
  try {
    return `${userInfo().username}@${hostname()}`
  } catch {
    // A user id without a name.
    return hostname()
  }
}

/** What each key is when nobody says otherwise. */
export const builtIn = (): Settings => ({
  url: "",
  author: userAtHost(),
  factories: [],
  "lock.wait": 30,
  "log.limit": 20,
  "sql.memory": 1024,
  "s3.region": "",
  "s3.endpoint": "",
  "s3.path_style": "auto",
  "s3.allow_http": false,
  "limit.rate": "",
  "limit.requests": 0
})

/** What `builtIn` says, for a page that holds for every machine. */
export const BUILT_IN_TEXT: Readonly<Record<SettingKey, string>> = {
  url: '""',
  author: "user@host",
  factories: "[]",
  "lock.wait": "30",
  "log.limit": "20",
  "sql.memory": "1024",
  "s3.region": '""',
  "s3.endpoint": '""',
  "s3.path_style": '"auto"',
  "s3.allow_http": "false",
  "limit.rate": '""',
  "limit.requests": "0"
}

/** Gives a value as its key takes it; none when it does not. */
export const settingValue = (key: SettingKey, value: unknown): Option.Option<Settings[SettingKey]> =>
  Schema.decodeUnknownOption(Settings.fields[key] as Schema.Codec<Settings[SettingKey]>)(value)

const fromJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Reads the value of a key from text, as in the environment: as it is, as JSON, or as a list with commas. None when it is no value of it. */
export const settingFromText = (key: SettingKey, text: string): Option.Option<Settings[SettingKey]> =>
  Option.firstSomeOf([
    settingValue(key, text),
    settingValue(key, fromJson(text)),
    // What begins like JSON and is none, or has what the key does not take, is no list of names.
    text.startsWith("[")
      ? Option.none()
      : settingValue(
          key,
          text.split(",").flatMap((part) => part.trim() || [])
        )
  ])

/** The variable of the environment that a key is read from: `POND_LOG_LIMIT`. */
export const variableOf = (key: SettingKey): string => `POND_${key.toUpperCase().replaceAll(".", "_")}`
