import {ClientError} from '../../client/errors.ts';
import {HouseRpc} from '../../client/house-rpc.ts';
import {defaultKeyName, keyRefOf, readKeyRecord} from '../../client/key-record.ts';
import {equalBytes, hexToBytes, type NodeId} from '../../protocol/bytes.ts';
import type {NodeConfig} from '../config.ts';
import {type Finding, fail, ok, warn} from './finding.ts';

/** A name that nobody can register: any refusal of it shows that the chain answers. */
const PROBE = 'did:lux:doctor';

async function checkIdentityChain(url: string, signal: AbortSignal): Promise<Finding> {
  try {
    await new HouseRpc({url}).call('identity.ResolveIdentity', {did: PROBE}, signal);
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    if (error.code !== 'CLIENT_NEIGHBOUR_REFUSED') {
      const advice = 'is its node running, and does --identity name its API, ending in /rpc?';
      return warn('identity', `no usable answer (${error.message})`, advice);
    }
  }
  return ok('identity', `the identity chain at ${new URL(url).host} answers`);
}

async function checkKeyChain(
  {url, reference}: {readonly url: string; readonly reference: string},
  registered: Uint8Array,
  signal: AbortSignal,
): Promise<Finding> {
  const ref = keyRefOf(reference);
  try {
    const result = await new HouseRpc({url}).call('kchain.GetKey', ref, signal);
    const {algorithm, publicKey, status} = readKeyRecord(result, ref);
    if (algorithm !== 'ml-kem-768' || !equalBytes(publicKey, registered)) {
      const advice = 'name the key of this node with --key-ref';
      return warn('keychain', `${reference} is another key`, advice);
    }
    if (status === 'active') return ok('keychain', `${reference} is active`);
    const text = `the key chain says that ${reference} is ${status}`;
    return fail('keychain', text, 'rotate the transport key and register the new one there');
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    if (error.code === 'CLIENT_NEIGHBOUR_REFUSED') {
      const advice = 'register it there, or name another with --key-ref';
      return warn('keychain', `the key chain does not know ${reference}`, advice);
    }
    const advice = 'is its node running, and does --key-chain name its API, ending in /rpc?';
    return warn('keychain', `no usable answer (${error.message})`, advice);
  }
}

/** The identity chain: off, or whether it answers. */
export async function checkIdentity(
  {identity}: Pick<NodeConfig, 'identity'>,
  signal: AbortSignal,
): Promise<Finding> {
  if (identity === undefined) return ok('identity', 'off: no --identity');
  return checkIdentityChain(identity, signal);
}

/** The transport key at the key chain: off, or what that says of the key that our chain shows. */
export async function checkKeyAtKeyChain(
  {keyChain, keyRef}: Pick<NodeConfig, 'keyChain' | 'keyRef'>,
  {nodeId, encryptionKey}: {readonly nodeId: NodeId; readonly encryptionKey: string},
  signal: AbortSignal,
): Promise<Finding> {
  if (keyChain === undefined) return ok('keychain', 'off: no --key-chain');
  const reference = keyRef ?? defaultKeyName(nodeId);
  return checkKeyChain({url: keyChain, reference}, hexToBytes(encryptionKey), signal);
}
