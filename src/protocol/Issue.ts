/**
 * What is wrong with a message, as one line that a person can act upon: the field, then what was expected of it.
 */
import * as SchemaIssue from "effect/SchemaIssue"

const toStandard = SchemaIssue.makeFormatterStandardSchemaV1()

/** Joins the path of a field and what is wrong with it. */
export const sentence = (path: ReadonlyArray<PropertyKey>, reason: string): string =>
  path.length === 0 ? reason : `${path.map(String).join(".")}: ${reason}`

const first = (issue: SchemaIssue.Issue): readonly [path: ReadonlyArray<PropertyKey>, reason: string] => {
  const [problem] = toStandard(issue).issues
  if (problem === undefined) return [[], String(issue)]
  return [(problem.path ?? []).map((segment) => (typeof segment === "object" ? segment.key : segment)), problem.message]
}

/** The first problem that a schema found. */
export const format = (issue: SchemaIssue.Issue): string => sentence(...first(issue))

/** The same, the path told from the field `root` on. */
export const formatIn = (root: string, issue: SchemaIssue.Issue): string => {
  const [path, reason] = first(issue)
  return sentence(path[0] === root ? path.slice(1) : path, reason)
}
