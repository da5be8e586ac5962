import { writeFileSync } from "node:fs"
import { expect, it } from "vitest"
import { hash, toHex } from "../../../../src/bao/index.ts"
import { parseCheckLine } from "../../../../src/cli/b3sum/line.ts"
import { Running } from "../../../support/logfile/running.ts"

it("prints the hash of each file as b3sum --check reads it, whatever its name", async () => {
  using mirror = await Running.begin()
  const names = ["app.log", "app.log.1", "app.log.a  b", "app.log.\\n", "app.log.\n", "app.log.\r", "app.log.é"]
  for (const name of names) writeFileSync(mirror.at(name), `bytes of ${name}`)
  await mirror.run("sync")
  const { lines, report } = await mirror.run("b3sum")
  expect(report.files.map(({ name }) => name).toSorted()).toEqual(names.toSorted())
  const read = lines.map((line) => parseCheckLine(line))
  for (const name of names) {
    const expected = toHex(hash(new TextEncoder().encode(`bytes of ${name}`)))
    expect(read.filter((one) => "name" in one && one.name === name)).toMatchObject([{ hash: expected }])
  }
})
