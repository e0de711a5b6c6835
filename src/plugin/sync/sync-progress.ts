import type {StateSyncInfo} from '../../protocol/api-health.ts';
import type {MetricFamily} from '../messages.ts';
import {counter, gauge} from '../metrics.ts';

/** How far this node's own state sync has come, since the start of the process. */
export class SyncProgress {
  #state: StateSyncInfo['state'] = 'none';
  #height = 0n;
  #done = 0;
  #entries = 0;
  #falseAnswers = 0;

  began(height: bigint): void {
    this.#state = 'running';
    this.#height = height;
  }

  /** Entries of the state that are on the disk now. */
  kept(entries: number): void {
    this.#entries += entries;
  }

  falseAnswer(): void {
    this.#falseAnswers += 1;
  }

  done(): void {
    this.#state = 'done';
    this.#done += 1;
  }

  /** Stopped, given up or failed: the node goes on from where it was. */
  ended(): void {
    if (this.#state === 'running') this.#state = 'ended';
  }

  get info(): StateSyncInfo {
    return {state: this.#state, height: this.#height.toString(), entries: this.#entries};
  }

  families(): MetricFamily[] {
    return [
      gauge(
        'session_state_sync_running',
        '1 while the state is fetched from other nodes',
        this.#state === 'running' ? 1 : 0,
      ),
      gauge(
        'session_state_sync_height',
        'Height of the last summary that was synced to; 0 for none',
        Number(this.#height),
      ),
      counter('session_state_syncs_total', 'States taken over from other nodes', this.#done),
      counter('session_state_sync_entries_total', 'Entries fetched and kept', this.#entries),
      counter(
        'session_state_sync_false_answers_total',
        'Answers that the root disproved',
        this.#falseAnswers,
      ),
    ];
  }
}
