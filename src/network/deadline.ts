import {NetworkError} from './errors.ts';

/**
 * Runs the action under a signal that aborts after `timeoutMs` with NETWORK_TIMEOUT, or with the reason
 * of the caller's signal. PERF: `AbortSignal.any` and `.timeout` cost more than a request's own work.
 */
export async function withDeadline<T>(
  {
    timeoutMs,
    peerId,
    outer,
  }: {
    readonly timeoutMs: number;
    readonly peerId: string;
    readonly outer: AbortSignal | undefined;
  },
  action: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  outer?.throwIfAborted();
  const controller = new AbortController();
  const onAbort = (): void => controller.abort(outer?.reason);
  outer?.addEventListener('abort', onAbort, {once: true});
  const timer = setTimeout(
    () => controller.abort(new NetworkError('NETWORK_TIMEOUT', {peerId, timeoutMs})),
    timeoutMs,
  );
  try {
    return await action(controller.signal);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener('abort', onAbort);
  }
}
