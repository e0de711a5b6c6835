import type {Row} from './row.ts';

/** One number per cache line of 64 bytes. */
const LINE_WORDS = 16;
const READS = 400_000;
const MIB = 2 ** 20;

/** All lines of so many bytes in one ring, each at a random place: no read can be begun early. */
function ringOf(bytes: number): Uint32Array {
  const words = new Uint32Array(bytes / 4);
  const lines = Uint32Array.from({length: words.length / LINE_WORDS}, (_, line) => line);
  for (let last = lines.length - 1; last > 0; last--) {
    const chosen = Math.floor(Math.random() * last);
    [lines[last], lines[chosen]] = [lines[chosen] ?? 0, lines[last] ?? 0];
  }
  for (const [at, line] of lines.entries()) {
    words[line * LINE_WORDS] = (lines[(at + 1) % lines.length] ?? 0) * LINE_WORDS;
  }
  return words;
}

/** What a read of a random line of so many bytes takes, in ns. */
function readNs(bytes: number): number {
  const ring = ringOf(bytes);
  let at = 0;
  const follow = (reads: number): void => {
    for (let i = 0; i < reads; i++) at = ring[at] ?? 0;
  };
  follow(ring.length / LINE_WORDS);
  const start = performance.now();
  follow(READS);
  return ((performance.now() - start) * 1e6) / READS;
}

/**
 * How much of the shared cache this machine has just now. Ten processes need more than a core's own; where
 * others have taken the shared one, each of them is slower, and a signature in a loop is not.
 */
export function memoryReads(when: string): Row {
  const [own, shared, memory] = [MIB / 4, 12 * MIB, 128 * MIB].map(readNs);
  const ns = (value: number | undefined): string => `${value?.toFixed(0)} ns`;
  return {
    name: `random reads within 12 MiB, ${when}`,
    figure: ns(shared),
    limit: `within 256 KiB ${ns(own)}, 128 MiB ${ns(memory)}`,
    ratio: (shared ?? 0) / (memory ?? 1),
    target: 'read: near 1, others have the cache, or it is smaller',
    met: true,
  };
}
