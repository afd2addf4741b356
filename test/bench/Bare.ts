/**
 * The bare loop: the least work with which a Node program can give the same answers.
 *
 * It trusts every line. It does not check what it reads, does not gossip, counts nothing, and ignores a slow reader.
 */
interface Request {
  readonly src: string
  readonly dest: string
  readonly body: { readonly type: string; readonly msg_id: number; readonly message: number }
}

const seen = new Set<number>()
let rest = ""
let nextId = 0

process.stdin.setEncoding("utf8")
process.stdin.on("data", (chunk) => {
  const lines = (rest + chunk).split("\n")
  rest = lines.pop() ?? ""
  let answers = ""
  for (const line of lines) {
    const { body, dest, src }: Request = JSON.parse(line)
    if (body.type === "broadcast") seen.add(body.message)
    const answer = { type: `${body.type}_ok`, in_reply_to: body.msg_id, msg_id: nextId++ }
    answers += `${JSON.stringify({ src: dest, dest: src, body: answer })}\n`
  }
  process.stdout.write(answers)
})
