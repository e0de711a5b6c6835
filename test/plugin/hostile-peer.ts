import {randomBytes} from 'node:crypto';
import type {SentMessage} from '../../src/devnet/host/app-sender.ts';
import type {Peer} from '../../src/devnet/host/peers.ts';
import type {VmClient} from '../../src/devnet/host/vm-client.ts';

type Asked = {readonly nodeId: Uint8Array; readonly requestId: number};

/**
 * A node of the chain that keeps no rule: it says what the test wants, and answers requests with
 * `answer`. It has the address of a peer and nothing behind it.
 */
export class HostilePeer implements Peer {
  readonly nodeId: Uint8Array;
  /** Requests that it got. */
  asked = 0;
  #deliver: (message: SentMessage) => void = () => undefined;
  readonly #answer: (n: number) => Uint8Array | undefined;

  constructor(nodeId: Uint8Array, answer: (n: number) => Uint8Array | undefined) {
    this.nodeId = nodeId;
    this.#answer = answer;
  }

  readonly appSender = {
    setDelivery: (deliver: (message: SentMessage) => void): void => {
      this.#deliver = deliver;
    },
  };

  readonly vm = {
    call: async (method: string, request: unknown): Promise<object> => {
      if (method === 'AppRequest') this.#respond(request as Asked);
      return {};
    },
  } as Pick<VmClient, 'call'>;

  #respond({nodeId, requestId}: Asked): void {
    const payload = this.#answer(this.asked++);
    // One that answers twice, and with numbers that nobody gave it.
    if (payload === undefined) return;
    this.#deliver({kind: 'response', nodeId, requestId, payload});
    this.#deliver({kind: 'response', nodeId, requestId, payload});
    this.#deliver({kind: 'response', nodeId, requestId: requestId + 1, payload});
  }

  gossip(payload: Uint8Array): void {
    const counts = {validators: 100, nonValidators: 0, peers: 0};
    this.#deliver({kind: 'gossip', nodeIds: [], ...counts, payload});
  }

  request(nodeId: Uint8Array, payload: Uint8Array): void {
    const requestId = randomBytes(4).readUInt32BE();
    this.#deliver({kind: 'request', nodeIds: [nodeId], requestId, payload});
  }
}
