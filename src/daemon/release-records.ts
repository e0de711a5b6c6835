import type {Messaging} from '../messaging/messaging.ts';
import type {ChainFacts} from './chain-view.ts';
import type {NodeMetrics} from './metrics.ts';
import type {DaemonPorts} from './ports.ts';
import type {EndlessTask} from './run-together.ts';

const LOOK_MS = 10_000;

type Components = {
  readonly messaging: Pick<Messaging, 'release'>;
  readonly view: Pick<ChainFacts, 'epoch' | 'holders'>;
  readonly metrics: Pick<NodeMetrics, 'released'>;
  readonly ports: Pick<DaemonPorts, 'sleep' | 'logger'>;
};

/** Deletes what other swarms hold by now. A look costs nothing until a table lets something go. */
export function releaseRecords(
  {messaging, view, metrics, ports}: Components,
  epochSeconds: number,
): EndlessTask {
  const {sleep, logger} = ports;
  // Often enough to miss no epoch: a table that was missed begins the count anew.
  const pauseMs = Math.min(LOOK_MS, epochSeconds * 250);
  return async (signal) => {
    for (;;) {
      await sleep(pauseMs, signal);
      try {
        const {records, hints, swarms} = await messaging.release(() => view.holders(), signal);
        if (records + hints === 0) continue;
        metrics.released(records);
        const epoch = view.epoch()?.epoch ?? null;
        logger.info('records.released', {epoch, swarms, records, hints});
      } catch (error) {
        signal.throwIfAborted();
        logger.warn('release.failed', {reason: String(error)});
      }
    }
  };
}
