import {DevnetError} from '../errors.ts';
import type {UnaryHandler} from './unary-service.ts';

/** What the other services of the node know of this one-node network. */
export type NetworkFacts = {
  readonly networkId: number;
  readonly chainId: Uint8Array;
  readonly subnetId: Uint8Array;
  readonly nodeId: Uint8Array;
  /** Height of the platform chain. */
  readonly pChainHeight: bigint;
};

type Handlers = Readonly<Record<string, UnaryHandler>>;

const WEIGHT = 100;

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** `validatorstate.ValidatorState`: one validator, this node, on every subnet. */
export function validatorStateHandlers(facts: NetworkFacts): Handlers {
  const height = String(facts.pChainHeight);
  const validators = [
    {nodeId: facts.nodeId, weight: WEIGHT, publicKey: new Uint8Array(), isActive: true},
  ];
  const subnetOf = ({chainId}: {chainId: Uint8Array}): object => {
    if (sameBytes(chainId, facts.chainId)) return {subnetId: facts.subnetId};
    throw new DevnetError('DEVNET_STATE', {problem: 'unknown chain'});
  };
  return {
    GetMinimumHeight: () => ({height}),
    GetCurrentHeight: () => ({height}),
    GetSubnetID: subnetOf,
    GetValidatorSet: () => ({validators}),
    GetCurrentValidatorSet: () => ({validators, currentHeight: height}),
    GetWarpValidatorSets: () => ({validatorSets: []}),
  };
}

/** `aliasreader.AliasReader`: the chain's own id under the alias `sessionvm`. */
export function aliasReaderHandlers({chainId}: NetworkFacts): Handlers {
  const alias = 'sessionvm';
  const checked = ({id}: {id: Uint8Array}): void => {
    if (!sameBytes(id, chainId))
      throw new DevnetError('DEVNET_STATE', {problem: 'no alias for id'});
  };
  return {
    Lookup: (request: {alias: string}) => {
      if (request.alias === alias) return {id: chainId};
      throw new DevnetError('DEVNET_STATE', {problem: 'no id for alias'});
    },
    PrimaryAlias: (request: {id: Uint8Array}) => {
      checked(request);
      return {alias};
    },
    Aliases: (request: {id: Uint8Array}) => {
      checked(request);
      return {aliases: [alias]};
    },
  };
}

/**
 * `sharedmemory.SharedMemory`: there is no other chain to share with, so reads find nothing and a
 * write is refused.
 */
export function sharedMemoryHandlers(): Handlers {
  return {
    Get: ({keys}: {keys: readonly Uint8Array[]}) => {
      if (keys.length > 0) throw new DevnetError('DEVNET_STATE', {problem: 'not found'});
      return {values: []};
    },
    Indexed: () => ({values: [], lastTrait: new Uint8Array(), lastKey: new Uint8Array()}),
    Apply: () => {
      throw new DevnetError('DEVNET_STATE', {problem: 'the development host has no other chain'});
    },
  };
}

/** `warp.Signer`: this node has no BLS key, and says so. */
export function warpSignerHandlers(): Handlers {
  return {
    Sign: () => {
      throw new DevnetError('DEVNET_STATE', {
        problem: 'the development host signs no warp messages',
      });
    },
  };
}
