import type {ApiContext} from '../../src/plugin/api-context.ts';
import {bytesToHex} from '../../src/protocol/bytes.ts';
import {parseGenesis} from '../../src/protocol/chain/genesis.ts';
import {verifyPending} from '../../src/vm/builder.ts';
import {parseTx} from '../../src/vm/parsed-tx.ts';
import type {Driver} from '../vm/driver.ts';

const NO_MISSES: ApiContext['history'] = {
  misses: async () => ({misses: [], isLast: true}),
  missesFrom: 1n,
};

/** What the API sees of a chain in memory; `internal` collects errors that no caller caused. */
export function apiContext(
  driver: Driver,
  {
    history = NO_MISSES,
    refusalOf = () => undefined,
  }: Partial<Pick<ApiContext, 'history' | 'refusalOf'>> = {},
): {
  readonly context: ApiContext;
  readonly internal: readonly unknown[];
} {
  const internal: unknown[] = [];
  const context: ApiContext = {
    config: driver.config,
    genesis: parseGenesis(driver.genesisBytes),
    chain: driver.chain,
    mempool: driver.mempool,
    version: '0.0.0-test',
    now: () => driver.now,
    vmState: () => 'normalOp',
    history,
    refusalOf,
    equivocations: () => [],
    databaseState: () => 'ok',
    stateSyncInfo: () => ({state: 'none', height: '0', entries: 0}),
    reportInternalError: (error) => internal.push(error),
    store: {
      getBlock: async (id) =>
        driver.blocks.find((block) => bytesToHex(block.id) === bytesToHex(id))?.bytes,
      getBlockIdAtHeight: async (height) => driver.blocks.find((b) => b.height === height)?.id,
      getTxHeight: async (id) =>
        driver.blocks.find(({txs}) => txs.some((tx) => bytesToHex(tx.id) === bytesToHex(id)))
          ?.height,
    },
    issueTx: async (bytes) => {
      const tx = parseTx(bytes);
      verifyPending(driver.chain, driver.mempool, {tx, nowMs: driver.now});
      driver.mempool.add(tx);
      return tx.id;
    },
  };
  return {context, internal};
}
