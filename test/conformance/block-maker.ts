import {initCrypto} from '../../src/crypto/init.ts';
import type {BlockId} from '../../src/protocol/bytes.ts';
import {Block} from '../../src/protocol/chain/block.ts';
import {parseGenesis} from '../../src/protocol/chain/genesis.ts';
import {decode, encode} from '../../src/protocol/codec.ts';
import {buildBlock} from '../../src/vm/builder.ts';
import {Chain} from '../../src/vm/chain.ts';
import {executeGenesis} from '../../src/vm/genesis-state.ts';
import {Mempool} from '../../src/vm/mempool.ts';
import type {ParsedBlock} from '../../src/vm/parsed-block.ts';
import {parseTx} from '../../src/vm/parsed-tx.ts';
import {CHAIN} from '../plugin/harness.ts';

/**
 * Another validator of the chain, without a process around it: makes valid blocks at any time and on
 * any branch, for a plugin that has never seen them.
 */
export class BlockMaker {
  readonly genesisTimeMs: bigint;
  readonly #chain: Chain;

  private constructor(chain: Chain) {
    this.#chain = chain;
    this.genesisTimeMs = chain.config.genesisTimeMs;
  }

  static async create(genesisBytes: Uint8Array): Promise<BlockMaker> {
    await initCrypto();
    const genesis = parseGenesis(genesisBytes);
    const config = {...CHAIN, rules: genesis.rules, upgrades: [], genesisTimeMs: genesis.timeMs};
    return new BlockMaker(new Chain(config, executeGenesis(genesis, genesisBytes)));
  }

  get genesisId(): BlockId {
    return this.#chain.lastAccepted.block.id;
  }

  /** A block on the preferred one, which it then is itself. `atMs` counts from genesis. */
  make(txs: readonly Uint8Array[], atMs: number): ParsedBlock {
    const mempool = new Mempool();
    for (const tx of txs) mempool.add(parseTx(tx));
    const block = buildBlock(this.#chain, mempool, this.genesisTimeMs + BigInt(atMs));
    if (block.txs.length !== txs.length) throw new Error(`holds ${block.txs.length} transactions`);
    this.#chain.verify(block);
    this.#chain.setPreference(block.id);
    return block;
  }

  /** Where the next block goes. */
  prefer(id: BlockId): void {
    this.#chain.setPreference(id);
  }

  accept(id: BlockId): void {
    this.#chain.accept(id);
  }
}

/** A block with other fields, encoded again; its state root does not follow. */
export function altered(bytes: Uint8Array, changes: Partial<Block>): Uint8Array {
  return encode(Block, {...decode(Block, bytes), ...changes});
}
