import type {SentMessage} from '../../../src/devnet/host/app-sender.ts';
import type {Peer} from '../../../src/devnet/host/peers.ts';
import type {VmClient} from '../../../src/devnet/host/vm-client.ts';
import {PeerAnswer, PeerRequest} from '../../../src/plugin/peers/peer-codec.ts';
import {decode, encode} from '../../../src/protocol/codec.ts';

type AppRequest = {
  readonly nodeId: Uint8Array;
  readonly requestId: number;
  readonly request: Uint8Array;
};

/** What a peer of one's own says to a request; undefined for silence. */
export type Reply = (request: PeerRequest) => Uint8Array | undefined;

export type HostilePeer = Peer & {
  /** Requests that it got, oldest first. */
  readonly asked: readonly PeerRequest[];
};

/** A node of the network without a plugin behind it: every answer is the test's. */
export function hostilePeer(nodeId: Uint8Array, reply: Reply): HostilePeer {
  const asked: PeerRequest[] = [];
  let deliver: (message: SentMessage) => void = () => undefined;
  const answer = ({nodeId: asker, requestId, request}: AppRequest): void => {
    const question = decode(PeerRequest, request);
    asked.push(question);
    const payload = reply(question);
    if (payload !== undefined) deliver({kind: 'response', nodeId: asker, requestId, payload});
  };
  const call = async (method: string, message: object): Promise<object> => {
    if (method === 'AppRequest') answer(message as AppRequest);
    return {};
  };
  return {
    nodeId,
    asked,
    vm: {call} as unknown as VmClient,
    appSender: {
      setDelivery(next) {
        deliver = next;
      },
    },
  };
}

/** Leaves that are in no state. */
export function madeUpLeaves(request: PeerRequest): Uint8Array | undefined {
  if (request.type === 'summaryBlock') {
    return encode(PeerAnswer, {type: 'summaryBlock', value: {block: new Uint8Array(200)}});
  }
  if (request.type !== 'stateSubtree') return undefined;
  const leaves = Array.from({length: 100}, (_, n) => ({
    key: new Uint8Array(21).fill(n),
    value: new Uint8Array(100).fill(n),
  }));
  const value = {type: 'leaves', value: {leaves}} as const;
  return encode(PeerAnswer, {type: 'stateSubtree', value});
}
