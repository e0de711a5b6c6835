import type {EpochCut} from '../messaging/epoch-leaves.ts';
import type {EpochSets, NamedSet} from '../messaging/epoch-sets.ts';
import {MessagingError} from '../messaging/errors.ts';
import type {Hash} from '../protocol/bytes.ts';
import type {StoredSet} from '../protocol/chain/storage-commitment.ts';
import type {ChallengeSeed} from '../protocol/chain/uptime-response.ts';
import type {NodeMetrics} from './metrics.ts';
import type {Logger} from './ports.ts';
import type {Patience, StoredSetSource} from './stored-set-source.ts';

/** The stored sets of this node for its duties: reconciled before they are committed to. */
export class RecordSets implements StoredSetSource {
  readonly #sets: EpochSets;
  readonly #logger: Logger;
  readonly #metrics: Pick<NodeMetrics, 'repaired'>;

  constructor(
    sets: EpochSets,
    {logger, metrics}: {readonly logger: Logger; readonly metrics: Pick<NodeMetrics, 'repaired'>},
  ) {
    this.#sets = sets;
    this.#logger = logger;
    this.#metrics = metrics;
  }

  async settle(
    cut: EpochCut,
    swarmId: number,
    {withinMs, isLastChance, signal}: Patience & {readonly signal: AbortSignal},
  ): Promise<NamedSet> {
    const timeout = AbortSignal.timeout(withinMs);
    try {
      const {pulled} = await this.#sets.reconcile(cut, AbortSignal.any([signal, timeout]));
      if (pulled > 0) this.#metrics.repaired(pulled);
    } catch (error) {
      signal.throwIfAborted();
      const isOver = timeout.aborted && error === timeout.reason;
      if (!isOver && !(isLastChance && error instanceof MessagingError)) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      this.#logger.warn('set.unreconciled', {epoch: cut.epoch, reason});
    }
    return this.#sets.settle(cut, swarmId);
  }

  async moveTo(cut: EpochCut, target: NamedSet, signal: AbortSignal): Promise<boolean> {
    const isMoved = await this.#sets.moveTo(cut, target, signal);
    const {recordCount} = target.set;
    this.#logger.info('set.moved', {epoch: cut.epoch, records: recordCount, done: isMoved});
    return isMoved;
  }

  answer(cut: EpochCut, seed: ChallengeSeed, w: StoredSet): Promise<Hash> {
    return this.#sets.answer(cut, seed, w);
  }
}
