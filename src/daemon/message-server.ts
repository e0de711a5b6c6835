import {MessagingError} from '../messaging/errors.ts';
import type {Messaging} from '../messaging/messaging.ts';
import type {ServiceOverlay} from '../network/create-overlay.ts';
import {isRefusal} from '../network/error-frame.ts';
import type {Handler} from '../network/overlay.ts';
import {CLIENT_PROTOCOL, MEMBER_PROTOCOL} from '../network/protocols.ts';
import type {ClientAnswer, ClientRequest} from '../protocol/overlay/client-protocol.ts';
import {StorageError} from '../storage/errors.ts';
import type {NodeMetrics, Outcome} from './metrics.ts';
import type {DaemonPorts} from './ports.ts';

type Components = {
  readonly overlay: ServiceOverlay;
  readonly messaging: Messaging;
  readonly metrics: NodeMetrics;
  readonly ports: Pick<DaemonPorts, 'logger'>;
};

/** Refusals that the caller cannot cure. */
const OURS: readonly string[] = [
  'MESSAGING_NO_MAJORITY',
  'MESSAGING_NOT_READY',
  'MESSAGING_RECORD_DAMAGED',
  'MESSAGING_STORAGE_FAILED',
  'MESSAGING_STORAGE_FULL',
  'NETWORK_INTERNAL',
];

type Refused = {readonly error: unknown; readonly code: string};

/** The database's own words name folders of this machine: strangers hear the code alone. */
function toPublic(error: unknown, {logger}: Components['ports']): unknown {
  if (!(error instanceof StorageError)) return error;
  logger.error('storage.failed', {reason: error.message});
  return new MessagingError('MESSAGING_STORAGE_FAILED', {reason: error.code}, {cause: error});
}

/** Counts a refusal by the code that the caller will hear. */
function refused(cause: unknown, {metrics, ports}: Components): Refused {
  const error = toPublic(cause, ports);
  const code = isRefusal(error) ? error.code : 'NETWORK_INTERNAL';
  metrics.refused(code);
  return {error, code};
}

async function timed(
  request: ClientRequest,
  answer: Promise<ClientAnswer>,
  components: Components,
): Promise<ClientAnswer> {
  const {metrics} = components;
  const start = performance.now();
  const note = (outcome: Outcome): void => {
    const seconds = (performance.now() - start) / 1000;
    if (request.type === 'store') metrics.stored(outcome, seconds);
    if (request.type === 'retrieve') metrics.retrieved(outcome, seconds);
  };
  try {
    const value = await answer;
    note('ok');
    return value;
  } catch (cause) {
    const {error, code} = refused(cause, components);
    note(OURS.includes(code) ? 'failed' : 'refused');
    throw error;
  }
}

async function* watched(
  events: AsyncIterable<ClientAnswer>,
  components: Components,
): AsyncGenerator<ClientAnswer, void, undefined> {
  try {
    yield* events;
  } catch (cause) {
    throw refused(cause, components).error;
  }
}

/** Serves clients and members over the overlay. */
export async function serveMessages(components: Components): Promise<void> {
  const {overlay, messaging} = components;
  const clients: Handler<ClientRequest, ClientAnswer> = (request, context) => {
    const answer = messaging.clients.answer(request, context);
    return Symbol.asyncIterator in answer
      ? watched(answer, components)
      : timed(request, answer, components);
  };
  await overlay.serve(CLIENT_PROTOCOL, clients);
  await overlay.serve(MEMBER_PROTOCOL, async (request, {nodeId}) => {
    try {
      return await messaging.members.answer(request, nodeId);
    } catch (cause) {
      throw refused(cause, components).error;
    }
  });
}
