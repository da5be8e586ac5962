import { describe, expect, it } from "@effect/vitest"
import { Result } from "effect"
import { parseS3Url } from "../../../../src/store/s3/location.ts"

const parsed = (url: string) => Result.getOrThrow(parseS3Url(url))
const problem = (url: string) => Result.getOrThrow(Result.flip(parseS3Url(url))).message

describe("URLs of ponds in S3", () => {
  it("name bucket, prefix and how to get there", () => {
    expect(parsed("s3://logs")).toMatchObject({ bucket: "logs", prefix: "", pathStyle: false, allowHttp: false })
    expect(parsed("s3://logs/")).toMatchObject({ prefix: "" })
    expect(parsed("s3://my.bucket-1/a%20b/c/")).toMatchObject({ bucket: "my.bucket-1", prefix: "a b/c/" })
    expect(parsed("s3://logs/p?region=eu-central-1")).toMatchObject({ region: "eu-central-1", pathStyle: false })
    const other = "s3://logs/p?endpoint=http://10.0.0.1:9000&allow_http=true"
    expect(parsed(other)).toMatchObject({ endpoint: "http://10.0.0.1:9000", pathStyle: true, allowHttp: true })
    expect(parsed("s3://logs/p?endpoint=https://s3.example&path_style=false")).toMatchObject({ pathStyle: false })
  })

  it("are refused with a reason, and without what is secret in them", () => {
    expect(problem("s3://key:hunter2@logs/p")).toContain("AWS_SECRET_ACCESS_KEY")
    expect(problem("s3://key:hunter2@logs/p")).not.toContain("hunter2")
    expect(problem("s3:///p")).toContain("bucket")
    expect(problem("s3://UP_per/p")).toContain("bucket")
    expect(problem("s3://logs/a//b")).toContain("empty component")
    expect(problem("s3://logs/%ff")).toContain("percent-encoded")
    expect(problem("s3://logs/p?secret=hunter2")).toContain(
      "only region, endpoint, path_style and allow_http are known"
    )
    expect(problem("s3://logs/p?endpoint=ftp://x")).toContain("endpoint")
    expect(problem("s3://logs/p?path_style=maybe")).toContain("path_style")
  })
})
