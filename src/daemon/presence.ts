import type {MemberCaller} from '../messaging/ports.ts';
import type {ServiceOverlay} from '../network/create-overlay.ts';
import {RemoteError} from '../network/errors.ts';
import {equalBytes, type NodeId} from '../protocol/bytes.ts';
import type {ChainFacts} from './chain-view.ts';
import type {DaemonPorts} from './ports.ts';
import type {EndlessTask} from './run-together.ts';

const PAUSE_MS = 500;
const GREETING_TIMEOUT_MS = 5000;
/** Connections that are kept idle are about as many. */
const MOST_GREETED = 32;
const NOTHING = {fromMs: 0n, toMs: 0n};

type Components = {
  readonly overlay: ServiceOverlay;
  readonly view: ChainFacts;
  readonly members: MemberCaller;
  readonly ports: Pick<DaemonPorts, 'logger' | 'sleep'>;
};

/**
 * Makes this node known to those it will need. While it waits for a seat it greets the nodes that it
 * has heard of, one after the other, and later the members of its swarm: a seat serves at once, and
 * the first duty should find connections that are open. It says nothing before the chain knows it, for
 * nobody would believe it.
 */
export class Presence {
  readonly #components: Components;
  readonly #nodeId: NodeId;
  #isRegistered = false;
  #greeted: readonly NodeId[] = [];

  constructor(components: Components, nodeId: NodeId) {
    this.#components = components;
    this.#nodeId = nodeId;
  }

  readonly run: EndlessTask = async (signal) => {
    const {ports} = this.#components;
    for (;;) {
      try {
        await this.#step(signal);
      } catch (error) {
        signal.throwIfAborted();
        ports.logger.warn('presence.failed', {reason: String(error)});
      }
      await ports.sleep(PAUSE_MS, signal);
    }
  };

  async #step(signal: AbortSignal): Promise<void> {
    const {view} = this.#components;
    this.#isRegistered ||= (await view.signingKeyOf(this.#nodeId, signal)) !== undefined;
    if (!this.#isRegistered) return;
    const members = view.own()?.members;
    if (members === undefined) await this.#greetNext(signal);
    else await this.#greetAll(members, signal);
  }

  #strangers(nodes: readonly NodeId[]): readonly NodeId[] {
    const known = [this.#nodeId, ...this.#greeted];
    return nodes.filter((node) => !known.some((each) => equalBytes(each, node)));
  }

  /** All at once: there are duties with them. */
  async #greetAll(members: readonly NodeId[], signal: AbortSignal): Promise<void> {
    const strangers = this.#strangers(members);
    const greetings = await Promise.allSettled(
      strangers.map((member) => this.#greet(member, signal)),
    );
    const heard = strangers.filter((_, index) => greetings[index]?.status === 'fulfilled');
    this.#greeted = [...this.#greeted, ...heard].slice(-MOST_GREETED);
  }

  /** One of those who may become members: two a second, while nothing is due. */
  async #greetNext(signal: AbortSignal): Promise<void> {
    if (this.#greeted.length >= MOST_GREETED) return;
    // Those whose record has come by: to search for strangers in the DHT costs all of its nodes.
    const known = this.#components.overlay.directory.known().map(({record}) => record.nodeId);
    const [stranger] = this.#strangers(known);
    if (stranger === undefined) return;
    this.#greeted = [...this.#greeted, stranger];
    await this.#greet(stranger, signal).catch(() => signal.throwIfAborted());
  }

  async #greet(member: NodeId, signal: AbortSignal): Promise<void> {
    const {members} = this.#components;
    const options = {signal, timeoutMs: GREETING_TIMEOUT_MS};
    try {
      await members.call(member, {type: 'digest', value: NOTHING}, options);
    } catch (error) {
      // A refusal comes over a connection that is open now.
      if (!(error instanceof RemoteError)) throw error;
    }
  }
}
