import {createPrivateKey, createPublicKey, sign, verify} from 'node:crypto';
import {toSignature, toSigningPublicKey} from '../protocol/bytes.ts';
import {bufferOf, createKeyCache} from './key-cache.ts';
import type {MlDsa} from './suite.ts';

/** 40 MiB of imported keys at most. */
const publicKeyOf = createKeyCache('ml-dsa-65', 4096);

/** ML-DSA-65 of OpenSSL: a verification takes 0.13 ms, a tenth of the noble twin's. */
export const nativeMlDsa: MlDsa = {
  createSigner(seed) {
    const key = createPrivateKey({
      key: bufferOf(seed),
      format: 'raw-seed',
      asymmetricKeyType: 'ml-dsa-65',
    });
    const raw = createPublicKey(key).export({format: 'raw-public'});
    return {
      publicKey: toSigningPublicKey(new Uint8Array(raw)),
      sign: (context, message) => toSignature(new Uint8Array(sign(null, message, {key, context}))),
      signAsync: (context, message) =>
        new Promise((resolve, reject) => {
          sign(null, message, {key, context}, (error, signature) => {
            if (error === null) resolve(toSignature(new Uint8Array(signature)));
            else reject(error);
          });
        }),
    };
  },
  verify({publicKey, context, message, signature}) {
    const key = publicKeyOf(publicKey);
    return key !== undefined && verify(null, message, {key, context}, signature);
  },
  verifyAsync({publicKey, context, message, signature}) {
    const key = publicKeyOf(publicKey);
    if (key === undefined) return Promise.resolve(false);
    return new Promise((resolve, reject) => {
      verify(null, message, {key, context}, signature, (error, isValid) => {
        if (error === null) resolve(isValid);
        else reject(error);
      });
    });
  },
};
