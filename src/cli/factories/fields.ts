/**
 * Flags out of Schemas: what a factory's commands and configurations take, on the command line.
 *
 * Texts, numbers, choices and truths become flags of their names, with `_` as `-`; lists are repeated; the fields of a struct in a struct
 * follow its name. A flag's value is not judged here: the Schema does that, with all problems at once.
 */
import { Option, type Schema, SchemaAST } from "effect"
import { Argument, Flag } from "effect/cli"
import { innerFields } from "../../factories/contract.ts"
import { operands, toggle } from "../grammar.ts"

/** What kind of values a field takes, as far as the command line cares. */
type Kind = "text" | "number" | "truth" | "list"

/** One field as the command line sees it. */
export interface Field {
  /** The keys that lead to it. */
  readonly path: ReadonlyArray<string>
  readonly kind: Kind
  readonly isOptional: boolean
  readonly description: string
  /** Another name of its flag: the annotation `alias` of its Schema. */
  readonly alias: string | undefined
  /** The only values it takes, where they can be listed. */
  readonly choices: ReadonlyArray<string>
}

const literalsOf = (ast: SchemaAST.AST): ReadonlyArray<string> => {
  if (ast._tag === "Literal") return [String(ast.literal)]
  return ast._tag === "Union" ? ast.types.flatMap(literalsOf) : []
}

const kindOf = (ast: SchemaAST.AST): Kind => {
  if (ast._tag === "Boolean") return "truth"
  if (ast._tag === "Number") return "number"
  return ast._tag === "Arrays" ? "list" : "text"
}

/** The fields of a struct, those in structs within it included. */
export const fieldsOf = (fields: Schema.Struct.Fields, path: ReadonlyArray<string> = []): ReadonlyArray<Field> =>
  Object.entries(fields).flatMap(([name, field]): ReadonlyArray<Field> => {
    const { ast } = field
    const here = [...path, name]
    const inner = innerFields(field)
    if (inner !== undefined) return fieldsOf(inner, here)
    return [
      {
        path: here,
        kind: kindOf(ast),
        isOptional: path.length > 0 || ast.context?.isOptional === true,
        description: SchemaAST.resolveDescription(ast) ?? "",
        alias: SchemaAST.resolveAt<string>("alias")(ast),
        choices: literalsOf(ast)
      }
    ]
  })

/** The name of the flag of a field. */
export const flagName = ({ path }: Pick<Field, "path">): string => path.join("-").replaceAll("_", "-")

const described = ({ choices, description, isOptional }: Field): string =>
  [
    description,
    ...(choices.length === 0 ? [] : [`(${choices.join(" | ")})`]),
    ...(isOptional ? [] : ["(needed)"])
  ].join(" ")

/** The flag of a field; absent values are left out. */
export const flagOf = (field: Field) => {
  const name = flagName(field)
  const about = described(field)
  if (field.kind === "truth") return toggle(name, about).pipe(Flag.map((isOn) => (isOn ? [true] : [])))
  const text = Flag.String(name).pipe(
    Flag.withDescription(about),
    Flag.withMetavar(field.kind === "number" ? "NUMBER" : "TEXT")
  )
  const named = field.alias === undefined ? text : text.pipe(Flag.withAlias(field.alias))
  if (field.kind === "list")
    return named.pipe(
      Flag.atLeast(0),
      Flag.map((values) => (values.length === 0 ? [] : [values]))
    )
  return named.pipe(
    Flag.atMost(1),
    Flag.map((values) =>
      values.map((value): unknown => (field.kind === "number" && value.trim() !== "" ? Number(value) : value))
    )
  )
}

/** The bare word that stands for a field; of a list all words that are left. */
export const wordOf = (field: Field) => {
  const name = field.path.join("-").toUpperCase()
  if (field.kind === "list") {
    return operands(name, field.description, !field.isOptional).pipe(
      Argument.map((values): ReadonlyArray<unknown> => (values.length === 0 ? [] : [values]))
    )
  }
  const word = Argument.String(name).pipe(Argument.withDescription(field.description), Argument.withMetavar(""))
  return field.isOptional
    ? word.pipe(
        Argument.optional,
        Argument.map((value): ReadonlyArray<unknown> => Option.toArray(value))
      )
    : word.pipe(Argument.map((value): ReadonlyArray<unknown> => [value]))
}

/** Puts the values of fields together; each has none or one. */
export const valuesOf = (fields: ReadonlyArray<Field>, given: Readonly<Record<string, ReadonlyArray<unknown>>>) => {
  const values: Record<string, unknown> = {}
  for (const field of fields) {
    const found = given[field.path.join(".")] ?? []
    if (found.length === 0) continue
    let at = values
    for (const key of field.path.slice(0, -1)) at = (at[key] ??= {}) as Record<string, unknown>
    at[field.path[field.path.length - 1]!] = found[0]
  }
  return values
}
