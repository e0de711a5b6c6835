import {describe, expect, it} from 'vitest';
import {sha256} from '../../src/crypto/hash.ts';
import {createHashChain, hashChainTip} from '../../src/crypto/hash-chain.ts';
import {bytesToHex, type Hash, toHash} from '../../src/protocol/bytes.ts';
import {HASH_CHAIN_STEPS} from '../../src/protocol/chain/limits.ts';

const SEED = new Uint8Array(32).fill(7);

function naiveChain(steps: number): Hash[] {
  const values = [toHash(SEED)];
  for (let value = toHash(SEED); values.length <= steps; ) {
    value = sha256(value);
    values.push(value);
  }
  return values;
}

describe('hash chain', () => {
  // Computed apart from this code base, with Python's hashlib.
  it('has the golden tips', () => {
    expect(bytesToHex(hashChainTip(new Uint8Array(32), 1000))).toBe(
      '36c1cb4f826ae42ceba848227e0c5f786178ca9dceca6772e5d728d09c30a2f6',
    );
    expect(HASH_CHAIN_STEPS).toBe(131_072);
    const golden = '04df7d8bebd828f06a5df20725ea5ced372cbaf64c19be41523f6d59d5d3a91b';
    expect(bytesToHex(hashChainTip(SEED))).toBe(golden);
    expect(bytesToHex(createHashChain(SEED).tip)).toBe(golden);
  });

  it.each([0, 1, 2, 3, 15, 16, 17, 99, 100, 101, 1000])(
    'gives each value of a chain of %i steps, in any order',
    (steps) => {
      const values = naiveChain(steps);
      const chain = createHashChain(SEED, {steps});
      expect(chain.tip).toEqual(values.at(-1));
      const positions = values.map((_, position) => position);
      for (const position of [...positions.toReversed(), ...positions]) {
        expect(chain.preimage(position)).toEqual(values[position]);
      }
    },
  );

  it('walks back: each value is the preimage of the one above', () => {
    const chain = createHashChain(SEED);
    for (const position of [HASH_CHAIN_STEPS - 1, 100_000, 65_536, 362, 361, 0]) {
      expect(sha256(chain.preimage(position))).toEqual(chain.preimage(position + 1));
    }
  });

  it('refuses positions outside the chain', () => {
    const chain = createHashChain(SEED, {steps: 10});
    for (const position of [-1, 11, 0.5, Number.NaN]) {
      expect(() => chain.preimage(position)).toThrow(expect.objectContaining({code: 'INVARIANT'}));
    }
  });

  it('refuses a seed that is not 32 bytes, and keeps its own copy of one that is', () => {
    const refused = expect.objectContaining({code: 'CODEC_WRONG_LENGTH'});
    expect(() => createHashChain(new Uint8Array(31))).toThrow(refused);
    const seed = Uint8Array.from(SEED);
    const chain = createHashChain(seed, {steps: 10});
    seed.fill(0);
    expect(chain.preimage(0)).toEqual(SEED);
  });
});
