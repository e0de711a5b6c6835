import {
  asciiBytes,
  type Signature,
  type SigningPublicKey,
  type SigningSeed,
} from '../protocol/bytes.ts';
import {SIGNATURE_CONTEXT, type SignatureContext} from '../protocol/domains.ts';
import {InvariantError} from '../protocol/errors.ts';
import {suite} from './seam.ts';
import type {RawSignatureClaim} from './suite.ts';

export type Signer = {
  readonly publicKey: SigningPublicKey;
  /** Hedged: nothing may depend on two signatures of one message being equal. */
  sign(context: SignatureContext, message: Uint8Array): Signature;
  /** As `sign`, on the thread pool where the runtime has one: 0.6 ms in which the caller's thread goes on. */
  signAsync(context: SignatureContext, message: Uint8Array): Promise<Signature>;
};

/** One signature and what it is said to sign. */
export type SignatureClaim = {
  readonly publicKey: SigningPublicKey;
  readonly context: SignatureContext;
  readonly message: Uint8Array;
  readonly signature: Signature;
};

const CONTEXT_BYTES = new Map<string, Uint8Array>(
  Object.values(SIGNATURE_CONTEXT).map((context) => [context, asciiBytes(context)]),
);

function contextBytes(context: SignatureContext): Uint8Array {
  const bytes = CONTEXT_BYTES.get(context);
  if (bytes === undefined) throw new InvariantError('unknown signature context', {context});
  return bytes;
}

const rawClaim = (claim: SignatureClaim): RawSignatureClaim => ({
  ...claim,
  context: contextBytes(claim.context),
});

/** A signer by the 32-byte seed of FIPS 204 key generation. The seed stays the caller's. */
export function createSigner(seed: SigningSeed): Signer {
  const {publicKey, sign, signAsync} = suite.mlDsa.createSigner(seed);
  return {
    publicKey,
    sign: (context, message) => sign(contextBytes(context), message),
    signAsync: async (context, message) => signAsync(contextBytes(context), message),
  };
}

/** False for a wrong signature, and for a key that is none. About 0.13 ms. */
export function verifySignature(claim: SignatureClaim): boolean {
  return suite.mlDsa.verify(rawClaim(claim));
}

/** Whether this turn of the event loop has checked a signature itself. */
let hasChecked = false;
let onPool = 0;

/**
 * As `verifySignature`: one alone on the calling thread, many at once on the thread pool where the
 * runtime has one. PERF: to wake a thread of the pool and to be woken by it costs half as much as a
 * verification and more, unless the pool is at work anyway.
 */
export async function verifySignatureAsync(claim: SignatureClaim): Promise<boolean> {
  if (!hasChecked && onPool === 0) {
    hasChecked = true;
    setImmediate(() => {
      hasChecked = false;
    });
    return verifySignature(claim);
  }
  onPool += 1;
  try {
    return await suite.mlDsa.verifyAsync(rawClaim(claim));
  } finally {
    onPool -= 1;
  }
}

/** How many verifications are handed to the thread pool at once: 1000 would hold the loop for 9 ms. */
const CHUNK = 64;

/** One answer per claim, in order. */
export async function verifySignatures(claims: readonly SignatureClaim[]): Promise<boolean[]> {
  const answers: boolean[] = [];
  for (let start = 0; start < claims.length; start += CHUNK) {
    const chunk = claims.slice(start, start + CHUNK);
    const checks = chunk.map((claim) => suite.mlDsa.verifyAsync(rawClaim(claim)));
    answers.push(...(await Promise.all(checks)));
  }
  return answers;
}
