import {sha256} from '../crypto/hash.ts';
import {equalBytes} from '../protocol/bytes.ts';
import type {Genesis} from '../protocol/chain/genesis.ts';
import {Chain, restoreExecuted} from '../vm/chain.ts';
import type {ChainConfig} from '../vm/config.ts';
import {executeGenesis} from '../vm/genesis-state.ts';
import {assertUpgradesAgree} from './applied-upgrades.ts';
import type {ChainIdentity} from './chain-keys.ts';
import type {ChainStore} from './chain-store.ts';
import {ChainStoreError} from './errors.ts';

export type ChainOrigin = {
  readonly config: ChainConfig;
  readonly genesis: Genesis;
  readonly genesisBytes: Uint8Array;
};

function assertSame(found: ChainIdentity, expected: ChainIdentity): void {
  if (found.networkId !== expected.networkId || !equalBytes(found.chainId, expected.chainId)) {
    throw new ChainStoreError('CHAIN_STORE_WRONG_CHAIN', {networkId: found.networkId});
  }
  if (!equalBytes(found.genesisHash, expected.genesisHash)) {
    throw new ChainStoreError('CHAIN_STORE_WRONG_GENESIS');
  }
}

/**
 * The chain as the database has it; an empty database gets genesis, one of another chain is left
 * untouched, and so is one whose blocks were made under other upgrades.
 * @throws ChainStoreError, PluginError PLUGIN_UPGRADE_CONTRADICTS
 */
export async function openChain(store: ChainStore, origin: ChainOrigin): Promise<Chain> {
  const {config, genesis, genesisBytes} = origin;
  const {networkId, chainId} = config;
  const identity = {networkId, chainId, genesisHash: sha256(genesisBytes)};
  const found = await store.readIdentity();
  if (found === undefined) {
    const executed = executeGenesis(genesis, genesisBytes);
    await store.writeGenesis(identity, executed);
    return new Chain(config, executed);
  }
  assertSame(found, identity);
  const {block, map} = await store.readLastAccepted();
  assertUpgradesAgree(await store.readAppliedUpgrades(), config, block.timestamp);
  return new Chain(config, restoreExecuted(block, map));
}
