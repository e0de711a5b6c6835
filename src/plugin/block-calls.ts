import {type BlockId, bytesToHex} from '../protocol/bytes.ts';
import {buildBlock} from '../vm/builder.ts';
import {BlockError} from '../vm/errors.ts';
import type {Mempool} from '../vm/mempool.ts';
import {type ParsedBlock, parseBlock} from '../vm/parsed-block.ts';
import type {ParsedTx} from '../vm/parsed-tx.ts';
import {pruneMempool} from '../vm/prune-mempool.ts';
import {passedUpgradeWrites} from './applied-upgrades.ts';
import {summariesWrite} from './chain-store.ts';
import type {RunningChain} from './running-chain.ts';

const MAX_AHEAD_MS = 10_000n;

/** A block may be this far ahead of our clock: min(10 s, E / 12). Chain-rules §2. */
function assertNotAhead({timestamp}: ParsedBlock, {config, now}: RunningChain): void {
  const share = (BigInt(config.rules.epochSeconds) * 1000n) / 12n;
  const latest = now() + (share < MAX_AHEAD_MS ? share : MAX_AHEAD_MS);
  if (timestamp > latest) throw new BlockError('BLOCK_TOO_FAR_AHEAD', {timestamp, latest});
}

async function assertSigned(block: ParsedBlock, {chain, checker}: RunningChain): Promise<void> {
  const bad = await checker.findInvalid(chain.signatureSets(block));
  if (bad === undefined) return;
  const facts = {tx: 'TX_INVALID_SIGNATURE', txId: bytesToHex(bad)};
  throw new BlockError('BLOCK_INVALID_TX', facts);
}

/** Verifies a block and keeps it until it is decided. @throws BlockError */
export function verifyBlock(running: RunningChain, bytes: Uint8Array): Promise<ParsedBlock> {
  const {chain, queue, metrics, workChanged} = running;
  return queue.run(() =>
    metrics.verify.time(async () => {
      const block = parseBlock(bytes);
      if (chain.getBlock(block.id) !== undefined) return block;
      assertNotAhead(block, running);
      await assertSigned(block, running);
      chain.verify(block);
      workChanged();
      return block;
    }),
  );
}

function* waiting(mempool: Mempool): Generator<ParsedTx> {
  yield* mempool.duties();
  yield* mempool.accountTxs();
}

/**
 * Accepts a processing block whose parent is the last accepted one. The disk comes first: after an
 * error nothing has changed in memory.
 * @throws BlockError, ChainStoreError
 */
export function acceptBlock(running: RunningChain, id: BlockId): Promise<void> {
  const {config, chain, store, shelf, history, mempool, gossip, queue} = running;
  const accepted = queue.run(() =>
    running.metrics.accept.time(async () => {
      const changes = chain.stateChanges(id);
      const executed = chain.next(id);
      const {block} = executed;
      const {block: parent, map: before} = chain.lastAccepted;
      const entry = await history.prepare({before, executed, changes});
      const summaries = shelf.next(before, executed);
      const beside = [...passedUpgradeWrites(config, parent, block), ...entry.writes];
      if (summaries !== undefined) beside.push(summariesWrite(summaries));
      await store.writeAccepted(block, changes, beside);
      chain.accept(id);
      history.add(entry);
      if (summaries !== undefined) shelf.accepted(executed, summaries);
      pruneMempool(mempool, chain);
      gossip?.repeat(waiting(mempool));
      running.workChanged();
    }),
  );
  prune(running);
  return accepted;
}

/** After the accept that was queued, and not before it is answered. */
function prune({pruner, chain, queue, reportInternalError}: RunningChain): void {
  if (pruner === undefined) return;
  queue
    .run(() => pruner.step(chain.lastAccepted.block.height))
    .catch((error: unknown) => reportInternalError(error));
}

/** Drops a processing block; what it held waits again. @throws BlockError BLOCK_UNKNOWN */
export function rejectBlock(running: RunningChain, id: BlockId): Promise<void> {
  const {chain, admission, queue, workChanged} = running;
  return queue.run(() => {
    const {txs} = chain.reject(id);
    admission.readmit(txs);
    workChanged();
  });
}

/** @throws BlockError BLOCK_UNKNOWN unless the block is processing or last accepted. */
export function setPreference(running: RunningChain, id: BlockId): Promise<void> {
  const {chain, queue, workChanged} = running;
  return queue.run(() => {
    chain.setPreference(id);
    workChanged();
  });
}

/** A child of the preferred block; its BlockVerify follows. @throws BlockError */
export function buildNextBlock(running: RunningChain): Promise<ParsedBlock> {
  const {chain, mempool, metrics, queue, now} = running;
  return queue.run(() => {
    const block = buildBlock(chain, mempool, now());
    metrics.blocksBuilt += 1;
    return block;
  });
}
