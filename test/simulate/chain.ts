import {toTxId} from '../../src/protocol/bytes.ts';
import {createGenesis, parseGenesis} from '../../src/protocol/chain/genesis.ts';
import {MAX_ACCOUNT_BYTES_IN_WINDOW, MAX_BLOCK_BYTES} from '../../src/protocol/chain/limits.ts';
import type {PresetName} from '../../src/protocol/chain/rules.ts';
import {u32Bytes} from '../../src/protocol/chain/state-keys.ts';
import type {Tx, UnsignedTx} from '../../src/protocol/chain/tx.ts';
import type {ChainConfig} from '../../src/vm/config.ts';
import {executeTx} from '../../src/vm/execute-txs.ts';
import {executeGenesis} from '../../src/vm/genesis-state.ts';
import type {NodeJudgement} from '../../src/vm/judge.ts';
import {openBlock} from '../../src/vm/open-block.ts';
import type {ParsedTx} from '../../src/vm/parsed-tx.ts';
import type {MerkleMap} from '../../src/vm/state/merkle-map.ts';
import {StateView} from '../../src/vm/state/view.ts';
import {CHAIN_ID, NETWORK_ID, type TestAccount} from '../vm/driver.ts';

const GENESIS_SECONDS = 1_767_225_600;
const NO_BYTES = new Uint8Array();

/** Never looked at: signatures are the shell's business, and here nobody checks any. */
const NO_SIGNATURE = NO_BYTES as Tx['signature'];

/** What transactions of these kinds take in a block, roughly: enough to see that they would fit. */
const DUTY_BYTES = 3700;
const ACCOUNT_BYTES = 8600;

/** The state machine alone: transactions without signatures, blocks without bytes. */
export class SimulatedChain {
  readonly config: ChainConfig;
  height = 0n;
  /** Transactions executed so far. */
  txCount = 0;
  #map: MerkleMap;
  #nextId = 0;

  constructor(preset: PresetName, accounts: readonly TestAccount[], balance: bigint) {
    const bytes = createGenesis({
      preset,
      timestamp: GENESIS_SECONDS,
      allocations: accounts.map(({address}) => ({address, amount: balance})),
    });
    const genesis = parseGenesis(bytes);
    const {rules, timeMs} = genesis;
    this.config = {
      networkId: NETWORK_ID,
      chainId: CHAIN_ID,
      rules,
      upgrades: [],
      genesisTimeMs: timeMs,
    };
    this.#map = executeGenesis(genesis, bytes).map;
  }

  get map(): MerkleMap {
    return this.#map;
  }

  get epochMs(): number {
    return this.config.rules.epochSeconds * 1000;
  }

  /**
   * Executes blocks at this time, as many as the transactions need.
   * @param atMs since genesis
   * @throws TxError when a transaction is refused: the simulation sends none that should be.
   */
  run(atMs: number, txs: readonly ParsedTx[] = []): readonly NodeJudgement[] {
    const judgements: NodeJudgement[] = [];
    let [left, time] = [txs, atMs];
    do {
      const block = this.#take(left);
      left = left.slice(block.length);
      judgements.push(...this.#execute(time, block));
      time += this.config.rules.minBlockIntervalMs;
    } while (left.length > 0);
    return judgements;
  }

  /** As many transactions as one block holds. */
  #take(txs: readonly ParsedTx[]): readonly ParsedTx[] {
    let [bytes, accountBytes, count] = [0, 0, 0];
    for (const {tx} of txs) {
      const isDuty = 'nodeId' in tx.unsigned.value;
      bytes += isDuty ? DUTY_BYTES : ACCOUNT_BYTES;
      if (!isDuty) accountBytes += ACCOUNT_BYTES;
      if (bytes > MAX_BLOCK_BYTES || accountBytes > MAX_ACCOUNT_BYTES_IN_WINDOW) break;
      count += 1;
    }
    return txs.slice(0, Math.max(1, count));
  }

  #execute(atMs: number, txs: readonly ParsedTx[]): readonly NodeJudgement[] {
    this.height += 1n;
    const timestamp = this.config.genesisTimeMs + BigInt(Math.floor(atMs));
    const state = new StateView(this.#map);
    const open = openBlock(this.config, state, {height: this.height, timestamp});
    for (const tx of txs) executeTx(tx, open);
    this.#map = state.map;
    this.txCount += txs.length;
    return open.judgements;
  }

  /** A transaction with an id of its own and no signature. */
  seal(unsigned: UnsignedTx, publicKey?: Tx['publicKey']): ParsedTx {
    this.#nextId += 1;
    const id = toTxId(new Uint8Array(32));
    id.set(u32Bytes(this.#nextId));
    return {id, bytes: NO_BYTES, tx: {unsigned, publicKey, signature: NO_SIGNATURE}};
  }
}
