import {setImmediate} from 'node:timers/promises';
import {describe, expect, it, vi} from 'vitest';
import {
  createSigner,
  verifySignature,
  verifySignatureAsync,
  verifySignatures,
} from '../../src/crypto/ml-dsa.ts';
import {createNobleSigner} from '../../src/crypto/ml-dsa-noble.ts';
import {suite} from '../../src/crypto/seam.ts';
import type {MlDsa, RawSignatureClaim} from '../../src/crypto/suite.ts';
import {
  asciiBytes,
  equalBytes,
  type SigningPublicKey,
  toSignature,
  toSigningPublicKey,
  toSigningSeed,
} from '../../src/protocol/bytes.ts';
import {SIGNATURE_CONTEXT} from '../../src/protocol/domains.ts';
import {flipped, PAIRS, randomBytes, SUITES} from './twins.ts';

const context = asciiBytes('a context');

function claimBy(maker: MlDsa, message: Uint8Array): RawSignatureClaim {
  const signer = maker.createSigner(toSigningSeed(randomBytes(32)));
  return {publicKey: signer.publicKey, context, message, signature: signer.sign(context, message)};
}

describe.each(PAIRS)('ML-DSA-65, $title', ({maker, taker}) => {
  it.each([0, 1, 300, 70_000])('takes a signature over %i bytes', async (length) => {
    const claim = claimBy(maker.mlDsa, randomBytes(length));
    expect(taker.mlDsa.verify(claim)).toBe(true);
    expect(await taker.mlDsa.verifyAsync(claim)).toBe(true);
  });

  it('derives the same public key from a seed', () => {
    const seed = toSigningSeed(randomBytes(32));
    const {publicKey} = maker.mlDsa.createSigner(seed);
    expect(taker.mlDsa.createSigner(seed).publicKey).toEqual(publicKey);
  });

  it('refuses another context, message, signature or key', async () => {
    const claim = claimBy(maker.mlDsa, randomBytes(40));
    const bit = Math.floor(Math.random() * 8 * 3309);
    const wrong: readonly RawSignatureClaim[] = [
      {...claim, context: new Uint8Array()},
      {...claim, context: asciiBytes('a contexT')},
      {...claim, message: flipped(claim.message, bit)},
      {...claim, signature: toSignature(flipped(claim.signature, bit))},
      {...claim, publicKey: toSigningPublicKey(flipped(claim.publicKey, bit))},
    ];
    for (const other of wrong) {
      expect(taker.mlDsa.verify(other)).toBe(false);
      expect(await taker.mlDsa.verifyAsync(other)).toBe(false);
    }
  });
});

describe.each(SUITES)('ML-DSA-65 of the $name suite', ({mlDsa}) => {
  it('signs hedged: two signatures of one message differ and both hold', async () => {
    const signer = mlDsa.createSigner(toSigningSeed(randomBytes(32)));
    const message = randomBytes(10);
    const [first, second] = [signer.sign(context, message), signer.sign(context, message)];
    const third = await signer.signAsync(context, message);
    expect(equalBytes(first, second)).toBe(false);
    expect(equalBytes(first, third)).toBe(false);
    const {publicKey} = signer;
    expect(mlDsa.verify({publicKey, context, message, signature: third})).toBe(true);
    expect(mlDsa.verify({publicKey, context, message, signature: first})).toBe(true);
    expect(mlDsa.verify({publicKey, context, message, signature: second})).toBe(true);
  });

  it('leaves the seed of the caller as it was', () => {
    const seed = toSigningSeed(randomBytes(32));
    const copy = seed.slice();
    mlDsa.createSigner(seed).sign(context, new Uint8Array());
    expect(seed).toEqual(copy);
  });
});

describe('signatures behind the seam', () => {
  const signer = createSigner(toSigningSeed(randomBytes(32)));
  const message = randomBytes(100);
  const {publicKey} = signer;

  it('binds a signature to its context', () => {
    for (const made of Object.values(SIGNATURE_CONTEXT)) {
      const signature = signer.sign(made, message);
      for (const asked of Object.values(SIGNATURE_CONTEXT)) {
        const claim = {publicKey, context: asked, message, signature};
        expect(verifySignature(claim)).toBe(asked === made);
      }
    }
  });

  it('refuses a context that domains.ts does not list', () => {
    expect(() => signer.sign('other' as never, message)).toThrow(
      expect.objectContaining({code: 'INVARIANT'}),
    );
  });

  it('answers false for a key that does not import', async () => {
    const signature = signer.sign('lux-session-tx-v1', message);
    const noKey = new Uint8Array(7) as SigningPublicKey;
    const claim = {publicKey: noKey, context: SIGNATURE_CONTEXT.tx, message, signature};
    expect(verifySignature(claim)).toBe(false);
    expect(await verifySignatures([claim])).toEqual([false]);
  });

  it('checks one of a turn of the loop itself and leaves the others to the pool', async () => {
    const signature = signer.sign('lux-session-tx-v1', message);
    const good = {publicKey, context: SIGNATURE_CONTEXT.tx, message, signature};
    const pooled = vi.spyOn(suite.mlDsa, 'verifyAsync');
    for (let turn = 1; turn <= 2; turn++) {
      const checks = Array.from({length: 12}, (_, i) =>
        verifySignatureAsync(i % 2 === 0 ? good : {...good, message: randomBytes(5)}),
      );
      expect(pooled).toHaveBeenCalledTimes(11 * turn);
      expect(await Promise.all(checks)).toEqual(checks.map((_, i) => i % 2 === 0));
      await setImmediate();
    }
    pooled.mockRestore();
  });

  it('answers a long list in its order', async () => {
    const good = {publicKey, context: SIGNATURE_CONTEXT.tx, message};
    const signature = signer.sign('lux-session-tx-v1', message);
    const claims = Array.from({length: 150}, (_, i) => ({
      ...good,
      message: i % 3 === 0 ? message : randomBytes(5),
      signature,
    }));
    expect(await verifySignatures(claims)).toEqual(claims.map((_, i) => i % 3 === 0));
    expect(await verifySignatures([])).toEqual([]);
  });
});

describe('deterministic noble signatures', () => {
  it('repeat, and differ from those with other entropy', () => {
    const seed = toSigningSeed(randomBytes(32));
    const sign = (entropy: Uint8Array | false) =>
      createNobleSigner(seed, entropy).sign(context, Uint8Array.of(1));
    expect(sign(false)).toEqual(sign(false));
    expect(equalBytes(sign(false), sign(new Uint8Array(32).fill(1)))).toBe(false);
  });
});
