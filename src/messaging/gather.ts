/** Successes of several members, in the order in which they came. */
export type Gathered<T> = {
  readonly values: readonly T[];
  /** False when so many failed, or so much time passed, that there will not be enough. */
  readonly isEnough: boolean;
};

const isCount = (need: number) => (values: readonly unknown[]) => values.length >= need;

/**
 * Waits until enough of the promises have resolved, or all are settled, or until the signal aborts.
 * The others go on by themselves.
 * @param need how many are enough, or what says so
 * @param least fewer never are
 */
export function gather<T>(
  promises: readonly Promise<T>[],
  need: number | ((values: readonly T[]) => boolean),
  signal: AbortSignal,
  least: number = typeof need === 'number' ? need : 0,
): Promise<Gathered<T>> {
  return new Promise((resolve) => {
    const values: T[] = [];
    let left = promises.length;
    const isEnough = typeof need === 'number' ? isCount(need) : need;
    const isHopeless = (): boolean => left === 0 || values.length + left < least;
    const settle = (): void => {
      if (isEnough(values)) resolve({values: [...values], isEnough: true});
      else if (isHopeless() || signal.aborted) resolve({values: [...values], isEnough: false});
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
