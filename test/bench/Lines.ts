/**
 * The lines that a client sends to a cluster of one.
 */
const line = (body: object): string => JSON.stringify({ src: "c1", dest: "n1", body })

/** Tells the node that it is alone. */
export const init = line({ type: "init", msg_id: 1, node_id: "n1", node_ids: ["n1"] })

/** Broadcasts an integer. */
export const broadcast = (message: number) => line({ type: "broadcast", msg_id: message + 2, message })

/** Asks for everything. */
export const read = line({ type: "read", msg_id: 1 })
