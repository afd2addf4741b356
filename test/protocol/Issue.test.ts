/**
 * What is wrong is told in one sentence that begins with the field.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Issue from "../../src/protocol/Issue.ts"

const Sample = Schema.Struct({ body: Schema.Struct({ list: Schema.Array(Schema.Int), name: Schema.String }) })

const issueOf = (input: unknown) => {
  const result = Schema.decodeUnknownResult(Sample)(input)
  if (Result.isSuccess(result)) throw new Error("accepted")
  return result.failure.issue
}

describe("Issue", () => {
  it("a problem is told as the path of the field, then the reason", () => {
    assert.strictEqual(Issue.sentence(["a", 0, "b"], "bad"), "a.0.b: bad")
    assert.strictEqual(Issue.sentence([], "bad"), "bad")
  })

  it("the first field that is wrong is named, with its place in lists", () => {
    assert.match(Issue.format(issueOf({ body: { list: [1, "x"], name: 2 } })), /^body\.list\.1: /)
  })

  it("a value that is wrong as a whole is told without a path", () => {
    assert.notInclude(Issue.format(issueOf(3)), ": undefined")
    assert.match(Issue.format(issueOf(3)), /expected/i)
  })
})
