import {createHash} from 'node:crypto';
import {createBLAKE2b} from 'hash-wasm';
import {describe, expect, it} from 'vitest';
import {blake2b256, hashStruct, sha256, taggedHash} from '../../src/crypto/hash.ts';
import {suite} from '../../src/crypto/seam.ts';
import {bytesToHex, bytesToKey, concatBytes, keyToBytes} from '../../src/protocol/bytes.ts';
import {struct, u8, u16} from '../../src/protocol/codec.ts';
import {HASH_TAG} from '../../src/protocol/domains.ts';
import {randomBytes, SUITES} from './twins.ts';

// Around the block size, the state tree's inputs, and both sides of the joining buffer.
const LENGTHS = [0, 1, 55, 56, 63, 64, 65, 90, 124, 4095, 4096, 4097, 100_000];

const SEVENS = new Uint8Array(8).fill(7);

describe.each(SUITES)('SHA-256 of the $name suite', (twin) => {
  it.each(LENGTHS)('is the standard one at %i bytes, in one part or several', (length) => {
    const data = randomBytes(length);
    const digest = new Uint8Array(createHash('sha256').update(data).digest());
    const third = Math.floor(length / 3);
    const parts = [data.subarray(0, third), data.subarray(third, third), data.subarray(third)];
    expect(twin.sha256([data])).toEqual(digest);
    expect(twin.sha256(parts)).toEqual(digest);
  });

  it.each(LENGTHS)(
    'writes the same digest as a key, and a key back as bytes, at %i bytes',
    (length) => {
      const data = randomBytes(length);
      const key = twin.sha256Key(data);
      expect(key).toBe(bytesToKey(twin.sha256([data])));
      const target = new Uint8Array(40).fill(7);
      twin.writeKey(target, 5, key);
      expect(target).toEqual(
        concatBytes(SEVENS.subarray(3), twin.sha256([data]), SEVENS.subarray(5)),
      );
      expect(keyToBytes(key)).toEqual(twin.sha256([data]));
    },
  );

  it('hashes nothing as the empty string', () => {
    expect(bytesToHex(twin.sha256([]))).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
  });
});

describe('hashes', () => {
  it('runs on the native suite here', () => {
    expect(suite.name).toBe('native');
  });

  it('gives each digest memory of its own', () => {
    const first = sha256(Uint8Array.of(1));
    const copy = first.slice();
    sha256(Uint8Array.of(2), Uint8Array.of(3));
    expect(first).toEqual(copy);
    expect(first.buffer.byteLength).toBe(32);
  });

  it('puts the length of the tag and the tag before the parts', () => {
    // Computed apart from this code base, with Python's hashlib.
    const golden = 'd74d99070a9f8c11fdfd7ac6186ed77f034c897db06b322554a615aa27367ffd';
    expect(bytesToHex(taggedHash(HASH_TAG.mix, Uint8Array.of(1, 2), Uint8Array.of(3)))).toBe(
      golden,
    );
    const codec = struct('Pair', {first: u16, second: u8});
    expect(bytesToHex(hashStruct(HASH_TAG.mix, codec, {first: 0x0102, second: 3}))).toBe(golden);
  });

  it('tells uses apart by their tags', () => {
    const digests = Object.values(HASH_TAG).map((tag) => bytesToHex(taggedHash(tag)));
    expect(new Set(digests).size).toBe(Object.keys(HASH_TAG).length);
  });

  it('refuses a tag that domains.ts does not list', () => {
    expect(() => taggedHash('lux/session/other/v1' as never)).toThrow(
      expect.objectContaining({code: 'INVARIANT'}),
    );
  });

  it('computes BLAKE2b-256 as another library does', async () => {
    const oracle = await createBLAKE2b(256);
    for (const length of [0, 1, 128, 129, 3136]) {
      const [left, right] = [randomBytes(length), randomBytes(length)];
      const expected = oracle.init().update(concatBytes(left, right)).digest('binary');
      expect(blake2b256(left, right)).toEqual(expected);
    }
  });
});
