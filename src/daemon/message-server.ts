import {MessagingError} from '../messaging/errors.ts';
import type {Messaging} from '../messaging/messaging.ts';
import type {ServiceOverlay} from '../network/create-overlay.ts';
import type {Handler} from '../network/overlay.ts';
import {CLIENT_PROTOCOL, MEMBER_PROTOCOL} from '../network/protocols.ts';
import {SessionError} from '../protocol/errors.ts';
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
  'MESSAGING_STORAGE_FAILED',
  'MESSAGING_STORAGE_FULL',
];

function outcomeOf(error: unknown): Outcome {
  return error instanceof SessionError && !OURS.includes(error.code) ? 'refused' : 'failed';
}

/** The database's own words name folders of this machine: strangers hear the code alone. */
function toPublic(error: unknown, {logger}: Components['ports']): unknown {
  if (!(error instanceof StorageError)) return error;
  logger.error('storage.failed', {reason: error.message});
  return new MessagingError('MESSAGING_STORAGE_FAILED', {reason: error.code}, {cause: error});
}

function timed(
  request: ClientRequest,
  answer: Promise<ClientAnswer>,
  {metrics, ports}: Components,
): Promise<ClientAnswer> {
  const start = performance.now();
  const note = (outcome: Outcome): void => {
    const seconds = (performance.now() - start) / 1000;
    if (request.type === 'store') metrics.stored(outcome, seconds);
    if (request.type === 'retrieve') metrics.retrieved(outcome, seconds);
  };
  return answer.then(
    (value) => {
      note('ok');
      return value;
    },
    (error: unknown) => {
      note(outcomeOf(error));
      if (error instanceof SessionError) metrics.refused(error.code);
      throw toPublic(error, ports);
    },
  );
}

/** Serves clients and members over the overlay. */
export async function serveMessages(components: Components): Promise<void> {
  const {overlay, messaging, metrics, ports} = components;
  const clients: Handler<ClientRequest, ClientAnswer> = (request, {signal}) => {
    const answer = messaging.clients.answer(request, signal);
    return Symbol.asyncIterator in answer ? answer : timed(request, answer, components);
  };
  await overlay.serve(CLIENT_PROTOCOL, clients);
  await overlay.serve(MEMBER_PROTOCOL, async (request, {nodeId}) => {
    try {
      return await messaging.members.answer(request, nodeId);
    } catch (error) {
      if (error instanceof SessionError) metrics.refused(error.code);
      throw toPublic(error, ports);
    }
  });
}
