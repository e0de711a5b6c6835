import {ChainHistory} from '../../../src/plugin/events/chain-history.ts';
import type {Acceptance} from '../../../src/plugin/events/derive-events.ts';
import {MemoryStore} from '../../../src/storage/memory.ts';
import {type ParsedBlock, parseBlock} from '../../../src/vm/parsed-block.ts';
import {Driver} from '../../vm/driver.ts';

/** A chain in memory that keeps what each accept is derived from. */
export class RecordedDriver extends Driver {
  readonly acceptances: Acceptance[] = [];

  override acceptBytes(bytes: Uint8Array): ParsedBlock {
    const block = parseBlock(bytes);
    this.chain.verify(block);
    const {id} = block;
    const before = this.chain.lastAccepted.map;
    const changes = this.chain.stateChanges(id);
    this.acceptances.push({before, executed: this.chain.next(id), changes});
    this.chain.accept(id);
    this.blocks.push(block);
    return block;
  }
}

/** Enters acceptances as the plugin does: prepared, written in one batch, told. */
export async function feedHistory(
  {history, store}: {readonly history: ChainHistory; readonly store: MemoryStore},
  acceptances: readonly Acceptance[],
): Promise<void> {
  for (const acceptance of acceptances) {
    const entry = await history.prepare(acceptance);
    await store.batch(entry.writes);
    history.add(entry);
  }
}

export async function openHistory(
  acceptances: readonly Acceptance[],
  {eventBlocks = 1000, store = new MemoryStore(), lastAccepted = 0n} = {},
): Promise<{readonly history: ChainHistory; readonly store: MemoryStore}> {
  const history = await ChainHistory.open({database: store, eventBlocks, lastAccepted});
  await feedHistory({history, store}, acceptances);
  return {history, store};
}
