/**
 * `docs/cli.md` and `docs/config.md`, from the command tree, the Schemas of the answers and the settings.
 */
import { BUILT_IN_TEXT, NOT_OF_PROJECTS, SETTING_KEYS, Settings, variableOf } from "../../src/cli/config/settings.ts"
import { ANSWERS, type Answer, WITHOUT_JSON } from "./answers.ts"
import { fields, table } from "./fields.ts"
import { type HelpPage, helpPages } from "./help.ts"

const CLI_HEAD = `# The pond command

This page is made from the command itself by \`node scripts/docs.ts\`. Every command tells the same with \`--help\`.

Data goes to standard output; everything that is said to a person goes to standard error. Global flags go before or after
the command's name:

| flag | meaning |
| --- | --- |
| \`--pond URL\` | Where the pond is; without it what \`url\` is in the [configuration](config.md) |
| \`-n\`, \`--dry-run\` | Tell what would be done, and change nothing: not the pond, not the machine |
| \`--json\` | Answer in JSON, for programs |

Exit codes: 0 done; 1 failed; 2 wrong usage; 3 done, but something needs attention; 128 + n ended by signal n, so 130 and
143. A reader that closes the pipe early is success.

With \`--json\` a command answers with one JSON document, or, where the answer is a list, with one per line. Fields may be
added in later versions, so readers should leave alone what they do not know. An error is one document on standard error:
\`{"error":{"tag":…,"message":…}}\`, with the fields of that error beside; \`tag\` is for programs, \`message\` for people.
`

const CONFIG_HEAD = `# Configuration

This page is made from the settings themselves by \`node scripts/docs.ts\`.

What machines and people choose is configured; what belongs to a pond lives in the pond. Secrets are in neither: they are
taken from the environment where they are used.

A value comes from the highest of these places that has one, also when it is 0, false or empty; sections are merged key by
key:

1. what is built in
2. the system's file, \`/etc/pond/config.yaml\`
3. the user's file, \`$XDG_CONFIG_HOME/pond/config.yaml\`, by default in \`~/.config\`
4. the project's file, the nearest \`.pond.yaml\` upwards from the current directory
5. the environment
6. flags

Files are YAML. One that belongs to another user than root and oneself is not used, and that is said: what lies in a
shared directory must not decide where data goes. Keys that are not known are refused, with the nearest that is.

\`\`\`text
author: alice@example.org
log:
  limit: 50
\`\`\`

\`pond config show --origin\` tells every value and where it comes from, \`pond config get KEY\` prints one, and
\`pond config set KEY VALUE\` writes it to the user's file, with \`--project\` to the project's. In the environment a list is
written with commas.
`

const fence = (text: string): string => `\`\`\`text\n${text}\n\`\`\`\n`

const answerText = ({ isList, schema }: Answer): string =>
  `${isList ? "With `--json`, on each line:" : "With `--json`:"}\n\n${table(
    ["field", "is", ""],
    fields(schema).map(({ description, path, type }) => [`\`${path}\``, type, description])
  )}`

const section = ({ path, text }: HelpPage): string => {
  const name = path.join(" ")
  const answer = ANSWERS[name]
  return `## pond ${name}\n\n${fence(text)}${answer === undefined ? "" : `\n${answerText(answer)}`}`
}

/** Names the commands of which `answers.ts` does not say what they answer. */
export const withoutAnswer = async (): Promise<ReadonlyArray<string>> =>
  (await helpPages()).flatMap(({ isGroup, path }) => {
    const name = path.join(" ")
    return isGroup || WITHOUT_JSON.has(name) || Object.hasOwn(ANSWERS, name) ? [] : [name]
  })

/** Makes the page of the command line. */
export const cliPage = async (): Promise<string> => {
  const [root, ...commands] = await helpPages()
  return [CLI_HEAD, fence(root!.text), ...commands.map(section)].join("\n")
}

/** Makes the page of the configuration. */
export const configPage = (): string => {
  const described = new Map(fields(Settings).map((field) => [field.path, field]))
  const sections = SETTING_KEYS.map((key) => {
    const { description, type } = described.get(key)!
    const rows = [
      ["takes", type],
      ["built in", `\`${BUILT_IN_TEXT[key]}\``],
      ["in the environment", `\`${variableOf(key)}\``],
      ...(NOT_OF_PROJECTS.has(key) ? [["in a project's file", "not allowed"]] : [])
    ]
    return `## ${key}\n\n${description}.\n\n${table(["", ""], rows)}`
  })
  return [CONFIG_HEAD, ...sections].join("\n")
}
