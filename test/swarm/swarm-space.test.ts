import {blake3} from '@noble/hashes/blake3.js';
import {describe, expect, it} from 'vitest';
import {bytesToHex, toSessionId} from '../../src/protocol/bytes.ts';
import {swarmOf} from '../../src/swarm/swarm-space.ts';

const idOf = (number: number) => {
  const bytes = new Uint8Array(33);
  new DataView(bytes.buffer).setUint32(29, number);
  bytes[0] = 7;
  return toSessionId(bytes);
};

describe('swarmOf', () => {
  it('is BLAKE3 of the id as one big-endian number, mod the number of swarms', () => {
    for (let number = 0; number < 50; number++) {
      const position = BigInt(`0x${bytesToHex(blake3(idOf(number)))}`);
      for (const exponent of [0, 1, 3, 12]) {
        expect(swarmOf(idOf(number), exponent)).toBe(Number(position % 2n ** BigInt(exponent)));
      }
    }
  });

  it('splits a swarm into itself and one sibling when their number doubles', () => {
    for (let number = 0; number < 200; number++) {
      const before = swarmOf(idOf(number), 3);
      expect([before, before + 8]).toContain(swarmOf(idOf(number), 4));
    }
  });

  it('spreads ids over all swarms', () => {
    const sizes = new Array<number>(8).fill(0);
    for (let number = 0; number < 4000; number++) {
      const swarm = swarmOf(idOf(number), 3);
      sizes[swarm] = (sizes[swarm] ?? 0) + 1;
    }
    for (const size of sizes) expect(Math.abs(size - 500)).toBeLessThan(110);
  });
});
