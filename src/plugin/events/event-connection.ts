import type {WebSocket} from 'ws';
import {CLOSE_CODES, type CloseReason} from '../../protocol/chain-events.ts';
import {ApiError} from '../api/errors.ts';
import type {RawParams} from '../api/params.ts';
import type {ChainHistory} from './chain-history.ts';
import {cursorToString, endOfBlock} from './cursor.ts';
import type {EventLimits} from './event-limits.ts';
import {
  type EventCall,
  errorMessage,
  eventMessage,
  parseEventCall,
  positionMessage,
  resultMessage,
} from './event-messages.ts';
import {eventView} from './event-view.ts';
import {MessageBudget} from './message-budget.ts';
import {createSubscription, type Subscription, wants} from './subscription.ts';

export type EventConnectionParts = {
  readonly history: ChainHistory;
  readonly limits: EventLimits;
  reportInternalError(error: unknown): void;
};

/** Ms of a clock that never goes back. */
const nowMs = (): number => performance.now();

/**
 * One client. Its subscriptions are served in turns, a batch at a time, and the next batch is read
 * only when the last one has left: what a slow client costs is bounded, however far it is behind.
 */
export class EventConnection {
  readonly #socket: WebSocket;
  readonly #parts: EventConnectionParts;
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #budget: MessageBudget;
  readonly #ticker: NodeJS.Timeout;
  readonly #unfollow: () => void;
  #wake: () => void = () => undefined;
  /** Ends the wait for a message to be taken. */
  #taken: () => void = () => undefined;
  #nextId = 1;
  #isAlive = true;
  #isClosed = false;
  #idleSince = nowMs();

  constructor(socket: WebSocket, parts: EventConnectionParts) {
    const {history, limits} = parts;
    this.#socket = socket;
    this.#parts = parts;
    this.#budget = new MessageBudget(limits, nowMs);
    this.#ticker = setInterval(() => this.#tick(), limits.pingMs);
    this.#unfollow = history.subscribe(() => this.#wake());
    socket.on('message', (data, isBinary) => this.#onMessage(String(data), isBinary));
    socket.on('pong', () => {
      this.#isAlive = true;
    });
    // What a stranger does wrong ends his connection, with a code of the protocol.
    socket.on('error', () => undefined);
    socket.on('close', () => this.#end());
    void this.#pump();
  }

  /** Ends it with a reason; the client may take a moment to agree. */
  close(reason: CloseReason): void {
    this.#socket.close(CLOSE_CODES[reason], reason);
    this.#end();
  }

  terminate(): void {
    this.#socket.terminate();
  }

  #end(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#ticker);
    this.#unfollow();
    this.#wake();
    this.#taken();
  }

  #tick(): void {
    const {idleMs} = this.#parts.limits;
    if (this.#subscriptions.size > 0) this.#idleSince = nowMs();
    if (nowMs() - this.#idleSince > idleMs) {
      this.close('EVENTS_IDLE');
    } else if (this.#isAlive) {
      this.#isAlive = false;
      this.#socket.ping();
    } else this.terminate();
  }

  #onMessage(text: string, isBinary: boolean): void {
    if (this.#isClosed) return;
    const offence = this.#offence(isBinary);
    if (offence !== undefined) {
      this.close(offence);
      return;
    }
    this.#socket.send(this.#answer(text));
    this.#wake();
  }

  /** What is wrong with a message before it is read. */
  #offence(isBinary: boolean): CloseReason | undefined {
    if (isBinary) return 'EVENTS_NOT_TEXT';
    if (!this.#budget.take()) return 'EVENTS_TOO_MANY_MESSAGES';
    const {bufferedBytes} = this.#parts.limits;
    return this.#socket.bufferedAmount > bufferedBytes ? 'EVENTS_TOO_SLOW' : undefined;
  }

  #answer(text: string): string {
    const call = parseEventCall(text);
    if ('error' in call) return errorMessage(call.id, call.error);
    try {
      return resultMessage(call.id, this.#call(call));
    } catch (error) {
      if (error instanceof ApiError) return errorMessage(call.id, error);
      this.#parts.reportInternalError(error);
      return errorMessage(call.id, new ApiError('API_INTERNAL', {problem: 'internal error'}));
    }
  }

  #call({method, params}: EventCall): object {
    switch (method) {
      case 'subscribe':
        return this.#subscribe(params);
      case 'unsubscribe':
        return {removed: this.#subscriptions.delete(String(params['subscription']))};
      case 'ping':
        return params;
      default: {
        const known = 'subscribe, unsubscribe, ping';
        throw new ApiError('API_METHOD_NOT_FOUND', {method: method.slice(0, 64), known});
      }
    }
  }

  #subscribe(params: RawParams): object {
    const {history, limits} = this.#parts;
    const limit = limits.subscriptionsPerConnection;
    if (this.#subscriptions.size >= limit) {
      throw new ApiError('API_TOO_MANY_SUBSCRIPTIONS', {limit});
    }
    const subscription = createSubscription(String(this.#nextId), params, history);
    this.#nextId += 1;
    this.#subscriptions.set(subscription.id, subscription);
    const after = params['after'] ?? cursorToString(endOfBlock(history.end.height - 1n));
    return {subscription: subscription.id, after};
  }

  async #pump(): Promise<void> {
    try {
      while (!this.#isClosed) {
        const woken = new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        let hasMoved = false;
        for (const subscription of [...this.#subscriptions.values()]) {
          if (await this.#advance(subscription)) hasMoved = true;
        }
        if (!hasMoved && !this.#isClosed) await woken;
      }
    } catch (error) {
      if (error instanceof ApiError) return this.close('EVENTS_CURSOR_TOO_OLD');
      this.#parts.reportInternalError(error);
      this.close('EVENTS_INTERNAL');
    }
  }

  /** One batch of one subscription. @returns whether there was any */
  async #advance(subscription: Subscription): Promise<boolean> {
    const {events, next} = await this.#parts.history.read(subscription.place);
    if (next === subscription.place || this.#isClosed) return false;
    subscription.place = next;
    const wanted = events.filter((event) => wants(subscription, event));
    const messages = wanted.map((event) => eventMessage(subscription.id, eventView(event)));
    const {toldHeight} = subscription;
    subscription.toldHeight = wanted.at(-1)?.height ?? toldHeight;
    if (next.height - subscription.toldHeight >= this.#parts.limits.positionBlocks) {
      const cursor = cursorToString(endOfBlock(next.height - 1n));
      messages.push(positionMessage(subscription.id, cursor));
      subscription.toldHeight = next.height;
    }
    await this.#sendAll(messages);
    return true;
  }

  /** Resolves when the last one has been taken, or the connection has ended. */
  async #sendAll(messages: readonly string[]): Promise<void> {
    const last = messages.at(-1);
    if (last === undefined || this.#isClosed) return;
    for (const message of messages.slice(0, -1)) this.#socket.send(message);
    const {promise, resolve} = Promise.withResolvers<void>();
    this.#taken = resolve;
    const patience = setTimeout(() => this.#giveUp(), this.#parts.limits.drainMs);
    this.#socket.send(last, () => resolve());
    await promise;
    clearTimeout(patience);
  }

  /** It reads nothing, so it would not read why either: the frame is tried, the end is sure. */
  #giveUp(): void {
    this.close('EVENTS_TOO_SLOW');
    this.terminate();
  }
}
