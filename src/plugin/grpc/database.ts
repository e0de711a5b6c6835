import {status} from '@grpc/grpc-js';
import {bytesToKey, compareBytes} from '../../protocol/bytes.ts';
import type {ErrorDetails} from '../../protocol/errors.ts';
import {StorageError} from '../../storage/errors.ts';
import type {Entry, KeyRange, KeyValueStore, WriteOperation} from '../../storage/kv.ts';
import {openChannel, type UnaryChannel} from './channel.ts';
import {serviceDefinition} from './definitions.ts';

const DB_ERROR = {none: 0, closed: 1, notFound: 2} as const;

type Status = {readonly err: number};
type Pair = {readonly key: Uint8Array; readonly value: Uint8Array};

const isUnavailable = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === status.UNAVAILABLE;

/** The host applies puts before deletes, so only the last operation on a key may travel. */
function lastPerKey(writes: readonly WriteOperation[]): readonly WriteOperation[] {
  const last = new Map<string, WriteOperation>();
  for (const write of writes) last.set(bytesToKey(write.key), write);
  return [...last.values()];
}

/**
 * The node's database, over gRPC. The first failure that is not an ordinary answer closes it for
 * good: nobody knows what was written, so nothing may be built on it. Host-protocol §2.6.
 */
export class NodeDatabase implements KeyValueStore {
  readonly #channel: UnaryChannel;
  #failure: StorageError | undefined;

  constructor(channel: UnaryChannel) {
    this.#channel = channel;
  }

  static connect(address: string): NodeDatabase {
    return new NodeDatabase(openChannel(address, serviceDefinition('rpcdb.Database')));
  }

  /** Why the database is unusable, if it is. */
  get failure(): StorageError | undefined {
    return this.#failure;
  }

  async #call<Response>(method: string, request: object): Promise<Response> {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      return await this.#channel.call<Response>(method, request);
    } catch (cause) {
      throw this.#fail({method}, cause);
    }
  }

  /** The first failure stays the one that every later call reports. */
  #fail(details: ErrorDetails, cause?: unknown): StorageError {
    this.#failure ??= new StorageError('STORAGE_FAILED', details, {cause});
    return this.#failure;
  }

  /** A number that the method does not have says as little of what was done as a broken call. */
  #check(method: string, {err}: Status): void {
    if (err === DB_ERROR.none) return;
    if (err === DB_ERROR.closed) throw new StorageError('STORAGE_CLOSED');
    throw this.#fail({method, err});
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    const answer = await this.#call<Status & {readonly value: Uint8Array}>('Get', {key});
    if (answer.err === DB_ERROR.notFound) return undefined;
    this.#check('Get', answer);
    return new Uint8Array(answer.value);
  }

  async getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    return Promise.all(keys.map((key) => this.get(key)));
  }

  async has(key: Uint8Array): Promise<boolean> {
    const answer = await this.#call<Status & {readonly has: boolean}>('Has', {key});
    if (answer.err === DB_ERROR.notFound) return false;
    this.#check('Has', answer);
    return answer.has;
  }

  async *iterate({gte, lt}: KeyRange = {}): AsyncGenerator<Entry> {
    const start = gte ?? new Uint8Array();
    const {id} = await this.#call<{readonly id: string}>('NewIteratorWithStartAndPrefix', {start});
    try {
      for (;;) {
        const {data} = await this.#call<{readonly data: readonly Pair[]}>('IteratorNext', {id});
        for (const {key, value} of data) {
          if (lt !== undefined && compareBytes(key, lt) >= 0) return;
          yield [new Uint8Array(key), new Uint8Array(value)];
        }
        if (data.length > 0) continue;
        this.#check('IteratorError', await this.#call<Status>('IteratorError', {id}));
        return;
      }
    } finally {
      await this.#release(id);
    }
  }

  /** The node frees an iterator only when it is told to, so it is told even after a failure. */
  async #release(id: string): Promise<void> {
    try {
      await this.#channel.call('IteratorRelease', {id});
    } catch (cause) {
      this.#fail({method: 'IteratorRelease'}, cause);
    }
  }

  async batch(writes: readonly WriteOperation[]): Promise<void> {
    const puts: Pair[] = [];
    const deletes: {readonly key: Uint8Array}[] = [];
    for (const write of lastPerKey(writes)) {
      if (write.type === 'put') puts.push({key: write.key, value: write.value});
      else deletes.push({key: write.key});
    }
    this.#check('WriteBatch', await this.#call<Status>('WriteBatch', {puts, deletes}));
  }

  /** Whether the node's server answers at all; says nothing about the database. */
  async isReachable(): Promise<boolean> {
    try {
      await this.#channel.call('HealthCheck', {});
      return true;
    } catch (error) {
      return !isUnavailable(error);
    }
  }

  /** Lets go of the connection. The database itself is the node's and stays open. */
  async close(): Promise<void> {
    this.#failure ??= new StorageError('STORAGE_CLOSED');
    this.#channel.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
