/**
 * What can be set on a running node: the fields of `configure`.
 */
export { fields } from "../gossip/Settings.ts"
