import {bytesToKey, toBlockId, toHash} from '../protocol/bytes.ts';
import {MAX_BLOCK_BYTES} from '../protocol/chain/limits.ts';
import {isDuty} from '../protocol/chain/tx.ts';
import type {Chain} from './chain.ts';
import {BlockError, TxError} from './errors.ts';
import {accountBytesLimit} from './execute-block.ts';
import {executeTx, verifySyntactic} from './execute-txs.ts';
import type {Mempool} from './mempool.ts';
import {mayBeEmpty, type OpenBlock, openBlock} from './open-block.ts';
import {assembleBlock, type ParsedBlock} from './parsed-block.ts';
import type {ParsedTx} from './parsed-tx.ts';
import {StateView} from './state/view.ts';

/** Version, parent, height, time, root, count. */
const BLOCK_OVERHEAD_BYTES = 2 + 32 + 8 + 8 + 32 + 4;
const LENGTH_BYTES = 4;

/** A child's time: now, but never too soon after its parent. */
export function childTimestamp({preferredParent, config}: Chain, nowMs: bigint): bigint {
  const earliest = preferredParent.timestamp + BigInt(config.rules.minBlockIntervalMs);
  return nowMs > earliest ? nowMs : earliest;
}

/** The next block without transactions, on the preferred one. */
export function openChild(chain: Chain, nowMs: bigint): OpenBlock {
  const parent = chain.preferredParent;
  const position = {height: parent.height + 1n, timestamp: childTimestamp(chain, nowMs)};
  return openBlock(chain.config, new StateView(parent.map), position);
}

/** @returns why the transaction has no place in the open block; undefined when it now is part of it. */
function tryTx(tx: ParsedTx, open: OpenBlock): TxError | undefined {
  try {
    executeTx(tx, open);
    return undefined;
  } catch (error) {
    if (error instanceof TxError) return error;
    throw error;
  }
}

/** What fails on accepted state will not get better by waiting; on a processing one it may. */
function discard(chain: Chain, mempool: Mempool, tx: ParsedTx, {code}: TxError): void {
  if (chain.processingCount === 0) mempool.refuse(tx, code);
}

function* candidates(mempool: Mempool): Generator<ParsedTx> {
  yield* mempool.duties();
  yield* mempool.accountTxs();
}

/** Undefined for a duty, which no other transaction waits for. */
function senderOf({tx: {unsigned}}: ParsedTx): string | undefined {
  return isDuty(unsigned) ? undefined : bytesToKey(unsigned.value.sender);
}

function selectTxs(chain: Chain, mempool: Mempool, open: OpenBlock): ParsedTx[] {
  const chosen: ParsedTx[] = [];
  let bytesLeft = MAX_BLOCK_BYTES - BLOCK_OVERHEAD_BYTES;
  let accountBytesLeft = accountBytesLimit(open);
  /** Senders of whom one did not fit: without it the next ones only seem to have a wrong nonce. */
  const held = new Set<string>();
  for (const tx of candidates(mempool)) {
    const size = tx.bytes.length;
    const sender = senderOf(tx);
    if (sender !== undefined && held.has(sender)) continue;
    const room =
      sender === undefined ? bytesLeft : Math.min(bytesLeft, accountBytesLeft + LENGTH_BYTES);
    if (size + LENGTH_BYTES > room) {
      if (sender !== undefined) held.add(sender);
      continue;
    }
    const refusal = tryTx(tx, open);
    if (refusal !== undefined) {
      discard(chain, mempool, tx, refusal);
      continue;
    }
    chosen.push(tx);
    bytesLeft -= size + LENGTH_BYTES;
    if (sender !== undefined) accountBytesLeft -= size;
  }
  return chosen;
}

/**
 * A child of the preferred block: duties first, then the best fees. Not yet verified or kept.
 * @throws BlockError BLOCK_NOTHING_TO_BUILD.
 */
export function buildBlock(chain: Chain, mempool: Mempool, nowMs: bigint): ParsedBlock {
  const parent = chain.preferredParent;
  const open = openChild(chain, nowMs);
  const txs = selectTxs(chain, mempool, open);
  if (txs.length === 0 && !mayBeEmpty(open, parent.timestamp)) {
    throw new BlockError('BLOCK_NOTHING_TO_BUILD');
  }
  const {height, timestamp, state} = open;
  const header = {
    parentId: toBlockId(parent.id),
    height,
    timestamp,
    stateRoot: toHash(state.map.root()),
  };
  return assembleBlock(header, txs);
}

/** Whether `buildBlock` would succeed now: the question behind WaitForEvent. */
export function hasWork(chain: Chain, mempool: Mempool, nowMs: bigint): boolean {
  if (chain.nextEmptyBlockTime <= nowMs) return true;
  if (mempool.size === 0) return false;
  const open = openChild(chain, nowMs);
  for (const tx of candidates(mempool)) {
    const refusal = tryTx(tx, open);
    if (refusal === undefined) return true;
    discard(chain, mempool, tx, refusal);
  }
  return false;
}

/**
 * Would this transaction be valid in the next block, after those of its sender that wait?
 * Signatures are the caller's business. A block that is open for this alone may be given: see
 * TrialBlock.
 * @throws TxError
 */
export function verifyPending(
  chain: Chain,
  mempool: Mempool,
  {tx, nowMs, open = openChild(chain, nowMs)}: {tx: ParsedTx; nowMs: bigint; open?: OpenBlock},
): void {
  verifySyntactic(tx.tx, open.config);
  const {unsigned} = tx.tx;
  if (!isDuty(unsigned)) {
    const {sender, nonce} = unsigned.value;
    for (const earlier of mempool.pendingBefore(sender, nonce)) tryTx(earlier, open);
  }
  executeTx(tx, open);
}
