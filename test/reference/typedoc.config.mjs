/**
 * How typedoc makes `docs/reference` of the doc comments of the public modules.
 */
import manifest from "../../package.json" with { type: "json" }

const modules = Object.keys(manifest.exports).filter((path) => path !== "." && path !== "./package.json")

/**
 * Shows what a service can do. Its class extends `Context.Service<…, { … }>()`, and typedoc would print that type without the
 * comments in it. Nobody calls the constructor of a service.
 */
const services = (app) => {
  app.converter.on("resolveBegin", ({ project }) => {
    for (const service of Object.values(project.reflections)) {
      const shape = service.extendedTypes?.find(({ name }) => name === "Shape")
      if (shape === undefined) continue
      const constructor = service.getChildByName("constructor")
      if (constructor !== undefined) project.removeReflection(constructor)
      const { declaration } = shape.typeArguments[1]
      if (declaration === undefined) continue
      service.extendedTypes = undefined
      for (const member of declaration.children ?? []) {
        member.parent = service
        service.addChild(member)
      }
    }
  })
}

export default {
  plugin: ["typedoc-plugin-markdown", services],
  tsconfig: "../../tsconfig.build.json",
  entryPoints: modules.map((path) => `../../src/${path}.ts`),
  out: "../../docs/reference",
  name: "Reference",
  readme: "none",
  outputFileStrategy: "modules",
  hidePageHeader: true,
  hideBreadcrumbs: true,
  useCodeBlocks: true,
  parametersFormat: "table",
  disableSources: true,
  excludeExternals: true,
  excludeTags: ["@since"],
  // Types of internal modules are named but not described.
  validation: { notExported: false },
  treatWarningsAsErrors: true
}
