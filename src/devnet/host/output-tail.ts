const LIMIT_BYTES = 65_536;

export type OutputTail = {add(chunk: Uint8Array): void; text(): string};

/** Keeps the end of what a child process prints: enough to say why it died, bounded. */
export function createOutputTail(limit: number = LIMIT_BYTES): OutputTail {
  let chunks: Uint8Array[] = [];
  let length = 0;
  return {
    add(chunk) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > 2 * limit) {
        chunks = [Buffer.concat(chunks).subarray(-limit)];
        length = limit;
      }
    },
    text: () => Buffer.concat(chunks).subarray(-limit).toString('utf8'),
  };
}
