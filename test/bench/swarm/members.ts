import {nodeIdOf} from '../../../src/crypto/ids.ts';
import {createSigner} from '../../../src/crypto/ml-dsa.ts';
import type {SwarmState} from '../../../src/messaging/ports.ts';
import {bytesToKey, compareBytes, toChainId, toSigningSeed} from '../../../src/protocol/bytes.ts';

/** A chain that stands still: the members never change, so that nothing but messages is measured. */
export const CHAIN = {networkId: 1337, chainId: toChainId(new Uint8Array(32).fill(0xbe))};
export const EPOCH_SECONDS = 3600;

const signerOf = (index: number) => createSigner(toSigningSeed(new Uint8Array(32).fill(index + 1)));

/** The members of a swarm of so many, by the number of their process. */
export function membersOf(count: number) {
  const members = Array.from({length: count}, (_, index) => {
    const signer = signerOf(index);
    return {index, signer, nodeId: nodeIdOf(CHAIN.chainId, signer.publicKey)};
  });
  const nodeIds = members.map(({nodeId}) => nodeId).sort(compareBytes);
  const state: SwarmState = {
    epoch: 1n,
    swarmId: 0,
    swarmExponent: 0,
    members: nodeIds,
    acknowledge: [nodeIds],
  };
  const keys = new Map(members.map(({nodeId, signer}) => [bytesToKey(nodeId), signer.publicKey]));
  return {members, state, keys};
}
