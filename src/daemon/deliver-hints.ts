import type {Messaging} from '../messaging/messaging.ts';
import type {DaemonPorts} from './ports.ts';
import type {EndlessTask} from './run-together.ts';

const LOOK_MS = 1000;

/**
 * What members missed is brought to them within about a second of their return, whoever else takes long.
 * It ends when the rounds that are under way have.
 */
export function deliverHints(
  {hints}: {readonly hints: Pick<Messaging['hints'], 'run'>},
  {sleep, logger}: Pick<DaemonPorts, 'sleep' | 'logger'>,
): EndlessTask {
  const deliver = async (signal: AbortSignal): Promise<void> => {
    try {
      const operations = await hints.run(signal);
      if (operations > 0) logger.info('hints.delivered', {operations});
    } catch (error) {
      if (!signal.aborted) logger.warn('hints.failed', {reason: String(error)});
    }
  };
  return async (signal) => {
    const underWay = new Set<Promise<void>>();
    try {
      for (;;) {
        await sleep(LOOK_MS, signal);
        const round = deliver(signal);
        underWay.add(round);
        void round.finally(() => underWay.delete(round));
      }
    } finally {
      await Promise.all(underWay);
    }
  };
}
