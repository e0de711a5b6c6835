import {ApiError, ClientError} from '../client/errors.ts';
import type {ApiMethod, ApiParams, ApiResults, ChainClient} from '../protocol/api.ts';
import {retryMs} from './chain-clock.ts';
import type {DaemonPorts} from './ports.ts';

/** Until the chain has said how long an epoch is, retries go by this, in seconds. */
const ASSUMED_EPOCH_SECONDS = 120;

type Components = {readonly client: ChainClient} & Pick<DaemonPorts, 'logger' | 'sleep' | 'jitter'>;

/** Whether asking again may help: everything but a URL that can never be asked. */
export function isPassing(error: unknown): error is ClientError | ApiError {
  if (error instanceof ClientError) return error.code !== 'CLIENT_BAD_URL';
  return error instanceof ApiError;
}

/** Asks until there is an answer: a chain that restarts, or still bootstraps, is waited for. */
export class PersistentClient {
  readonly #components: Components;
  #epochSeconds = ASSUMED_EPOCH_SECONDS;
  #failures = 0;

  constructor(components: Components) {
    this.#components = components;
  }

  /** Retries go by the chain's own pace from here on. */
  set epochSeconds(seconds: number) {
    this.#epochSeconds = seconds;
  }

  /** Rejects only with the signal's reason, or with an error that asking again cannot cure. */
  async ask<M extends ApiMethod>(
    method: M,
    params: ApiParams[M],
    signal: AbortSignal,
  ): Promise<ApiResults[M]> {
    const {client, sleep, jitter} = this.#components;
    for (;;) {
      try {
        const answer = await client.call(method, params, signal);
        this.#noteAnswer();
        return answer;
      } catch (error) {
        if (signal.aborted || !isPassing(error)) throw error;
        this.#noteFailure(method, error);
        await sleep(retryMs(this.#failures, this.#epochSeconds, jitter()), signal);
      }
    }
  }

  /** One line when the chain falls silent, one when it is back: not one per attempt. */
  #noteFailure(method: string, error: Error): void {
    this.#failures += 1;
    if (this.#failures > 1) return;
    this.#components.logger.warn('chain.silent', {method, reason: error.message});
  }

  #noteAnswer(): void {
    if (this.#failures > 0) this.#components.logger.info('chain.back', {attempts: this.#failures});
    this.#failures = 0;
  }
}
