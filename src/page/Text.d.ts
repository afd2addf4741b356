/**
 * Text files, which the bundler puts into the program as strings.
 */
declare module "*.txt" {
  const text: string
  export default text
}
