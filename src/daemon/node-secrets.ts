import {taggedHash} from '../crypto/hash.ts';
import {createHashChain, type HashChain} from '../crypto/hash-chain.ts';
import type {Identity} from '../crypto/identity.ts';
import type {NodeRotation} from '../crypto/identity-file.ts';
import type {ChainId} from '../protocol/bytes.ts';
import {equalBytes, type Hash, type KemSeed} from '../protocol/bytes.ts';
import {HASH_CHAIN_STEPS} from '../protocol/chain/limits.ts';
import {HASH_TAG} from '../protocol/domains.ts';

export type NodeIdentity = Extract<Identity, {readonly kind: 'node'}>;

/** Rotations on one chain, newest first. */
export function rotationsOn(
  {rotations = []}: NodeIdentity,
  chainId: ChainId,
): readonly NodeRotation[] {
  return rotations.filter((rotation) => equalBytes(rotation.chainId, chainId)).toReversed();
}

/** Seeds of the transport keys that a node may have on a chain, newest first. */
export function kemSeedsOf(identity: NodeIdentity, chainId: ChainId): readonly KemSeed[] {
  return [...rotationsOn(identity, chainId).map(({kemSeed}) => kemSeed), identity.kemSeed];
}

/** The hash chain of a secret seed on one chain: reveals there say nothing about another. */
export function hashChainOn(
  chainSeed: Hash,
  chainId: ChainId,
  steps: number = HASH_CHAIN_STEPS,
): HashChain {
  return createHashChain(taggedHash(HASH_TAG.hashChain, chainSeed, chainId), {steps});
}

/** All hash chains that a node may have on a chain, newest first. */
export function hashChainsOf(identity: NodeIdentity, chainId: ChainId): readonly HashChain[] {
  const rotated = rotationsOn(identity, chainId).flatMap(({chainSeed}) => chainSeed ?? []);
  return [...rotated, identity.chainSeed].map((seed) => hashChainOn(seed, chainId));
}
