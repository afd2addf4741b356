/**
 * The parts of documents that commands write.
 */

/** A document with these tables, each between `<!-- name: command -->` and `<!-- /name -->`. */
export const renew = (document: string, command: string, tables: Readonly<Record<string, string>>): string =>
  Object.entries(tables).reduce(
    (text, [name, table]) =>
      text.replace(
        new RegExp(`(<!-- ${name}: ${command} -->).*(<!-- /${name} -->)`, "s"),
        (_, begin: string, end: string) => `${begin}\n\n${table}\n\n${end}`
      ),
    document
  )
