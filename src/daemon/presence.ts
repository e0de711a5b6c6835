import type {MemberCaller} from '../messaging/ports.ts';
import type {ServiceOverlay} from '../network/create-overlay.ts';
import {equalBytes, type NodeId} from '../protocol/bytes.ts';
import type {ChainFacts} from './chain-view.ts';
import type {DaemonPorts} from './ports.ts';
import type {EndlessTask} from './run-together.ts';

const PAUSE_MS = 500;
const GREETING_TIMEOUT_MS = 5000;
const NOTHING = {fromMs: 0n, toMs: 0n};

type Components = {
  readonly overlay: ServiceOverlay;
  readonly view: ChainFacts;
  readonly members: MemberCaller;
  readonly ports: Pick<DaemonPorts, 'logger' | 'sleep'>;
};

/**
 * Makes this node known: it publishes where it is as soon as the chain knows it, for nobody believes
 * it before, and greets the members of a new swarm, so that the first duty and the first message find
 * connections that are open.
 */
export class Presence {
  readonly #components: Components;
  readonly #nodeId: NodeId;
  #isPublished = false;
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
    const {overlay, view} = this.#components;
    if (!this.#isPublished && (await view.signingKeyOf(this.#nodeId, signal)) !== undefined) {
      await overlay.directory.publish(signal);
      this.#isPublished = true;
    }
    const members = view.own()?.members ?? [];
    const others = members.filter((member) => !equalBytes(member, this.#nodeId));
    const isGreeted = (member: NodeId): boolean =>
      this.#greeted.some((each) => equalBytes(each, member));
    const unknown = others.filter((member) => !isGreeted(member));
    if (unknown.length === 0) return;
    const greetings = await Promise.allSettled(
      unknown.map((member) => this.#greet(member, signal)),
    );
    const heard = unknown.filter((_, index) => greetings[index]?.status === 'fulfilled');
    this.#greeted = [...others.filter(isGreeted), ...heard];
  }

  async #greet(member: NodeId, signal: AbortSignal): Promise<void> {
    const {members} = this.#components;
    const options = {signal, timeoutMs: GREETING_TIMEOUT_MS};
    await members.call(member, {type: 'digest', value: NOTHING}, options);
  }
}
