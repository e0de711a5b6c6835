import {describe, expect, it} from 'vitest';
import {createKeyCache} from '../../src/crypto/key-cache.ts';
import {randomBytes} from './twins.ts';

describe('key cache', () => {
  it('keeps the keys used last, and imports the others again', () => {
    const keyOf = createKeyCache('ml-dsa-65', 2);
    const [a, b, c] = [randomBytes(1952), randomBytes(1952), randomBytes(1952)];
    const [keyA, keyB] = [keyOf(a), keyOf(b)];
    expect(keyOf(a)).toBe(keyA);
    expect(keyOf(a.slice())).toBe(keyA);
    keyOf(c);
    expect(keyOf(a)).toBe(keyA);
    const again = keyOf(b);
    expect(again).not.toBe(keyB);
    expect(again?.equals(keyB as NonNullable<typeof keyB>)).toBe(true);
  });

  it('answers nothing for bytes that are no key', () => {
    const keyOf = createKeyCache('ml-kem-768', 2);
    expect(keyOf(new Uint8Array(1183))).toBeUndefined();
    expect(keyOf(new Uint8Array(1184).fill(255))).toBeUndefined();
    expect(keyOf(new Uint8Array(1184))?.asymmetricKeyType).toBe('ml-kem-768');
  });
});
