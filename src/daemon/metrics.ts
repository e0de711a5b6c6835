import {Counter, collectDefaultMetrics, Gauge, Histogram, Registry} from 'prom-client';

/** `refused`: the caller has to change something; `failed`: we, or too many others, could not. */
export type Outcome = 'ok' | 'refused' | 'failed';

/** What the parts of a node tell of their work: plain calls, so that none knows Prometheus. */
export type NodeMetrics = {
  /** A client's store, from request to answer. */
  stored(outcome: Outcome, seconds: number): void;
  /** A client's retrieve, from request to answer. */
  retrieved(outcome: Outcome, seconds: number): void;
  /** A stamped operation, until a majority of the swarm had it. */
  replicated(seconds: number): void;
  /** Operations that this node had missed and fetched from other members. */
  repaired(operations: number): void;
  /** Messages that were deleted here because another swarm holds their inboxes now. */
  released(records: number): void;
  /** A request that was answered with an error, by its code. */
  refused(code: string): void;
  dutySent(duty: string): void;
};

/** Values that are read when somebody asks. */
export type NodeGauge = keyof typeof GAUGES;

const PREFIX = 'sessionvm_node_';

const GAUGES = {
  hints_pending: 'Operations that wait for a member that was not reached',
  records: 'Messages in the set that this node committed to last',
  record_bytes: 'Bytes of the messages in that set',
  peers_connected: 'Peers of the overlay with a connection',
  swarm_members: 'Members of the own swarm, this node among them; none without a seat',
  epoch: 'Running epoch by block time',
  block_timestamp_seconds: 'Time of the last accepted block, Unix seconds',
  log_lines_lost: 'Log lines that stderr did not take since the start',
  disk_free_bytes: 'Bytes that the file system of the data folder has left',
} as const;

/** From one cheap look-up to what a person gives up on, in seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Codes are ours, but one made of a peer's words must not fill the memory. */
const MAX_CODES = 100;

type Meters = {
  readonly outcomes: Readonly<Record<'stores' | 'retrieves', Counter<'outcome'>>>;
  readonly seconds: Readonly<Record<'store' | 'retrieve' | 'replication', Histogram>>;
  readonly repaired: Counter;
  readonly released: Counter;
  readonly refused: Counter<'code'>;
  readonly duties: Counter<'duty'>;
};

function createMeters(registry: Registry): Meters {
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter({name: `${PREFIX}${name}_total`, help, labelNames, registers});
  const histogram = (name: string, help: string) =>
    new Histogram({name: `${PREFIX}${name}_seconds`, help, buckets: BUCKETS, registers});
  return {
    outcomes: {
      stores: counter('stores', 'Stores of clients, by outcome', 'outcome'),
      retrieves: counter('retrieves', 'Retrieves of clients, by outcome', 'outcome'),
    },
    seconds: {
      store: histogram('store', 'Time of a client’s store, from request to answer'),
      retrieve: histogram('retrieve', 'Time of a client’s retrieve, from request to answer'),
      replication: histogram('replication', 'Time until a majority had a stamped operation'),
    },
    repaired: counter('repaired_operations', 'Missed operations fetched from other members'),
    released: counter('released_records', 'Messages deleted because other swarms hold them now'),
    refused: counter('requests_refused', 'Requests answered with an error, by code', 'code'),
    duties: counter('duties_sent', 'Duty transactions sent to the chain, by duty', 'duty'),
  };
}

/** The metrics of one daemon: a registry of its own, so that several share a process. */
export class MetricsRegistry implements NodeMetrics {
  readonly #registry = new Registry();
  readonly #meters = createMeters(this.#registry);
  readonly #codes = new Set<string>();

  readonly #onUnreadable: (name: NodeGauge, error: unknown) => void;

  /** `onUnreadable` hears why a watched value is left out. */
  constructor(onUnreadable: (name: NodeGauge, error: unknown) => void) {
    this.#onUnreadable = onUnreadable;
    collectDefaultMetrics({register: this.#registry});
  }

  stored(outcome: Outcome, seconds: number): void {
    this.#meters.outcomes.stores.inc({outcome});
    this.#meters.seconds.store.observe(seconds);
  }

  retrieved(outcome: Outcome, seconds: number): void {
    this.#meters.outcomes.retrieves.inc({outcome});
    this.#meters.seconds.retrieve.observe(seconds);
  }

  replicated(seconds: number): void {
    this.#meters.seconds.replication.observe(seconds);
  }

  repaired(operations: number): void {
    this.#meters.repaired.inc(operations);
  }

  released(records: number): void {
    this.#meters.released.inc(records);
  }

  refused(code: string): void {
    const isKnown = this.#codes.has(code) || this.#codes.size < MAX_CODES;
    if (isKnown) this.#codes.add(code);
    this.#meters.refused.inc({code: isKnown ? code : 'other'});
  }

  dutySent(duty: string): void {
    this.#meters.duties.inc({duty});
  }

  /** Shows a value from here on. One that is undefined, or cannot be read, is left out for now. */
  watch(name: NodeGauge, read: () => number | undefined | Promise<number | undefined>): void {
    const onUnreadable = this.#onUnreadable;
    new Gauge({
      name: `${PREFIX}${name}`,
      help: GAUGES[name],
      registers: [this.#registry],
      async collect() {
        let value: number | undefined;
        try {
          value = await read();
        } catch (error) {
          onUnreadable(name, error);
        }
        if (value === undefined) this.remove();
        else this.set(value);
      },
    });
  }

  /** In Prometheus' text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** Content-Type of `text`. */
  get contentType(): string {
    return this.#registry.contentType;
  }
}
