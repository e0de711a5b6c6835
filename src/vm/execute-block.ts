import {equalBytes} from '../protocol/bytes.ts';
import {MAX_ACCOUNT_BYTES_IN_WINDOW} from '../protocol/chain/limits.ts';
import type {ChainConfig} from './config.ts';
import {BlockError, TxError} from './errors.ts';
import {executeTx} from './execute-txs.ts';
import type {NodeJudgement} from './judge.ts';
import {mayBeEmpty, type OpenBlock, openBlock} from './open-block.ts';
import type {ParsedBlock} from './parsed-block.ts';
import {isDutyTx, type ParsedTx} from './parsed-tx.ts';
import type {BlockPosition} from './phase.ts';
import type {MerkleMap} from './state/merkle-map.ts';
import {StateView} from './state/view.ts';

/** A block and the state after it. */
export type ExecutedBlock = {
  readonly block: ParsedBlock;
  readonly map: MerkleMap;
  /** Keys that the block wrote, some twice. */
  readonly touched: readonly Uint8Array[];
  /** Judged by the transition that the block made; empty for all other blocks. */
  readonly judgements: readonly NodeJudgement[];
};

export type Parent = BlockPosition & {readonly id: Uint8Array; readonly map: MerkleMap};

function verifyHeader(block: ParsedBlock, parent: Parent, {rules}: ChainConfig): void {
  if (!equalBytes(block.parentId, parent.id)) throw new BlockError('BLOCK_MISSING_PARENT');
  const height = parent.height + 1n;
  if (block.height !== height) {
    throw new BlockError('BLOCK_WRONG_HEIGHT', {height: block.height, expected: height});
  }
  const earliest = parent.timestamp + BigInt(rules.minBlockIntervalMs);
  if (block.timestamp < earliest) {
    throw new BlockError('BLOCK_TOO_EARLY', {timestamp: block.timestamp, earliest});
  }
}

/** Bytes that account transactions may take in this block: a share while duties need the room. */
export function accountBytesLimit({phase}: Pick<OpenBlock, 'phase'>): number {
  return phase === 'rest' ? Number.POSITIVE_INFINITY : MAX_ACCOUNT_BYTES_IN_WINDOW;
}

function verifyShape(txs: readonly ParsedTx[], open: OpenBlock, parent: Parent): void {
  if (txs.length === 0 && !mayBeEmpty(open, parent.timestamp)) throw new BlockError('BLOCK_EMPTY');
  const accountBytes = txs
    .filter((tx) => !isDutyTx(tx))
    .reduce((sum, {bytes}) => sum + bytes.length, 0);
  const limit = accountBytesLimit(open);
  if (accountBytes > limit) {
    throw new BlockError('BLOCK_ACCOUNT_BYTES', {found: accountBytes, limit});
  }
}

function executeAll(txs: readonly ParsedTx[], open: OpenBlock): void {
  for (const [index, tx] of txs.entries()) {
    try {
      executeTx(tx, open);
    } catch (cause) {
      if (!(cause instanceof TxError)) throw cause;
      throw new BlockError('BLOCK_INVALID_TX', {index, tx: cause.code}, {cause});
    }
  }
}

/**
 * The state transition: parent state and block give the next state. SPEC.md §6.
 * Signatures have been verified before. The parent's state stays as it is, whatever happens.
 * @throws BlockError
 */
export function executeBlock(
  config: ChainConfig,
  block: ParsedBlock,
  parent: Parent,
): ExecutedBlock {
  verifyHeader(block, parent, config);
  const state = new StateView(parent.map);
  const open = openBlock(config, state, block);
  verifyShape(block.txs, open, parent);
  executeAll(block.txs, open);
  const root = state.map.root();
  if (!equalBytes(root, block.stateRoot)) throw new BlockError('BLOCK_WRONG_STATE_ROOT');
  return {block, map: state.map, touched: state.touched, judgements: open.judgements};
}
