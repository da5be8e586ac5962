/**
 * The Python programs of a page of documentation, run where the commands of the page were.
 */
import { spawnSync } from "node:child_process"
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type Block, blocksOf, stepsOf } from "../docs/page.ts"
import { Workplace } from "../docs/run.ts"
import { ROOT } from "../root.ts"
import { SPARK_JARS } from "./python.ts"

/** What Spark is told where others start it with `--packages`. */
const sparkSettings = (): string =>
  [
    `spark.jars ${readdirSync(SPARK_JARS)
      .filter((name) => name.endsWith(".jar"))
      .map((name) => join(SPARK_JARS, name))
      .join(",")}`,
    "spark.sql.extensions io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.master local[2]",
    "spark.driver.memory 1g",
    "spark.driver.extraJavaOptions -XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.driver.host 127.0.0.1",
    "spark.driver.bindAddress 127.0.0.1",
    "spark.ui.enabled false",
    "spark.ui.showConsoleProgress false",
    "spark.log.level OFF",
    "spark.sql.shuffle.partitions 1",
    ""
  ].join("\n")

/** A page whose commands ran. */
export class Documented implements Disposable {
  readonly workplace = new Workplace()
  readonly #blocks: ReadonlyArray<Block>

  constructor(page: string) {
    this.#blocks = blocksOf(readFileSync(join(ROOT, page), "utf8"))
    for (const { language, runs, text } of this.#blocks) {
      // What transcripts print is looked at where the pages are; some of it are failures.
      if (runs && language === "console") for (const { command } of stepsOf(text)) this.workplace.command(command)
      if (!runs || language !== "sh") continue
      const { output, status } = this.workplace.shell(text)
      if (status !== 0) throw new Error(`the commands of ${page} end with ${status}:\n${output}`)
    }
  }

  /** The programs for an environment: the text, and what it prints by the page. */
  programs(isSpark: boolean): ReadonlyArray<Block> {
    return this.#blocks.filter(
      ({ language, runs, text }) => language === "python" && runs && text.includes("pyspark") === isSpark
    )
  }

  /** What programs print, one after the other in one process, each in a scope of its own. */
  prints(environment: "python" | "spark", programs: ReadonlyArray<Block>): string {
    const settings = join(this.workplace.folder, "../spark")
    mkdirSync(settings, { recursive: true })
    if (environment === "spark") writeFileSync(join(settings, "spark-defaults.conf"), sparkSettings())
    const program = programs.map(({ text }) => `exec(${JSON.stringify(text)}, {})`).join("\n")
    const { status, stderr, stdout } = spawnSync(join(ROOT, ".cache", environment, "bin/python"), ["-c", program], {
      cwd: this.workplace.folder,
      encoding: "utf8",
      env: { ...process.env, SPARK_CONF_DIR: settings, TZ: "UTC" }
    })
    if (status !== 0) throw new Error(`the programs end with ${status}:\n${stderr}`)
    return stdout
  }

  /** Removes everything. */
  [Symbol.dispose](): void {
    this.workplace[Symbol.dispose]()
  }
}
