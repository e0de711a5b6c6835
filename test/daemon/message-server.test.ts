import {beforeEach, describe, expect, it} from 'vitest';
import {serveMessages} from '../../src/daemon/message-server.ts';
import {MetricsRegistry} from '../../src/daemon/metrics.ts';
import {MessagingError} from '../../src/messaging/errors.ts';
import type {Handler} from '../../src/network/overlay.ts';
import {toSessionId} from '../../src/protocol/bytes.ts';
import {SessionError} from '../../src/protocol/errors.ts';
import {StorageError} from '../../src/storage/errors.ts';
import {recordingPorts} from './recorder.ts';

const LOCATION = '/home/operator/secret-folder';
const diskFull = new StorageError('STORAGE_FULL', {location: LOCATION});
const context = {remotePeerId: 'p', nodeId: undefined, signal: new AbortController().signal};

let handlers: Map<string, Handler<never, unknown>>;
let metrics: MetricsRegistry;
let recorder: ReturnType<typeof recordingPorts>;

/** A server whose messaging fails with this error, whatever it is asked. */
async function failing(error: Error): Promise<void> {
  async function* events(): AsyncGenerator<never> {
    yield await Promise.reject(error);
  }
  const overlay = {
    serve: async (protocol: {readonly name: string}, handler: Handler<never, unknown>) => {
      handlers.set(protocol.name, handler);
    },
  } as never;
  const answer = (request: {readonly type: string}) =>
    request.type === 'watch' ? events() : Promise.reject(error);
  const messaging = {clients: {answer}, members: {answer: () => Promise.reject(error)}} as never;
  const {ports} = recorder;
  await serveMessages({overlay, messaging, metrics, ports});
}

beforeEach(() => {
  handlers = new Map();
  metrics = new MetricsRegistry(() => undefined);
  recorder = recordingPorts();
});

/** What the overlay is given to tell the caller. */
async function told(protocol: string, type: string): Promise<unknown> {
  const request = {type, value: {account: toSessionId(new Uint8Array(33))}} as never;
  const answer = handlers.get(protocol)!(request, context);
  try {
    if (answer instanceof Promise) return await answer;
    for await (const _ of answer);
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('what a stranger hears of a failing disk', () => {
  it.each([
    ['client', 'store'],
    ['client', 'retrieve'],
    ['client', 'watch'],
    ['member', 'write'],
  ])('%s %s: the code, and nothing of this machine', async (protocol, type) => {
    await failing(diskFull);
    const error = await told(protocol, type);
    expect(error).toMatchObject({
      code: 'MESSAGING_STORAGE_FAILED',
      details: {reason: 'STORAGE_FULL'},
    });
    expect(String(error)).not.toContain('secret');
    const counted = 'sessionvm_node_requests_refused_total{code="MESSAGING_STORAGE_FAILED"} 1';
    expect(await metrics.text()).toContain(counted);
  });
});

describe('the outcome of a store', () => {
  it.each([
    [diskFull, 'failed', 'MESSAGING_STORAGE_FAILED'],
    [new MessagingError('MESSAGING_NO_MAJORITY'), 'failed', 'MESSAGING_NO_MAJORITY'],
    [new MessagingError('MESSAGING_BAD_TTL'), 'refused', 'MESSAGING_BAD_TTL'],
    [new SessionError('CLIENT_UNREACHABLE'), 'failed', 'NETWORK_INTERNAL'],
    [new TypeError('a bug'), 'failed', 'NETWORK_INTERNAL'],
  ])('%s: %s', async (error, outcome, code) => {
    await failing(error);
    await told('client', 'store');
    const text = await metrics.text();
    expect(text).toContain(`sessionvm_node_stores_total{outcome="${outcome}"} 1`);
    expect(text).toContain(`sessionvm_node_requests_refused_total{code="${code}"} 1`);
  });
});
