import {ClientError} from '../client/errors.ts';
import type {HouseRpc} from '../client/house-rpc.ts';
import {type KeyRef, readKeyRecord} from '../client/key-record.ts';
import {equalBytes, type KemPublicKey} from '../protocol/bytes.ts';
import {isPassing} from './persistent-client.ts';
import type {DaemonPorts} from './ports.ts';

/** What the key chain says of this node's transport key. */
export type KeyState =
  /** Nothing yet. */
  | 'asking'
  /** No usable answer to the last question. */
  | 'silent'
  /** It knows no such key. */
  | 'unknown'
  /** Another key, or one of another algorithm, stands under this reference. */
  | 'otherKey'
  | 'active'
  | 'revoked';

type Components = {
  readonly keys: Pick<HouseRpc, 'call'>;
  /** The key that our chain shows for this node; undefined while it has none. */
  readonly registeredKey: (signal: AbortSignal) => Promise<KemPublicKey | undefined>;
  /** Takes a revoked key out of use; to be asked again until it says true. */
  readonly revoke: (key: KemPublicKey, signal: AbortSignal) => Promise<boolean>;
  readonly ports: Pick<DaemonPorts, 'logger' | 'sleep'>;
};

const ALGORITHM = 'ml-kem-768';
/** Between questions that found no answer, or a revocation that is not through, in parts of an epoch. */
const SOON_PARTS = 16;
const LEAST_PAUSE_MS = 1000;

/**
 * Follows this node's transport key at the key chain, once per epoch. A revocation there becomes a
 * transaction here; nothing else that it says changes anything but what the operator is told.
 */
export class KeyWatch {
  readonly #components: Components;
  readonly #init: {readonly ref: KeyRef; readonly epochSeconds: number};
  #state: KeyState = 'asking';

  constructor(components: Components, init: {readonly ref: KeyRef; readonly epochSeconds: number}) {
    this.#components = components;
    this.#init = init;
  }

  state(): KeyState {
    return this.#state;
  }

  /** Sentences for the node's health. */
  problems(): readonly string[] {
    switch (this.#state) {
      case 'revoked':
        return ['the key chain says that this node’s transport key is revoked: rotate it'];
      case 'otherKey':
        return ['the key chain has another key under the reference of this node'];
      case 'unknown':
        return ['the key chain does not know the key of this node'];
      default:
        return [];
    }
  }

  async run(signal: AbortSignal): Promise<never> {
    for (;;) await this.#components.ports.sleep(await this.step(signal), signal);
  }

  /** One look; answers the pause before the next, in ms. */
  async step(signal: AbortSignal): Promise<number> {
    const {registeredKey, revoke} = this.#components;
    const epochMs = this.#init.epochSeconds * 1000;
    const soonMs = Math.max(LEAST_PAUSE_MS, Math.floor(epochMs / SOON_PARTS));
    let key: KemPublicKey | undefined;
    try {
      key = await registeredKey(signal);
      this.#note(key === undefined ? 'asking' : await this.#look(key, signal));
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof Error) || !isPassing(error)) throw error;
      this.#note('silent', error.message);
    }
    if (this.#state !== 'revoked' || key === undefined) {
      return this.#state === 'silent' || this.#state === 'asking' ? soonMs : epochMs;
    }
    return (await revoke(key, signal)) ? epochMs : soonMs;
  }

  async #look(key: KemPublicKey, signal: AbortSignal): Promise<KeyState> {
    const {ref} = this.#init;
    let result: unknown;
    try {
      result = await this.#components.keys.call('kchain.GetKey', ref, signal);
    } catch (error) {
      const isRefusal = error instanceof ClientError && error.code === 'CLIENT_NEIGHBOUR_REFUSED';
      if (!isRefusal) throw error;
      return 'unknown';
    }
    const record = readKeyRecord(result, ref);
    // A status counts for the very key that it is about: a name stands for one key for ever.
    if (record.algorithm !== ALGORITHM || !equalBytes(record.publicKey, key)) return 'otherKey';
    if (record.status === 'active' || record.status === 'revoked') return record.status;
    throw new ClientError('CLIENT_BAD_RESPONSE', {
      path: 'key.status',
      expected: 'active | revoked',
    });
  }

  #note(state: KeyState, reason?: string): void {
    const before = this.#state;
    this.#state = state;
    if (state === before) return;
    const facts = {state, was: before, ...(reason === undefined ? {} : {reason})};
    const {logger} = this.#components.ports;
    if (state === 'active' || state === 'asking') logger.info('keychain.state', facts);
    else logger.warn('keychain.state', facts);
  }
}
