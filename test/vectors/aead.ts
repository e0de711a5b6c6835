import {openXChaCha, sealXChaCha} from '../../src/crypto/aead.ts';
import {nativeAead} from '../../src/crypto/aead-native.ts';
import {nobleAead} from '../../src/crypto/aead-noble.ts';
import type {Aead} from '../../src/crypto/suite.ts';
import {hexToBytes} from '../../src/protocol/bytes.ts';
import {isHex, isRefused} from './tally.ts';
import {type VectorCase, wycheproof} from './wycheproof.ts';

type AeadCase = VectorCase & {
  readonly key: string;
  readonly iv: string;
  readonly aad: string;
  readonly msg: string;
  readonly ct: string;
  readonly tag: string;
};

const seam: Aead = {
  seal: ({key, nonce, associatedData}, plaintext) =>
    sealXChaCha(key, nonce, plaintext, associatedData),
  open: ({key, nonce, associatedData}, sealed) => openXChaCha(key, nonce, sealed, associatedData),
};
const TWINS = [
  ['native', nativeAead],
  ['noble', nobleAead],
  ['seam', seam],
] as const;

export const aeadVectors = wycheproof<object, AeadCase>(async (tally, vector) => {
  const {tcId, key, iv, aad, msg, ct, tag, result} = vector;
  const parameters = {
    key: hexToBytes(key),
    nonce: hexToBytes(iv),
    associatedData: hexToBytes(aad),
  };
  const [plaintext, sealed] = [hexToBytes(msg), hexToBytes(ct + tag)];
  for (const [name, aead] of TWINS) {
    // The twins are never reached with another nonce: the seam refuses it.
    if (name !== 'seam' && parameters.nonce.length !== 24) {
      tally.leaveOut(name, 'nonce length');
      continue;
    }
    await tally.check(name, tcId, () => {
      if (result === 'invalid') return isRefused(() => aead.open(parameters, sealed));
      return (
        isHex(aead.seal(parameters, plaintext), ct + tag) &&
        isHex(aead.open(parameters, sealed), msg)
      );
    });
  }
});
