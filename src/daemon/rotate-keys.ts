import {MAX_ROTATIONS, type NodeRotation} from '../crypto/identity-file.ts';
import {createKemKey} from '../crypto/ml-kem.ts';
import type {ServiceNodeInfo} from '../protocol/api.ts';
import {bytesToHex, type ChainId, equalBytes, toHash, toKemSeed} from '../protocol/bytes.ts';
import {DaemonError} from './errors.ts';
import type {NodeIdentity} from './node-secrets.ts';
import type {DaemonPorts} from './ports.ts';

export type RotationInit = {
  readonly chainId: ChainId;
  /** What the chain says of the node now. */
  readonly record: Pick<ServiceNodeInfo, 'encryptionKey' | 'transportKeys'>;
  readonly withHashChain: boolean;
};

const publicKeyOf = ({kemSeed}: NodeRotation): string =>
  `0x${bytesToHex(createKemKey(kemSeed).publicKey)}`;

/**
 * The oldest rotation that nothing needs any more: it brought no hash chain, and the chain neither
 * has its key nor is about to, since a newer one was made.
 */
function spentRotation(
  rotations: readonly NodeRotation[],
  {chainId, record}: RotationInit,
): NodeRotation | undefined {
  const inUse = [record.encryptionKey, record.transportKeys.previous?.encryptionKey];
  return rotations
    .filter((rotation) => equalBytes(rotation.chainId, chainId))
    .slice(0, -1)
    .find((rotation) => rotation.chainSeed === undefined && !inUse.includes(publicKeyOf(rotation)));
}

/**
 * The identity with a new transport key for one chain, and a new hash chain when asked. Keys that it
 * had stay in it, for the overlap and for a rotation that is still on its way.
 * @throws DaemonError DAEMON_TOO_MANY_ROTATIONS when the file is full of keys that are in use.
 */
export function withNewKeys(
  identity: NodeIdentity,
  init: RotationInit,
  randomBytes: DaemonPorts['randomBytes'],
): {readonly identity: NodeIdentity; readonly rotation: NodeRotation} {
  const {chainId, withHashChain} = init;
  const rotation: NodeRotation = {
    chainId,
    kemSeed: toKemSeed(randomBytes(toKemSeed.byteLength)),
    chainSeed: withHashChain ? toHash(randomBytes(toHash.byteLength)) : undefined,
  };
  const {rotations = []} = identity;
  if (rotations.length < MAX_ROTATIONS) {
    return {identity: {...identity, rotations: [...rotations, rotation]}, rotation};
  }
  const spent = spentRotation(rotations, init);
  if (spent === undefined) {
    throw new DaemonError('DAEMON_TOO_MANY_ROTATIONS', {limit: MAX_ROTATIONS});
  }
  const kept = rotations.filter((each) => each !== spent);
  return {identity: {...identity, rotations: [...kept, rotation]}, rotation};
}
