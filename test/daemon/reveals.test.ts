import {describe, expect, it} from 'vitest';
import {sha256} from '../../src/crypto/hash.ts';
import {createHashChain} from '../../src/crypto/hash-chain.ts';
import {DaemonError} from '../../src/daemon/errors.ts';
import {Reveals} from '../../src/daemon/reveals.ts';
import {toHash} from '../../src/protocol/bytes.ts';

const chainOf = (seed: number) => createHashChain(new Uint8Array(32).fill(seed), {steps: 10});
const create = () => new Reveals([chainOf(4)]);

describe('Reveals', () => {
  it('finds any tip, in any order, and reveals what hashes to it', async () => {
    const reveals = create();
    for (const position of [10, 9, 3, 7, 10, 0, 1]) {
      expect(await reveals.positionOf(reveals.at(position))).toBe(position);
      if (position === 0) continue;
      const {position: next, reveal} = reveals.below(position);
      expect(next).toBe(position - 1);
      expect(sha256(reveal)).toEqual(reveals.at(position));
    }
  });

  it('refuses a foreign tip, and to go below the seed', async () => {
    const reveals = create();
    const foreign = reveals.positionOf(toHash(new Uint8Array(32)));
    await expect(foreign).rejects.toThrow(DaemonError);
    await expect(foreign).rejects.toThrow('HASH_CHAIN_MISMATCH');
    expect(() => reveals.below(0)).toThrow('DAEMON_HASH_CHAIN_SPENT');
  });

  it('follows the tip from one hash chain to another of the node', async () => {
    const [old, next] = [chainOf(4), chainOf(5)];
    const reveals = new Reveals([next, old]);
    expect(reveals.at(10)).toEqual(next.tip);
    expect(await reveals.positionOf(old.preimage(3))).toBe(3);
    expect(reveals.below(3).reveal).toEqual(old.preimage(2));
    expect(await reveals.positionOf(next.tip)).toBe(10);
    expect(reveals.below(10).reveal).toEqual(next.preimage(9));
  });

  it('reads the key file again for a tip that it does not know, and only then', async () => {
    let reads = 0;
    const [old, next] = [chainOf(4), chainOf(5)];
    const reveals = new Reveals([old], async () => {
      reads += 1;
      return [next, old];
    });
    expect(await reveals.positionOf(old.preimage(7))).toBe(7);
    expect(reads).toBe(0);
    expect(await reveals.positionOf(next.preimage(10))).toBe(10);
    expect(reads).toBe(1);
    await expect(reveals.positionOf(toHash(new Uint8Array(32)))).rejects.toThrow('MISMATCH');
    // What was in use stays in use.
    expect(reveals.below(10).reveal).toEqual(next.preimage(9));
  });
});
