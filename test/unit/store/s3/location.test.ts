import { describe, expect, it } from "@effect/vitest"
import { Result } from "effect"
import { parseS3Url } from "../../../../src/store/s3/location.ts"

const parsed = (url: string) => Result.getOrThrow(parseS3Url(url))
const problem = (url: string) => Result.getOrThrow(Result.flip(parseS3Url(url))).message

describe("URLs of ponds in S3", () => {
  it("name bucket, prefix and how to get there", () => {
    expect(parsed("s3://logs")).toMatchObject({ bucket: "logs", prefix: "", pathStyle: undefined, allowHttp: false })
    expect(parsed("s3://logs/")).toMatchObject({ prefix: "" })
    expect(parsed("s3://my.bucket-1/a%20b/c/")).toMatchObject({ bucket: "my.bucket-1", prefix: "a b/c/" })
    expect(parsed("s3://logs/p?region=eu-central-1")).toMatchObject({ region: "eu-central-1", pathStyle: undefined })
    const other = "s3://logs/p?endpoint=http://10.0.0.1:9000&allow_http=true"
    expect(parsed(other)).toMatchObject({ endpoint: "http://10.0.0.1:9000", allowHttp: true })
    expect(parsed("s3://logs/p?endpoint=https://s3.example&path_style=false")).toMatchObject({ pathStyle: false })
  })

  it("win over what is said beside them", () => {
    const beside = { region: "eu-west-1", endpoint: "http://10.0.0.1:9000", pathStyle: true, allowHttp: true }
    expect(Result.getOrThrow(parseS3Url("s3://logs", beside))).toMatchObject(beside)
    const said = "s3://logs?region=us-east-2&endpoint=https://s3.example&path_style=false&allow_http=false"
    expect(Result.getOrThrow(parseS3Url(said, beside))).toMatchObject({
      region: "us-east-2",
      endpoint: "https://s3.example",
      pathStyle: false,
      allowHttp: false
    })
  })

  it("may hold signs that look like credentials where there can be none", () => {
    expect(parsed("s3://logs/a@b/c")).toMatchObject({ bucket: "logs", prefix: "a@b/c/" })
    expect(parsed("s3://logs/a:b@c?endpoint=https://s3.example:9000/x")).toMatchObject({ prefix: "a:b@c/" })
  })

  it("are refused where requests would travel unencrypted, unless that is allowed (S22)", () => {
    expect(problem("s3://logs/p?endpoint=http://10.0.0.1:9000")).toContain("--allow-http")
    expect(problem("s3://logs/p?endpoint=http://s3.example&allow_http=false")).toContain("would travel unencrypted")
    for (const host of ["localhost", "127.0.0.1", "[::1]"]) {
      expect(parsed(`s3://logs/p?endpoint=http://${host}:9000`)).toMatchObject({ allowHttp: false })
    }
  })

  it("are refused with a reason, and without what is secret in them", () => {
    expect(problem("s3://key:hunter2@logs/p")).toContain("AWS_SECRET_ACCESS_KEY")
    expect(problem("s3://key:hunter2@logs/p")).not.toContain("hunter2")
    // A secret may hold what ends a host.
    for (const url of ["s3://key:hun/ter2@logs/p", "s3://key:hun?ter2@logs/p", "s3://key:hun#ter2@logs"]) {
      expect([url, problem(url).includes("AWS_SECRET_ACCESS_KEY"), problem(url).includes("hun")]).toEqual([
        url,
        true,
        false
      ])
    }
    expect(problem("s3:///p")).toContain("bucket")
    expect(problem("s3://UP_per/p")).toContain("bucket")
    expect(problem("s3://logs/a//b")).toContain("empty component")
    expect(problem("s3://logs/%ff")).toContain("percent-encoded")
    expect(problem("s3://logs/p?secret=hunter2")).toContain(
      "only region, endpoint, path_style and allow_http are known"
    )
    expect(problem("s3://logs/p?endpoint=ftp://x")).toContain("endpoint")
    const withKey = problem("s3://logs/p?endpoint=https://key:hunter2@s3.example")
    expect([withKey.includes("AWS_SECRET_ACCESS_KEY"), withKey.includes("hunter2")]).toEqual([true, false])
    expect(problem("s3://logs/p?path_style=maybe")).toContain("path_style")
  })
})
