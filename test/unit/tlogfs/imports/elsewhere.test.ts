import { describe, expect, it } from "vitest"
import { problemElsewhere } from "../../../../src/tlogfs/imports/elsewhere.ts"

const OURS = { endpoint: "https://s3.ours.example" }
const BUCKET = { url: "s3://team/pond", endpoint: "https://s3.team.example/" }

describe("what a pond on another machine may name", () => {
  it.each([
    ["a directory", {}, BUCKET, { url: "/ponds/mine" }, "a directory of another machine"],
    ["a file URL", {}, BUCKET, { url: "file:///ponds/mine" }, "a directory of another machine"],
    ["its own server", {}, BUCKET, { url: "s3://other/pond", endpoint: "https://s3.team.example" }, undefined],
    ["Amazon's", {}, BUCKET, { url: "s3://other/pond" }, undefined],
    ["this machine's server", OURS, BUCKET, { url: "s3://other/pond" }, undefined],
    [
      "this machine's server by name",
      OURS,
      BUCKET,
      { url: "s3://other/p", endpoint: "https://s3.ours.example" },
      undefined
    ],
    ["another server", {}, BUCKET, { url: "s3://other/pond", endpoint: "https://evil.example" }, "evil.example"],
    [
      "another server in the URL",
      {},
      BUCKET,
      { url: "s3://other/p?endpoint=https%3A%2F%2Fevil.example" },
      "evil.example"
    ],
    [
      "its server unencrypted",
      {},
      BUCKET,
      { url: "s3://other/p", endpoint: "http://s3.team.example", allow_http: true },
      "http://s3"
    ],
    ["another server, behind the web", {}, { url: "https://a.example/p" }, BUCKET, "s3.team.example"],
    ["a web server", {}, BUCKET, { url: "https://b.example/p" }, undefined],
    ["this machine", {}, BUCKET, { url: "http://127.0.0.1:8080/p" }, "127.0.0.1, which only this machine can mean"],
    [
      "the cloud's own",
      {},
      { url: "https://a.example/p" },
      { url: "http://169.254.169.254/latest" },
      "169.254.169.254"
    ],
    ["its own host", {}, { url: "http://localhost:1/p" }, { url: "http://localhost:1/q" }, undefined],
    ["anything, from a directory here", {}, { url: "/ponds/team" }, { url: "/ponds/other" }, undefined],
    ["a server, from a directory here", {}, { url: "/ponds/team" }, BUCKET, undefined]
  ] as const)("%s", (_, reach, through, pin, expected) => {
    const problem = problemElsewhere(reach, through, pin)
    expect(problem).toEqual(expected === undefined ? undefined : expect.stringContaining(expected))
  })
})
