import {setTimeout as sleep} from 'node:timers/promises';
import {E2eError} from './errors.ts';

const POLL_MS = 50;

/**
 * Asks until the probe answers something other than undefined.
 * @throws E2eError E2E_TIMEOUT after `timeoutMs`; whatever the probe throws, at once.
 */
export async function waitFor<T>(
  what: string,
  timeoutMs: number,
  probe: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  while (true) {
    const value = await probe();
    if (value !== undefined) return value;
    if (performance.now() >= deadline) throw new E2eError('E2E_TIMEOUT', {what, timeoutMs});
    await sleep(POLL_MS);
  }
}
