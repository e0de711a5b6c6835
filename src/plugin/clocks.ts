export type Clocks = {
  /** Unix ms. */
  now(): bigint;
  /** Milliseconds since some instant: for durations, as nobody sets this clock. */
  monotonicMs(): bigint;
};
