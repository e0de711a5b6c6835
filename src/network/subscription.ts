import {encode} from '../protocol/codec.ts';
import {Frame} from '../protocol/overlay/frame.ts';
import {decodeAnswer} from './decode-answer.ts';
import {toRemoteError} from './error-frame.ts';
import {NetworkError} from './errors.ts';
import type {FrameStream} from './frame-stream.ts';
import type {RequestProtocol} from './request-protocol.ts';

/** A subscription has its stream to itself: no other request shares it. */
const ID = 1;

export type SubscriptionInit<Req, Res> = {
  readonly peerId: string;
  readonly protocol: RequestProtocol<Req, Res>;
  readonly request: Req;
  readonly signal: AbortSignal | undefined;
  readonly open: () => Promise<FrameStream>;
};

/** One step of the server: an event, or the end; an answer without a body is the end alone. */
async function next<Res>(
  frames: FrameStream,
  {
    peerId,
    protocol,
  }: Pick<SubscriptionInit<never, Res>, 'peerId'> & {
    readonly protocol: Pick<RequestProtocol<never, Res>, 'answer'>;
  },
): Promise<{readonly event?: Res; readonly isEnd: boolean}> {
  const frame = await frames.read(Frame);
  switch (frame.type) {
    case 'event':
      return {event: decodeAnswer(protocol.answer, frame.value.body, peerId), isEnd: false};
    case 'answer': {
      const {body} = frame.value;
      if (body.length === 0) return {isEnd: true};
      return {event: decodeAnswer(protocol.answer, body, peerId), isEnd: true};
    }
    case 'error':
      throw toRemoteError(peerId, frame.value);
    case 'request':
    case 'cancel':
      throw new NetworkError('NETWORK_BAD_ANSWER', {peerId, problem: `${frame.type} to a caller`});
  }
}

/**
 * Events over a stream of their own, read as the loop asks for them: who is slow holds back the server
 * and no other request.
 */
export async function* subscribe<Req, Res>(
  init: SubscriptionInit<Req, Res>,
): AsyncGenerator<Res, void, undefined> {
  const {protocol, request, signal, peerId} = init;
  const body = encode(protocol.request, request);
  signal?.throwIfAborted();
  const frames = await init.open();
  const onAbort = (): void => frames.abort(new NetworkError('NETWORK_CLOSED', {peerId}));
  signal?.addEventListener('abort', onAbort, {once: true});
  let isEnd = false;
  try {
    await frames.write(Frame, {type: 'request', value: {id: ID, body}});
    while (!isEnd) {
      const step = await next(frames, {peerId, protocol});
      isEnd = step.isEnd;
      if (step.event !== undefined) yield step.event;
    }
  } catch (error) {
    isEnd = true;
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
    if (!isEnd) await frames.write(Frame, {type: 'cancel', value: {id: ID}}).catch(() => undefined);
    await frames.close();
  }
}
