/** Runs one task at a time, in the order of arrival: the chain lock of a host. */
export type Mutex = <T>(task: () => Promise<T>) => Promise<T>;

export function createMutex(): Mutex {
  let tail: Promise<unknown> = Promise.resolve();
  return (task) => {
    const result = tail.then(task);
    // The next one waits for this one to end, however it ends; the caller sees the error.
    tail = result.catch(() => undefined);
    return result;
  };
}
