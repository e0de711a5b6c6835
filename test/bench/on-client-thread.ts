import {once} from 'node:events';
import {Worker} from 'node:worker_threads';
import type {Bench, Row} from './row.ts';

const THREAD = new URL('./client-thread.ts', import.meta.url);
/**
 * What asks is not what is measured. With V8's own nursery the short-lived bytes of 32 clients in one
 * process pile up outside of the heap until V8 looks through all of it, three times a second: half of what
 * the clients cost. With a small one they go in time.
 */
const NURSERY_MIB = 12;

/** A bench whose clients ask from a heap of their own. */
export const onClientThread = ({name}: Bench): Bench => ({
  name,
  async run() {
    const resourceLimits = {maxYoungGenerationSizeMb: NURSERY_MIB};
    const thread = new Worker(THREAD, {workerData: name, resourceLimits});
    try {
      const [rows]: (readonly Row[])[] = await once(thread, 'message');
      if (rows === undefined) throw new Error(`${name} has no rows`);
      return rows;
    } finally {
      await thread.terminate();
    }
  },
});
