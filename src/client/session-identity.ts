import type {Identity} from '../crypto/identity.ts';
import {sessionIdOf} from '../crypto/ids.ts';
import {createSigner, type Signer} from '../crypto/ml-dsa.ts';
import {createKemKey} from '../crypto/ml-kem.ts';
import type {KemKey} from '../crypto/suite.ts';
import type {SessionId} from '../protocol/bytes.ts';
import type {OwnerKeys} from '../protocol/overlay/owner-auth.ts';

/** A person, ready to sign and to open: made once from the seeds, kept while the program runs. */
export type SessionIdentity = {
  readonly sessionId: SessionId;
  readonly keys: OwnerKeys;
  readonly signer: Signer;
  readonly kemKey: KemKey;
};

/** Keys of one person. The seeds stay the caller's, who may wipe them afterwards. */
export function sessionIdentityOf({
  signingSeed,
  kemSeed,
}: Extract<Identity, {readonly kind: 'session'}>): SessionIdentity {
  const signer = createSigner(signingSeed);
  const kemKey = createKemKey(kemSeed);
  const keys = {kem: kemKey.publicKey, signing: signer.publicKey};
  return {sessionId: sessionIdOf(keys.kem, keys.signing), keys, signer, kemKey};
}
