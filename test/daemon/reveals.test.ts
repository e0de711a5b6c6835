import {describe, expect, it} from 'vitest';
import {sha256} from '../../src/crypto/hash.ts';
import {createHashChain} from '../../src/crypto/hash-chain.ts';
import {DaemonError} from '../../src/daemon/errors.ts';
import {Reveals} from '../../src/daemon/reveals.ts';
import {toHash} from '../../src/protocol/bytes.ts';

const create = () => new Reveals(createHashChain(new Uint8Array(32).fill(4), {steps: 10}));

describe('Reveals', () => {
  it('finds any tip, in any order, and reveals what hashes to it', () => {
    const reveals = create();
    for (const position of [10, 9, 3, 7, 10, 0, 1]) {
      expect(reveals.positionOf(reveals.at(position))).toBe(position);
      if (position === 0) continue;
      const {position: next, reveal} = reveals.below(position);
      expect(next).toBe(position - 1);
      expect(sha256(reveal)).toEqual(reveals.at(position));
    }
  });

  it('refuses a foreign tip, and to go below the seed', () => {
    const reveals = create();
    expect(() => reveals.positionOf(toHash(new Uint8Array(32)))).toThrow(DaemonError);
    expect(() => reveals.positionOf(toHash(new Uint8Array(32)))).toThrow('HASH_CHAIN_MISMATCH');
    expect(() => reveals.below(0)).toThrow('DAEMON_HASH_CHAIN_SPENT');
  });
});
