import {randomBytes} from 'node:crypto';
import {chacha20poly1305} from '@noble/ciphers/chacha.js';
import {describe, expect, it} from 'vitest';
import {openTransport, sealTransport} from '../../src/crypto/transport-cipher.ts';
import {bytesToHex, hexToBytes, utf8ToBytes} from '../../src/protocol/bytes.ts';

const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));

describe('the cipher of the transport', () => {
  it('is that of RFC 8439 §2.8.2', () => {
    const seal = {
      key: Uint8Array.from({length: 32}, (_, index) => 0x80 + index),
      nonce: hexToBytes('070000004041424344454647'),
      associatedData: hexToBytes('50515253c0c1c2c3c4c5c6c7'),
    };
    const text =
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.";
    const sealed = sealTransport(seal, utf8ToBytes(text));
    expect(bytesToHex(sealed.subarray(0, 16))).toBe('d31a8d34648e60db7b86afbc53ef7ec2');
    expect(bytesToHex(sealed.subarray(-16))).toBe('1ae10b594f09e26a7e902ecbd0600691');
    expect(openTransport(seal, sealed)).toEqual(utf8ToBytes(text));
  });

  it('agrees with noble for messages of all sizes under one key', () => {
    const [key, associatedData] = [random(32), new Uint8Array()];
    for (const size of [0, 1, 15, 16, 17, 1000, 1200, 65_519]) {
      const [nonce, plaintext] = [random(12), random(size)];
      const sealed = sealTransport({key, nonce, associatedData}, plaintext);
      expect(sealed).toEqual(chacha20poly1305(key, nonce, associatedData).encrypt(plaintext));
      expect(new Uint8Array(openTransport({key, nonce, associatedData}, sealed))).toEqual(
        plaintext,
      );
    }
  });

  it('does not open what was altered, cut, or sealed under another key or nonce', () => {
    const seal = {key: random(32), nonce: random(12), associatedData: new Uint8Array()};
    const sealed = sealTransport(seal, random(100));
    for (let at = 0; at < sealed.length; at++) {
      const altered = sealed.slice();
      altered[at] = (altered[at] ?? 0) ^ 1;
      expect(() => openTransport(seal, altered)).toThrow();
    }
    for (const length of [0, 1, 15, 16, 115]) {
      expect(() => openTransport(seal, sealed.subarray(0, length))).toThrow();
    }
    expect(() => openTransport({...seal, key: random(32)}, sealed)).toThrow();
    expect(() => openTransport({...seal, nonce: random(12)}, sealed)).toThrow();
  });
});
