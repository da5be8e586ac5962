/**
 * `node scripts/bench-peers.ts`: installs the programs that `npm run bench -- mirror` and `-- remote` measure beside Pond, and says which could
 * not be: benchmarks go on without them.
 */
import { goProgram, install, VERSITYGW, works } from "./interop/install.ts"

/** Programs, the packages of Debian that have them, and how they say that they are here. */
const PEERS = [
  { program: "rsync", debian: "rsync" },
  { program: "restic", debian: "restic", argument: "version" },
  { program: "rclone", debian: "rclone" },
  { program: "borg", debian: "borgbackup" },
  { program: "casync", debian: "casync" },
  { program: "git", debian: "git" }
]

const absent = () => PEERS.filter(({ argument, program }) => !works(program, argument))

const missing = absent()
if (missing.length > 0) install(missing.map(({ debian }) => debian))
for (const { program } of absent()) console.log(`LEFT OUT: ${program} is not here and could not be installed.`)
if (!goProgram("versitygw", VERSITYGW)) {
  console.log(
    "LEFT OUT: versitygw (a server of S3) could not be built, it needs go: there is no `npm run bench -- remote`."
  )
}
