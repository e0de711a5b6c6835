import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {
  decodeIdentity,
  encodeIdentity,
  type Identity,
  isSealedIdentity,
} from '../../src/crypto/identity.ts';
import {IdentityFile} from '../../src/crypto/identity-file.ts';
import {bytesToHex, toChainId, toHash, toKemSeed, toSigningSeed} from '../../src/protocol/bytes.ts';
import {SessionError} from '../../src/protocol/errors.ts';
import {flipped, randomBytes, SUITES} from './twins.ts';

const signingSeed = toSigningSeed(randomBytes(32));
const kemSeed = toKemSeed(randomBytes(64));
const chainSeed = toHash(randomBytes(32));
const IDENTITIES: readonly Identity[] = [
  {kind: 'account', signingSeed},
  {kind: 'node', signingSeed, kemSeed, chainSeed},
  {kind: 'session', signingSeed, kemSeed},
];
const ROTATED: Identity = {
  kind: 'node',
  signingSeed,
  kemSeed,
  chainSeed,
  rotations: [
    {
      chainId: toChainId(randomBytes(32)),
      kemSeed: toKemSeed(randomBytes(64)),
      chainSeed: undefined,
    },
    {chainId: toChainId(randomBytes(32)), kemSeed: toKemSeed(randomBytes(64)), chainSeed},
  ],
};
const [ACCOUNT, NODE] = IDENTITIES as [Identity, Identity];
/** Cheap scrypt: 16 MiB. */
const LOG_COST = 14;
const code = (expected: string) => expect.objectContaining({code: expected});

describe('identity file', () => {
  it.each(IDENTITIES)('keeps an identity of kind $kind, plain and encrypted', (identity) => {
    expect(decodeIdentity(encodeIdentity(identity))).toEqual(identity);
    const file = encodeIdentity(identity, 'correct horse', LOG_COST);
    expect(decodeIdentity(file, 'correct horse')).toEqual(identity);
    expect(file.length).toBeLessThanOrEqual(IdentityFile.maxSize);
  });

  it('keeps the rotations of a node, plain and encrypted', () => {
    expect(decodeIdentity(encodeIdentity(ROTATED))).toEqual(ROTATED);
    const file = encodeIdentity(ROTATED, 'p', LOG_COST);
    expect(decodeIdentity(file, 'p')).toEqual(ROTATED);
    expect(isSealedIdentity(file)).toBe(true);
    expect(isSealedIdentity(encodeIdentity(ROTATED))).toBe(false);
  });

  it('writes a node without rotations as before there were any', () => {
    const bytes = encodeIdentity(NODE);
    expect(encodeIdentity({...NODE, rotations: []} as Identity)).toEqual(bytes);
    // Magic, version, plain, type id 1, then the three seeds.
    const expected = `00010000000000000001${[signingSeed, kemSeed, chainSeed].map(bytesToHex).join('')}`;
    expect(bytesToHex(bytes.subarray(24))).toBe(expected);
  });

  it('hides the seeds, and never looks the same twice', () => {
    const first = encodeIdentity(NODE, 'p', LOG_COST);
    const second = encodeIdentity(NODE, 'p', LOG_COST);
    const has = (file: Uint8Array, seed: Uint8Array) => bytesToHex(file).includes(bytesToHex(seed));
    expect(has(encodeIdentity(NODE), signingSeed)).toBe(true);
    expect(has(first, signingSeed)).toBe(false);
    expect(has(first, kemSeed)).toBe(false);
    expect(first).not.toEqual(second);
  });

  it('uses a costly scrypt unless told otherwise', () => {
    const file = encodeIdentity(ACCOUNT, 'p');
    expect(decodeIdentity(file, 'p')).toEqual(ACCOUNT);
    expect(file[24 + 2 + 4 + 2]).toBe(17);
  });

  it('asks for the passphrase, and refuses a wrong one', () => {
    const file = encodeIdentity(ACCOUNT, 'right', LOG_COST);
    expect(() => decodeIdentity(file)).toThrow(code('CRYPTO_PASSPHRASE_REQUIRED'));
    expect(() => decodeIdentity(file, '')).toThrow(code('CRYPTO_PASSPHRASE_REQUIRED'));
    expect(() => decodeIdentity(file, 'Right')).toThrow(code('CRYPTO_OPEN_FAILED'));
    expect(() => encodeIdentity(ACCOUNT, '')).toThrow(code('CRYPTO_PASSPHRASE_REQUIRED'));
  });

  it('takes a passphrase whichever way its letters are composed', () => {
    const file = encodeIdentity(ACCOUNT, 'caf\u00e9', LOG_COST);
    expect(decodeIdentity(file, 'cafe\u0301')).toEqual(ACCOUNT);
  });

  it('refuses an encrypted file with any byte changed', () => {
    const file = encodeIdentity(ACCOUNT, 'p', LOG_COST);
    for (let byte = 0; byte < file.length; byte += 3) {
      expect(() => decodeIdentity(flipped(file, 8 * byte), 'p')).toThrow(SessionError);
    }
  });

  it('refuses costs that would exhaust memory, or protect nothing', () => {
    const file = encodeIdentity(ACCOUNT, 'p', LOG_COST);
    for (const cost of [0, 1, 13, 19, 30, 255]) {
      const asked = Uint8Array.from(file);
      asked[24 + 2 + 4 + 2] = cost;
      expect(() => decodeIdentity(asked, 'p')).toThrow(code('CODEC_OUT_OF_RANGE'));
    }
  });

  it('says what is wrong with a file that is none', () => {
    const file = encodeIdentity(NODE);
    expect(() => decodeIdentity(new Uint8Array())).toThrow(code('CODEC_TRUNCATED'));
    expect(() => decodeIdentity(randomBytes(100))).toThrow(code('CODEC_BAD_TEXT'));
    expect(() => decodeIdentity(new Uint8Array(1_000_000))).toThrow(code('CODEC_LENGTH_LIMIT'));
    expect(() => decodeIdentity(file.subarray(0, -1))).toThrow(code('CODEC_TRUNCATED'));
    const account = encodeIdentity(ACCOUNT);
    const longer = Uint8Array.of(...account, 0);
    expect(() => decodeIdentity(longer)).toThrow(code('CODEC_TRAILING_BYTES'));
    const newer = Uint8Array.from(account);
    newer[25] = 2;
    expect(() => decodeIdentity(newer)).toThrow(code('CODEC_UNKNOWN_VERSION'));
  });

  it('Canonical: random and mutated files decode to themselves or fail with a code', () => {
    const sealed = encodeIdentity(NODE, 'p', LOG_COST);
    const valid = [...IDENTITIES.map((identity) => encodeIdentity(identity)), sealed];
    const change = fc.record({
      file: fc.constantFrom(...valid),
      edits: fc.array(fc.tuple(fc.nat(255), fc.nat(255)), {minLength: 1, maxLength: 4}),
      cut: fc.nat(10),
    });
    const mutated = change.map(({file, edits, cut}) => {
      const copy = file.slice(0, file.length - (cut > 7 ? cut : 0));
      for (const [index, byte] of edits) copy[index % copy.length] = byte;
      return copy;
    });
    let decoded = 0;
    const property = fc.property(fc.oneof(mutated, fc.uint8Array({maxLength: 240})), (file) => {
      try {
        expect(encodeIdentity(decodeIdentity(file))).toEqual(Uint8Array.from(file));
        decoded += 1;
      } catch (error) {
        if (!(error instanceof SessionError)) throw error;
      }
    });
    fc.assert(property, {numRuns: 10_000});
    expect(decoded).toBeGreaterThan(100);
  });
});

describe.each(SUITES)('scrypt of the $name suite', ({scrypt}) => {
  it('is the one of RFC 7914 (test vector with r = 8, p = 1)', () => {
    const passphrase = Uint8Array.from(Buffer.from('pleaseletmein'));
    const salt = Uint8Array.from(Buffer.from('SodiumChloride'));
    const key = scrypt(passphrase, {salt, logCost: 14});
    expect(Buffer.from(key).toString('hex')).toBe(
      '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2',
    );
  });
});
