import { defineConfig } from "vitest/config"

// Node 20 has no Map.groupBy, which vitest calls to report a failed test: without it the assertion is not shown.
if (!("groupBy" in Map)) {
  Object.defineProperty(Map, "groupBy", {
    value: <K, V>(items: Iterable<V>, key: (item: V) => K) => {
      const groups = new Map<K, Array<V>>()
      for (const item of items) {
        const group = groups.get(key(item))
        if (group === undefined) groups.set(key(item), [item])
        else group.push(item)
      }
      return groups
    }
  })
}

export default defineConfig({
  // The examples import the package by its name.
  resolve: { tsconfigPaths: true },
  test: {
    include: ["test/**/*.test.ts", "docs/examples/*.test.ts"],
    testTimeout: 30_000,
    // Loading `effect` anew for every file takes longer than most tests. Files share no state, because no module has any.
    isolate: false,
    // All cores: unless told, vitest leaves one idle, which is half of a machine that has two.
    maxWorkers: "100%"
  }
})
