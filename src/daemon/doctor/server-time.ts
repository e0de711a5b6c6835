/** What a server's clock said, and this machine's before the question and after the answer, Unix ms. */
export type ServerTime = {
  readonly beforeMs: number;
  readonly afterMs: number;
  /** Whole seconds: the server's clock was at this or up to 999 ms later. */
  readonly dateMs: number;
};

const TIMEOUT_MS = 5000;

/**
 * The HTTP Date of whoever answers at the URL, with whatever status; undefined when there is no answer
 * or no date in it. An abort of `signal` rejects with its reason.
 */
export async function askServerTime(
  url: string,
  nowMs: () => number,
  signal: AbortSignal,
): Promise<ServerTime | undefined> {
  const beforeMs = nowMs();
  const either = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  try {
    const response = await fetch(url, {method: 'HEAD', redirect: 'error', signal: either});
    const afterMs = nowMs();
    await response.body?.cancel();
    const dateMs = Date.parse(response.headers.get('date') ?? '');
    return Number.isNaN(dateMs) ? undefined : {beforeMs, afterMs, dateMs};
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    // `fetch` rejects with a TypeError for whatever the network does, and so does the time limit.
    if (error instanceof TypeError || error instanceof DOMException) return undefined;
    throw error;
  }
}
