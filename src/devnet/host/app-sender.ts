import {DevnetError} from '../errors.ts';
import type {UnaryHandler} from './unary-service.ts';

/** What the plugin sent to its peers, in order. */
export type SentMessage =
  | {
      readonly kind: 'request';
      readonly nodeIds: readonly Uint8Array[];
      readonly requestId: number;
      readonly payload: Uint8Array;
    }
  | {
      readonly kind: 'response';
      readonly nodeId: Uint8Array;
      readonly requestId: number;
      readonly payload: Uint8Array;
    }
  | {
      readonly kind: 'error';
      readonly nodeId: Uint8Array;
      readonly requestId: number;
      readonly code: number;
      readonly message: string;
    }
  | {
      readonly kind: 'gossip';
      readonly nodeIds: readonly Uint8Array[];
      readonly validators: number;
      readonly nonValidators: number;
      readonly peers: number;
      readonly payload: Uint8Array;
    };

export type AppSender = {
  /** The last 10 000 messages. */
  sent(): readonly SentMessage[];
  clear(): void;
  /** Where messages go besides the record; see `connectHosts`. */
  setDelivery(deliver: (message: SentMessage) => void): void;
  /** Handlers of `appsender.AppSender`. */
  readonly handlers: Readonly<Record<string, UnaryHandler>>;
};

const RECORD_LIMIT = 10_000;
const NODE_ID_LENGTH = 20;

type SendAppRequestMsg = {nodeIds: Uint8Array[]; requestId: number; request: Uint8Array};
type SendAppResponseMsg = {nodeId: Uint8Array; requestId: number; response: Uint8Array};
type SendAppErrorMsg = {
  nodeId: Uint8Array;
  requestId: number;
  errorCode: number;
  errorMessage: string;
};
type SendAppGossipMsg = {
  nodeIds: Uint8Array[];
  validators: string;
  nonValidators: string;
  peers: string;
  msg: Uint8Array;
};

/** Malformed ids are the only thing that these calls complain about. */
function checkIds(ids: readonly Uint8Array[]): void {
  for (const id of ids) {
    if (id.length !== NODE_ID_LENGTH) {
      throw new DevnetError('DEVNET_ANSWER', {problem: 'node id', length: id.length});
    }
  }
}

/** Records what the plugin sends; hands it on when somebody asked for it. */
export function createAppSender(): AppSender {
  let sent: SentMessage[] = [];
  let deliver: (message: SentMessage) => void = () => undefined;
  const record = (message: SentMessage): object => {
    sent.push(message);
    if (sent.length > RECORD_LIMIT) sent = sent.slice(-RECORD_LIMIT / 2);
    deliver(message);
    return {};
  };
  const sendAppRequest = ({nodeIds, requestId, request}: SendAppRequestMsg): object => {
    checkIds(nodeIds);
    return record({kind: 'request', nodeIds, requestId, payload: request});
  };
  const sendAppResponse = ({nodeId, requestId, response}: SendAppResponseMsg): object => {
    checkIds([nodeId]);
    return record({kind: 'response', nodeId, requestId, payload: response});
  };
  const sendAppError = ({nodeId, requestId, errorCode, errorMessage}: SendAppErrorMsg): object => {
    checkIds([nodeId]);
    return record({kind: 'error', nodeId, requestId, code: errorCode, message: errorMessage});
  };
  const sendAppGossip = (request: SendAppGossipMsg): object => {
    const {nodeIds, validators, nonValidators, peers, msg} = request;
    checkIds(nodeIds);
    return record({
      kind: 'gossip',
      nodeIds,
      validators: Number(validators),
      nonValidators: Number(nonValidators),
      peers: Number(peers),
      payload: msg,
    });
  };
  return {
    sent: () => sent,
    clear() {
      sent = [];
    },
    setDelivery(next) {
      deliver = next;
    },
    handlers: {
      SendAppRequest: sendAppRequest,
      SendAppResponse: sendAppResponse,
      SendAppError: sendAppError,
      SendAppGossip: sendAppGossip,
    },
  };
}
