/**
 * The topologies that clients suggest, compared with the shapes that Maelstrom gives them.
 */
import { assert, describe, it } from "@effect/vitest"
import { neighbours, nodeIds, topologies } from "../../src/simulation/Scenario.ts"

describe("neighbours", () => {
  it("a grid of five is two rows of three and two", () => {
    assert.deepStrictEqual(neighbours("grid", ["n1", "n2", "n3", "n4", "n5"]), {
      n1: ["n2", "n4"],
      n2: ["n1", "n3", "n5"],
      n3: ["n2"],
      n4: ["n1", "n5"],
      n5: ["n2", "n4"]
    })
  })

  it("a node in a line has a neighbour on either side, except at the ends", () => {
    assert.deepStrictEqual(neighbours("line", ["a", "b", "c"]), { a: ["b"], b: ["a", "c"], c: ["b"] })
  })

  it.each([
    { shape: "tree" as const, root: ["n1", "n2"], second: ["n0", "n3", "n4"] },
    { shape: "tree2" as const, root: ["n1", "n2"], second: ["n0", "n3", "n4"] },
    { shape: "tree3" as const, root: ["n1", "n2", "n3"], second: ["n0", "n4", "n5", "n6"] },
    { shape: "tree4" as const, root: ["n1", "n2", "n3", "n4"], second: ["n0", "n5", "n6", "n7", "n8"] }
  ])("the root of a $shape of 25 has the neighbours $root", ({ root, second, shape }) => {
    const adjacent = neighbours(shape, nodeIds(25))
    assert.deepStrictEqual(adjacent["n0"], root)
    assert.deepStrictEqual(adjacent["n1"], second)
  })

  it.each(topologies.flatMap((shape) => [1, 2, 5, 25, 30].map((size) => ({ shape, size }))))(
    "a $shape of $size is connected and mutual, and no node is its own neighbour",
    ({ shape, size }) => {
      const nodes = nodeIds(size)
      const adjacent = neighbours(shape, nodes)
      assert.sameMembers(Object.keys(adjacent), [...nodes])
      for (const [node, others] of Object.entries(adjacent)) {
        assert.notInclude(others, node)
        for (const other of others) assert.isTrue(adjacent[other]?.includes(node))
      }
      const reached = new Set(["n0"])
      for (const node of reached) for (const other of adjacent[node] ?? []) reached.add(other)
      assert.strictEqual(reached.size, size)
    }
  )

  it("in a total topology every node is a neighbour of every other", () => {
    for (const others of Object.values(neighbours("total", nodeIds(7)))) assert.lengthOf(others, 6)
  })
})
