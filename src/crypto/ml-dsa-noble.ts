import {ml_dsa65} from '@noble/post-quantum/ml-dsa.js';
import {type SigningSeed, toSignature, toSigningPublicKey} from '../protocol/bytes.ts';
import type {MlDsa, RawSigner} from './suite.ts';

/**
 * A signer whose secret key stays expanded in memory (4032 bytes).
 * @param extraEntropy 32 bytes, or `false` for deterministic signatures; random when left out.
 */
export function createNobleSigner(seed: SigningSeed, extraEntropy?: Uint8Array | false): RawSigner {
  const {publicKey, secretKey} = ml_dsa65.keygen(seed);
  const entropy = extraEntropy === undefined ? {} : {extraEntropy};
  const sign: RawSigner['sign'] = (context, message) =>
    toSignature(ml_dsa65.sign(message, secretKey, {context, ...entropy}));
  return {
    publicKey: toSigningPublicKey(publicKey),
    sign,
    signAsync: async (context, message) => sign(context, message),
  };
}

/** noble throws for a key of another length; here, as natively, such a key verifies nothing. */
const verify: MlDsa['verify'] = ({publicKey, context, message, signature}) =>
  publicKey.length === toSigningPublicKey.byteLength &&
  ml_dsa65.verify(signature, message, publicKey, {context});

/** ML-DSA-65 in JavaScript: for hosts without the native one, and as its oracle. */
export const nobleMlDsa: MlDsa = {
  createSigner: (seed) => createNobleSigner(seed),
  verify,
  verifyAsync: async (claim) => verify(claim),
};
