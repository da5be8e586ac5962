/**
 * The connections that requests over HTTP share, and the proxies that the environment names: `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, in
 * either case.
 */
import { Agent as PlainAgent } from "node:http"
import { Agent as SecureAgent } from "node:https"

const NAMES = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY"] as const

type Environment = Readonly<Record<string, string | undefined>>

const agents = new Map<string, PlainAgent | SecureAgent>()

/** The connections for a protocol, through the proxies of an environment where it names some. Node before 24 knows no proxies. */
export const agentFor = (protocol: string, environment: Environment = process.env): PlainAgent | SecureAgent => {
  const proxyEnv = Object.fromEntries(NAMES.map((name) => [name, environment[name]]))
  const key = JSON.stringify([protocol, proxyEnv])
  const known = agents.get(key)
  if (known !== undefined) return known
  const options = { keepAlive: true, proxyEnv }
  const made = protocol === "https:" ? new SecureAgent(options) : new PlainAgent(options)
  agents.set(key, made)
  return made
}
