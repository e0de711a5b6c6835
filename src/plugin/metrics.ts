import {type Metric, type MetricFamily, MetricType} from './messages.ts';

/** Upper bounds in seconds: from one cheap call to one that costs consensus. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** How long something took, cumulative, in seconds. */
export class DurationHistogram {
  readonly #name: string;
  readonly #help: string;
  readonly #counts: bigint[] = BUCKETS.map(() => 0n);
  #count = 0n;
  #sum = 0;

  constructor(name: string, help: string) {
    this.#name = name;
    this.#help = help;
  }

  observe(seconds: number): void {
    this.#count += 1n;
    this.#sum += seconds;
    for (const [index, bound] of BUCKETS.entries()) {
      if (seconds <= bound) this.#counts[index] = (this.#counts[index] ?? 0n) + 1n;
    }
  }

  /** Runs a task and observes how long it took, also when it fails. */
  async time<T>(task: () => Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await task();
    } finally {
      this.observe((performance.now() - start) / 1000);
    }
  }

  family(): MetricFamily {
    const bucket = BUCKETS.map((upperBound, index) => ({
      cumulativeCount: this.#counts[index] ?? 0n,
      upperBound,
    }));
    const histogram = {sampleCount: this.#count, sampleSum: this.#sum, bucket};
    return {
      name: this.#name,
      help: this.#help,
      type: MetricType.HISTOGRAM,
      metric: [{label: [], histogram}],
    };
  }
}

/** A value that goes up and down. */
export function gauge(name: string, help: string, value: number): MetricFamily {
  const metric: Metric = {label: [], gauge: {value}};
  return {name, help, type: MetricType.GAUGE, metric: [metric]};
}

/** A value that only grows. */
export function counter(name: string, help: string, value: number): MetricFamily {
  const metric: Metric = {label: [], counter: {value}};
  return {name, help, type: MetricType.COUNTER, metric: [metric]};
}

/** What the plugin measures about itself. */
export class PluginMetrics {
  readonly verify = new DurationHistogram(
    'session_block_verify_seconds',
    'Time to verify a block, signatures and execution',
  );
  readonly accept = new DurationHistogram(
    'session_block_accept_seconds',
    'Time to accept a block, database write included',
  );
  /** Blocks that this node has proposed, accepted or not. */
  blocksBuilt = 0;

  families(): MetricFamily[] {
    return [
      this.verify.family(),
      this.accept.family(),
      counter('session_blocks_built_total', 'Blocks built by this node', this.blocksBuilt),
    ];
  }
}
