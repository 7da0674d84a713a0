type Node = unknown
type Branch = Record<string, Node>

const places = ['path', 'query', 'header']

/** The document as people read it: a choice of words is one list, and parameters of the path come first. */
export function tidy(node: Node): Node {
  if (Array.isArray(node)) return node.map(tidy)
  if (typeof node !== 'object' || node === null) return node
  const branch = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, key === 'parameters' ? tidy(ordered(value)) : tidy(value)]),
  )
  return withWords(branch)
}

function ordered(parameters: Node): Node {
  if (!Array.isArray(parameters)) return parameters
  return [...(parameters as { in: string }[])].sort((a, b) => places.indexOf(a.in) - places.indexOf(b.in))
}

/** `anyOf` of single words, and perhaps null, as `enum`. */
function withWords(branch: Branch): Branch {
  const { anyOf, ...rest } = branch
  if (!Array.isArray(anyOf) || !anyOf.every((one) => isWord(one) || isNull(one))) return branch
  const words = anyOf.filter(isWord).flatMap((word) => word.enum)
  return anyOf.some(isNull) ? { ...rest, type: ['string', 'null'], enum: [...words, null] } : { ...rest, type: 'string', enum: words }
}

function isWord(node: Node): node is { enum: string[] } {
  const { type, enum: words } = node as { type?: string; enum?: unknown[] }
  return type === 'string' && words?.length === 1
}

const isNull = (node: Node): boolean => (node as { type?: string }).type === 'null'
