import {type Hash, toBlockId, toHash} from '../../src/protocol/bytes.ts';
import type {ChainConfig} from '../../src/vm/config.ts';
import {BlockError} from '../../src/vm/errors.ts';
import {executeBlock, type Parent} from '../../src/vm/execute-block.ts';
import {assembleBlock, type ParsedBlock, parseBlock} from '../../src/vm/parsed-block.ts';
import type {ParsedTx} from '../../src/vm/parsed-tx.ts';
import type {MerkleMap} from '../../src/vm/state/merkle-map.ts';
import type {BlockTime} from '../reference/block.ts';

const NO_ROOT = toHash(new Uint8Array(32).fill(1));

/** The same history once more, as a chain of true blocks: parsed from bytes, with headers and roots. */
export class WholeBlocks {
  readonly #config: ChainConfig;
  #parent: Parent;

  constructor(config: ChainConfig, genesis: Parent) {
    this.#config = config;
    this.#parent = genesis;
  }

  #make({height, timestamp}: BlockTime, stateRoot: Hash, txs: readonly ParsedTx[]): ParsedBlock {
    const header = {
      parentId: toBlockId(this.#parent.id),
      height: BigInt(height),
      timestamp: BigInt(timestamp),
      stateRoot,
    };
    return parseBlock(assembleBlock(header, txs).bytes);
  }

  /** The code with which a block without transactions, and with a wrong root, is refused. */
  refusalOfEmpty(at: BlockTime): string | undefined {
    try {
      executeBlock(this.#config, this.#make(at, NO_ROOT, []), this.#parent);
      return undefined;
    } catch (error) {
      if (error instanceof BlockError) return error.code;
      throw error;
    }
  }

  /** Executes and keeps one block. @throws BlockError unless it leads to exactly this state. */
  accept(at: BlockTime, txs: readonly ParsedTx[], after: MerkleMap): void {
    const block = this.#make(at, after.root(), txs);
    const {map} = executeBlock(this.#config, block, this.#parent);
    const {id, height, timestamp} = block;
    this.#parent = {id, height, timestamp, map};
  }
}
