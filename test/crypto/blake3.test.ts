import {blake3 as oracle} from '@noble/hashes/blake3.js';
import {beforeAll, describe, expect, it} from 'vitest';
import type {Blake3} from '../../src/crypto/blake3.ts';
import {nobleBlake3} from '../../src/crypto/blake3-noble.ts';
import {createWasmBlake3} from '../../src/crypto/blake3-wasm.ts';
import {blake3, blake3DeriveKey, blake3Keyed, createKeyedBlake3} from '../../src/crypto/hash.ts';
import {initCrypto} from '../../src/crypto/init.ts';
import {currentBlake3} from '../../src/crypto/seam.ts';
import {asciiBytes, bytesToHex} from '../../src/protocol/bytes.ts';
import {randomBytes} from './twins.ts';

const LENGTHS = [0, 1, 63, 64, 65, 1023, 1024, 1025, 16_384, 16_385, 100_000];

function* pieces(data: Uint8Array, size: number): Generator<Uint8Array> {
  for (let start = 0; start < data.length; start += size) yield data.subarray(start, start + size);
}

describe('BLAKE3 twins', () => {
  let wasm: Blake3;
  beforeAll(async () => {
    wasm = await createWasmBlake3();
  });

  it.each(LENGTHS)('agree at %i bytes, plain and keyed, whole and in pieces', (length) => {
    const [data, key] = [randomBytes(length), randomBytes(32)];
    expect(wasm.hash(data)).toEqual(oracle(data));
    expect(nobleBlake3.hash(data)).toEqual(oracle(data));
    for (const twin of [wasm, nobleBlake3]) {
      const hasher = twin.createKeyed(key);
      for (const piece of pieces(data, 1000)) hasher.update(piece);
      expect(hasher.digest()).toEqual(oracle(data, {key}));
    }
  });

  it('keeps interleaved streams of different keys apart', () => {
    const streams = Array.from({length: 5}, () => {
      const [key, data] = [randomBytes(32), randomBytes(20_000)];
      return {key, data, hasher: wasm.createKeyed(key)};
    });
    for (let start = 0; start < 20_000; start += 700) {
      for (const {data, hasher} of streams) hasher.update(data.subarray(start, start + 700));
      wasm.hash(randomBytes(10));
      wasm.createKeyed(randomBytes(32)).update(randomBytes(10));
    }
    for (const {key, data, hasher} of streams.reverse()) {
      expect(hasher.digest()).toEqual(oracle(data, {key}));
    }
  });

  it('survives a stream that is opened and never ended', () => {
    const key = randomBytes(32);
    wasm.createKeyed(randomBytes(32)).update(randomBytes(5));
    wasm.createKeyed(randomBytes(32));
    expect(wasm.createKeyed(key).digest()).toEqual(oracle(new Uint8Array(), {key}));
  });

  it('keeps its own copy of the key', () => {
    const key = randomBytes(32);
    const expected = oracle(Uint8Array.of(1), {key});
    const hasher = wasm.createKeyed(key);
    key.fill(0);
    hasher.update(Uint8Array.of(1));
    expect(hasher.digest()).toEqual(expected);
  });

  it('refuses use after the digest', () => {
    const hasher = wasm.createKeyed(randomBytes(32));
    hasher.digest();
    const refused = expect.objectContaining({code: 'INVARIANT'});
    expect(() => hasher.digest()).toThrow(refused);
    expect(() => hasher.update(new Uint8Array(1))).toThrow(refused);
  });
});

describe('BLAKE3 behind the seam', () => {
  it('answers the same before and after initCrypto, also for a stream that spans it', async () => {
    const [data, key] = [randomBytes(3000), randomBytes(32)];
    expect(currentBlake3().name).toBe('noble');
    const spanning = createKeyedBlake3(key);
    spanning.update(data.subarray(0, 1500));
    const before = [blake3(data), blake3Keyed(key, data)];
    await Promise.all([initCrypto(), initCrypto()]);
    const wasm = currentBlake3();
    await initCrypto();
    expect(wasm.name).toBe('wasm');
    expect(currentBlake3()).toBe(wasm);
    spanning.update(data.subarray(1500));
    expect([blake3(data), blake3Keyed(key, data)]).toEqual(before);
    expect(spanning.digest()).toEqual(before[1]);
  });

  it('refuses a key of another length', () => {
    const refused = expect.objectContaining({code: 'CRYPTO_KEY_LENGTH'});
    expect(() => blake3Keyed(new Uint8Array(31), new Uint8Array())).toThrow(refused);
  });

  it('derives different keys for different contexts', () => {
    const material = randomBytes(32);
    const context = 'sessionvm 2026-01-01 test';
    expect(blake3DeriveKey(context, material)).toEqual(
      oracle(material, {context: asciiBytes(context)}),
    );
    const other = bytesToHex(blake3DeriveKey(`${context} 2`, material));
    expect(other).not.toBe(bytesToHex(blake3DeriveKey(context, material)));
  });
});
