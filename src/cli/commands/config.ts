/**
 * `pond config`: its grammar and help. What it does is in `../config/`, loaded when it runs.
 */
import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { toggle } from "../grammar.ts"

const loaded = Effect.promise(() => import("../config/run.ts"))

const key = Argument.String("KEY").pipe(Argument.withDescription("What is configured, such as log.limit"))

const show = Command.make(
  "show",
  { isWithOrigin: toggle("origin", "Tell where each value comes from") },
  ({ isWithOrigin }) => Effect.flatMap(loaded, (run) => run.show(isWithOrigin))
).pipe(
  Command.withDescription("Show every key with the value that holds here."),
  Command.withExamples([
    { command: "pond config show", description: "Every key with the value that holds here" },
    { command: "pond config show --origin", description: "And which file, variable or flag says so" }
  ])
)

const get = Command.make("get", { key }, (given) => Effect.flatMap(loaded, (run) => run.get(given.key))).pipe(
  Command.withDescription("Print the value of one key."),
  Command.withExamples([{ command: "pond config get author", description: "Who the history will name" }])
)

const set = Command.make(
  "set",
  {
    key,
    value: Argument.String("VALUE").pipe(Argument.withDescription('The value; "" is empty, a list has commas')),
    isUser: toggle("user", "In the file of this user; so it is without a flag"),
    isProject: toggle("project", "In the nearest .pond.yaml upwards, which is made here if there is none")
  },
  (options) => Effect.flatMap(loaded, (run) => run.set(options))
).pipe(
  Command.withDescription("Write a value to a file of configuration. The rest of the file stays as it is."),
  Command.withShortDescription("Write a value to a file."),
  Command.withExamples([
    { command: "pond config set author alice@example.org", description: "For everything that this user does" },
    { command: "pond config set url /srv/ponds/logs --project", description: "For everything below this directory" }
  ])
)

/** `pond config`: what is configured on this machine, and where. */
export const config = Command.make("config").pipe(
  Command.withDescription(
    "Show and change what is configured on this machine. Lowest first: what is built in, /etc/pond/config.yaml, " +
      "$XDG_CONFIG_HOME/pond/config.yaml (~/.config), the nearest .pond.yaml upwards, POND_… in the environment, flags."
  ),
  Command.withShortDescription("Show and change what is configured on this machine."),
  Command.withSubcommands([show, get, set]),
  Command.withExamples([
    { command: "pond config show --origin", description: "Every key, what holds here, and who says so" },
    { command: "pond config set author alice@example.org", description: "Who the history will name" }
  ])
)
