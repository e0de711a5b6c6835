/** Bytes as the API writes them. PERF: an answer may hold a block or the proof of all nodes. */
export function hex({buffer, byteOffset, byteLength}: Uint8Array): string {
  return `0x${Buffer.from(buffer, byteOffset, byteLength).toString('hex')}`;
}
