import {idToString} from '../../../crypto/ids.ts';
import {MAX_PROVEN_KEYS} from '../../../protocol/api-param-schemas.ts';
import type {KeyProofInfo, PrefixProofInfo} from '../../../protocol/api-proofs.ts';
import {equalBytes} from '../../../protocol/bytes.ts';
import {
  accountKey,
  EPOCH_STATE_KEY,
  nodeKey,
  serviceNodeKey,
  serviceNodeKeysKey,
  swarmSeatsPrefix,
  TRANSPORT_KEYS_PREFIX,
} from '../../../protocol/chain/state-keys.ts';
import {
  MAX_PREFIX_PROOF_ENTRIES,
  StatePrefixProof,
} from '../../../protocol/chain/state-prefix-proof.ts';
import {MAX_STATE_KEY_BYTES, StateProof} from '../../../protocol/chain/state-proof.ts';
import {encode} from '../../../protocol/codec.ts';
import type {RecentState} from '../../../vm/chain.ts';
import type {MerkleMap} from '../../../vm/state/merkle-map.ts';
import {ApiError} from '../errors.ts';
import {hex} from '../hex.ts';
import type {Method} from '../method.ts';
import {
  addressParam,
  hexListParam,
  hexParam,
  nodeIdParam,
  numberParam,
  type RawParams,
  u64Param,
} from '../params.ts';
import {instant} from '../views.ts';

const has = (params: RawParams, name: string): boolean => params[name] !== undefined;

function provenKeys(params: RawParams): readonly Uint8Array[] {
  const keys: Uint8Array[] = [];
  if (has(params, 'keys')) {
    const bounds = {maxItems: MAX_PROVEN_KEYS, maxBytes: MAX_STATE_KEY_BYTES};
    keys.push(...hexListParam(params, 'keys', bounds));
  }
  if (has(params, 'nodeId')) {
    const nodeId = nodeIdParam(params, 'nodeId');
    keys.push(serviceNodeKey(nodeId), serviceNodeKeysKey(nodeId));
    keys.push(nodeKey(TRANSPORT_KEYS_PREFIX, nodeId));
  }
  if (has(params, 'address')) keys.push(accountKey(addressParam(params, 'address')));
  if (has(params, 'swarmId')) keys.push(EPOCH_STATE_KEY);
  return keys;
}

type Prefix = {readonly param: string; readonly prefix: Uint8Array};

function provenPrefixes(params: RawParams): readonly Prefix[] {
  const prefixes: Prefix[] = [];
  if (has(params, 'prefix')) {
    const prefix = hexParam(params, 'prefix', MAX_STATE_KEY_BYTES);
    if (prefix.length === 0) invalid('prefix', 'must not be empty');
    prefixes.push({param: 'prefix', prefix});
  }
  if (has(params, 'swarmId')) {
    const swarmId = numberParam(params, 'swarmId', [0, 0xffff_ffff]);
    prefixes.push({param: 'swarmId', prefix: swarmSeatsPrefix(swarmId)});
  }
  return prefixes;
}

function invalid(param: string, problem: string): never {
  throw new ApiError('API_INVALID_PARAMS', {param, problem});
}

function stateOf(states: readonly RecentState[], params: RawParams): RecentState {
  const height = has(params, 'height') ? u64Param(params, 'height') : undefined;
  const root = has(params, 'stateRoot') ? hexParam(params, 'stateRoot', 32) : undefined;
  if (root !== undefined && root.length !== 32) invalid('stateRoot', 'must be 32 bytes');
  const found = states.find(
    (state) =>
      (height === undefined || state.height === height) &&
      (root === undefined || equalBytes(state.map.root(), root)),
  );
  if (found === undefined) throw new ApiError('API_NOT_FOUND', {what: 'state'});
  return found;
}

function proveKey(map: MerkleMap, key: Uint8Array): KeyProofInfo {
  const value = map.get(key);
  return {
    key: hex(key),
    value: value === undefined ? null : hex(value),
    proof: hex(encode(StateProof, map.prove(key))),
  };
}

function provePrefix(map: MerkleMap, {param, prefix}: Prefix): PrefixProofInfo {
  const proof = map.provePrefix(prefix, MAX_PREFIX_PROOF_ENTRIES);
  if (proof === undefined) invalid(param, 'more entries than one proof may hold');
  return {
    prefix: hex(prefix),
    count: proof.entries.length,
    proof: hex(encode(StatePrefixProof, proof)),
  };
}

/** Proofs for whoever does not want to believe this node. SPEC.md §8.2. */
export const getProof: Method<'getProof'> = {
  params: ['keys', 'prefix', 'nodeId', 'address', 'swarmId', 'height', 'stateRoot'],
  call({chain}, params) {
    const [keys, prefixes] = [provenKeys(params), provenPrefixes(params)];
    if (keys.length + prefixes.length === 0) {
      invalid('keys', 'say what to prove: keys, prefix, nodeId, address or swarmId');
    }
    const {id, height, timestamp, map} = stateOf(chain.recentStates, params);
    return {
      blockId: idToString(id),
      height: height.toString(),
      timestampMs: instant(timestamp),
      stateRoot: hex(map.root()),
      keys: keys.map((key) => proveKey(map, key)),
      prefixes: prefixes.map((prefix) => provePrefix(map, prefix)),
    };
  },
};
