/** Runs an action after what is ready now, as setImmediate does. */
export type Defer = (action: () => void) => void;

/** Resolves in the next turn of the event loop. */
export const nextTurn = (defer: Defer): Promise<void> =>
  new Promise((resolve) => {
    defer(resolve);
  });
