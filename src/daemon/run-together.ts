/** Work that goes on until its signal aborts, and rejects with the signal's reason then. */
export type EndlessTask = (signal: AbortSignal) => Promise<never>;

/**
 * Runs all until the signal aborts or one of them fails. Then the others are stopped and waited for,
 * and it rejects with what ended it.
 */
export async function runTogether(
  tasks: readonly EndlessTask[],
  signal: AbortSignal,
): Promise<never> {
  const stopper = new AbortController();
  const either = AbortSignal.any([signal, stopper.signal]);
  const running = tasks.map((task) => task(either));
  try {
    return await Promise.race(running);
  } catch (error) {
    stopper.abort(error);
    await Promise.allSettled(running);
    throw error;
  }
}
