/** Successes of several members, in the order in which they came. */
export type Gathered<T> = {
  readonly values: readonly T[];
  /** False when so many failed, or so much time passed, that there will not be enough. */
  readonly isEnough: boolean;
};

/**
 * Waits until `need` of the promises have resolved, or no longer can, or until the signal aborts.
 * The others go on by themselves.
 */
export function gather<T>(
  promises: readonly Promise<T>[],
  need: number,
  signal: AbortSignal,
): Promise<Gathered<T>> {
  return new Promise((resolve) => {
    const values: T[] = [];
    let left = promises.length;
    const settle = (): void => {
      if (values.length >= need) resolve({values: [...values], isEnough: true});
      else if (values.length + left < need || signal.aborted) {
        resolve({values: [...values], isEnough: false});
      }
    };
    signal.addEventListener('abort', settle, {once: true});
    for (const promise of promises) {
      promise
        .then((value) => values.push(value))
        .catch(() => undefined)
        .finally(() => {
          left -= 1;
          settle();
        });
    }
    settle();
  });
}
