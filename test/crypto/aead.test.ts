import {describe, expect, it} from 'vitest';
import {openXChaCha, SEAL_OVERHEAD_BYTES, sealXChaCha} from '../../src/crypto/aead.ts';
import {nobleAead} from '../../src/crypto/aead-noble.ts';
import {flipped, PAIRS, randomBytes, SUITES} from './twins.ts';

const LENGTHS = [0, 1, 15, 16, 17, 63, 64, 65, 1007, 1008, 1009, 1023, 1024, 1025, 76_800];
const random = () => ({
  key: randomBytes(32),
  nonce: randomBytes(24),
  associatedData: randomBytes(Math.floor(Math.random() * 40)),
});

describe.each(PAIRS)('XChaCha20-Poly1305, $title', ({maker, taker}) => {
  it.each(LENGTHS)('makes and opens the same bytes at %i', (length) => {
    const [parameters, plaintext] = [random(), randomBytes(length)];
    const sealed = maker.aead.seal(parameters, plaintext);
    expect(taker.aead.seal(parameters, plaintext)).toEqual(sealed);
    expect(taker.aead.open(parameters, sealed)).toEqual(plaintext);
  });
});

describe.each(SUITES)('XChaCha20-Poly1305 of the $name suite', ({aead}) => {
  const refused = expect.objectContaining({code: 'CRYPTO_OPEN_FAILED'});

  it.each([0, 100, 5000])('refuses any change around %i bytes', (length) => {
    const parameters = random();
    const sealed = aead.seal(parameters, randomBytes(length));
    const {key, nonce} = parameters;
    for (let i = 0; i < 20; i++) {
      const bit = Math.floor(Math.random() * 8 * 100_003);
      expect(() => aead.open(parameters, flipped(sealed, bit))).toThrow(refused);
      expect(() => aead.open({...parameters, key: flipped(key, bit)}, sealed)).toThrow(refused);
      expect(() => aead.open({...parameters, nonce: flipped(nonce, bit)}, sealed)).toThrow(refused);
    }
    const other = {...parameters, associatedData: randomBytes(41)};
    expect(() => aead.open(other, sealed)).toThrow(refused);
    expect(() => aead.open(parameters, sealed.subarray(1))).toThrow(refused);
    expect(() => aead.open(parameters, sealed.subarray(0, 15))).toThrow(refused);
    expect(() => aead.open(parameters, new Uint8Array())).toThrow(refused);
  });

  it('leaves key, nonce and plaintext as they were, whatever memory they lie in', () => {
    const memory = randomBytes(200);
    const copy = memory.slice();
    const [key, nonce] = [memory.subarray(1, 33), memory.subarray(35, 59)];
    const plaintext = memory.subarray(61, 199);
    const parameters = {key, nonce, associatedData: new Uint8Array()};
    const sealed = aead.seal(parameters, plaintext);
    expect(sealed).toEqual(
      nobleAead.seal({...parameters, key: key.slice(), nonce: nonce.slice()}, plaintext.slice()),
    );
    expect(memory).toEqual(copy);
  });
});

describe('sealXChaCha', () => {
  it.each(LENGTHS)('seals and opens %i bytes, whichever twin does it', (length) => {
    const {key, nonce, associatedData} = random();
    const plaintext = randomBytes(length);
    const sealed = sealXChaCha(key, nonce, plaintext, associatedData);
    expect(sealed.length).toBe(length + SEAL_OVERHEAD_BYTES);
    expect(openXChaCha(key, nonce, sealed, associatedData)).toEqual(plaintext);
    expect(() => openXChaCha(key, nonce, sealed, Uint8Array.of(...associatedData, 0))).toThrow(
      expect.objectContaining({code: 'CRYPTO_OPEN_FAILED'}),
    );
  });

  it('takes no associated data as an empty one', () => {
    const {key, nonce} = random();
    const sealed = sealXChaCha(key, nonce, Uint8Array.of(1));
    expect(openXChaCha(key, nonce, sealed, new Uint8Array())).toEqual(Uint8Array.of(1));
  });

  it('refuses keys and nonces of another length', () => {
    const refused = expect.objectContaining({code: 'CRYPTO_KEY_LENGTH'});
    const data = new Uint8Array(20);
    expect(() => sealXChaCha(randomBytes(31), randomBytes(24), data)).toThrow(refused);
    expect(() => sealXChaCha(randomBytes(32), randomBytes(12), data)).toThrow(refused);
    expect(() => openXChaCha(randomBytes(33), randomBytes(24), data)).toThrow(refused);
    expect(() => openXChaCha(randomBytes(32), randomBytes(25), data)).toThrow(refused);
  });
});
