import {utf8ToBytes} from '../../protocol/bytes.ts';
import type {KeyValueStore, WriteOperation} from '../../storage/kv.ts';
import {
  DATABASE_ERROR,
  DATABASE_METHODS,
  type DatabaseMethod,
  type OnDatabaseCall,
  underFault,
} from './database-faults.ts';
import {createDatabaseIterators} from './database-iterators.ts';
import {SERVICES, serveHealth} from './host-definitions.ts';
import {type LoopbackServer, startLoopbackServer} from './loopback-server.ts';
import {addUnaryService, type UnaryHandler} from './unary-service.ts';

type Key = {readonly key: Uint8Array};
type Pair = Key & {readonly value: Uint8Array};
type Batch = {readonly puts: readonly Pair[]; readonly deletes: readonly Key[]};

export type DatabaseServer = {
  readonly server: LoopbackServer;
  /** Calls so far, by method. */
  calls(): Readonly<Record<DatabaseMethod, number>>;
  iterators(): {readonly created: number; readonly released: number};
  /** Frees what a dead plugin left open. */
  releaseIterators(): Promise<void>;
  /** Replaces the fault hook; undefined lets every call pass. */
  setFaults(onDatabaseCall: OnDatabaseCall | undefined): void;
};

export type DatabaseServerInit = {
  readonly store: KeyValueStore;
  readonly onDatabaseCall?: OnDatabaseCall | undefined;
  readonly killPlugin: () => Promise<void>;
};

const OK = {err: DATABASE_ERROR.none};
/** As the hosts' LevelDB: what was written survives the process, not a power cut. */
const WRITE = {sync: false};

function batchOperations({puts, deletes}: Batch): WriteOperation[] {
  // Puts first: a plugin that sends both for one key means the deletion.
  return [
    ...puts.map(({key, value}) => ({type: 'put' as const, key, value})),
    ...deletes.map(({key}) => ({type: 'delete' as const, key})),
  ];
}

type Iterators = ReturnType<typeof createDatabaseIterators>;
type Handlers = Readonly<Record<DatabaseMethod, (request: never) => Promise<object>>>;

function databaseHandlers(store: KeyValueStore, iterators: Iterators): Handlers {
  const write = async (operations: readonly WriteOperation[]): Promise<object> => {
    await store.batch(operations, WRITE);
    return OK;
  };
  return {
    Has: async ({key}: Key) => ({has: await store.has(key), ...OK}),
    Get: async ({key}: Key) => {
      const value = await store.get(key);
      return value === undefined ? {err: DATABASE_ERROR.notFound} : {value, ...OK};
    },
    Put: ({key, value}: Pair) => write([{type: 'put', key, value}]),
    Delete: ({key}: Key) => write([{type: 'delete', key}]),
    Compact: async () => OK,
    // The host owns the database: the call is counted, and closes nothing.
    Close: async () => OK,
    HealthCheck: async () => ({details: utf8ToBytes('{}')}),
    WriteBatch: (batch: Batch) => write(batchOperations(batch)),
    NewIteratorWithStartAndPrefix: async (range: {start: Uint8Array; prefix: Uint8Array}) =>
      iterators.create(range.start, range.prefix),
    IteratorNext: ({id}: {id: string}) => iterators.next(id),
    IteratorError: async ({id}: {id: string}) => iterators.error(id),
    IteratorRelease: ({id}: {id: string}) => iterators.release(id),
  };
}

/** `rpcdb.Database` over a store, every call under the fault hook. */
export async function startDatabaseServer(init: DatabaseServerInit): Promise<DatabaseServer> {
  const {store, killPlugin} = init;
  let {onDatabaseCall} = init;
  const iterators = createDatabaseIterators(store);
  const counts = Object.fromEntries(DATABASE_METHODS.map((name) => [name, 0])) as Record<
    DatabaseMethod,
    number
  >;
  let total = 0;
  const handlers = databaseHandlers(store, iterators);
  const watched = (method: DatabaseMethod): UnaryHandler => {
    const handle = handlers[method];
    return (request) => {
      const n = ++counts[method];
      const fault = onDatabaseCall?.(method, n, {method, n, total: ++total});
      const actions = {cut: () => server.cutConnections(), killPlugin};
      return underFault(fault, actions, () => handle(request));
    };
  };
  const server = await startLoopbackServer((grpc) => {
    const all = DATABASE_METHODS.map((method) => [method, watched(method)] as const);
    addUnaryService(grpc, SERVICES.database, Object.fromEntries(all));
    serveHealth(grpc);
  });
  return {
    server,
    calls: () => counts,
    iterators: () => iterators.counts(),
    releaseIterators: () => iterators.releaseAll(),
    setFaults(next) {
      onDatabaseCall = next;
    },
  };
}
