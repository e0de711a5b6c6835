import {expect, it} from 'vitest';
import {idFromString} from '../../../src/crypto/ids.ts';
import {bytesToHex, hexToBytes, toChainId, utf8ToBytes} from '../../../src/protocol/bytes.ts';
import {parseGenesis} from '../../../src/protocol/chain/genesis.ts';
import {Chain} from '../../../src/vm/chain.ts';
import {executeGenesis} from '../../../src/vm/genesis-state.ts';
import {parseBlock} from '../../../src/vm/parsed-block.ts';
import history from './history.json' with {type: 'json'};

it('the golden history gives the same ids, roots and final state', () => {
  const genesisBytes = utf8ToBytes(history.genesis);
  const genesis = parseGenesis(genesisBytes);
  const config = {
    networkId: history.networkId,
    chainId: toChainId(idFromString(history.chainId)),
    rules: genesis.rules,
    upgrades: [],
    genesisTimeMs: genesis.timeMs,
  };
  const chain = new Chain(config, executeGenesis(genesis, genesisBytes));
  expect(history.blocks.length).toBeGreaterThan(15);
  for (const {height, id, stateRoot, txIds, bytes} of history.blocks) {
    const block = parseBlock(hexToBytes(bytes));
    expect(block.height.toString()).toBe(height);
    expect(bytesToHex(block.id)).toBe(id);
    expect(block.txs.map((tx) => bytesToHex(tx.id))).toEqual(txIds);
    chain.verify(block);
    chain.accept(block.id);
    expect(bytesToHex(chain.lastAccepted.map.root())).toBe(stateRoot);
  }
  const state = [...chain.lastAccepted.map.entries()];
  expect(state.map(([key, value]) => [bytesToHex(key), bytesToHex(value)])).toEqual(
    history.stateAfter,
  );
});
