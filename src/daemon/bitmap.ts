/** One bit per node, lowest first: set where it is among the chosen ones; no bytes when none is. */
export function bitmapOf(nodes: readonly string[], chosen: ReadonlySet<string>): Uint8Array {
  const bits = new Uint8Array(Math.ceil(nodes.length / 8));
  for (const [index, node] of nodes.entries()) {
    if (chosen.has(node)) bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7));
  }
  return bits;
}
