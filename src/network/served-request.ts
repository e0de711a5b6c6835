import type {NodeId} from '../protocol/bytes.ts';
import type {ServeContext} from './overlay.ts';

/**
 * One request that is being answered, as its handler sees it. PERF: the signal is made for those who ask
 * for it; most requests end without.
 */
export class ServedRequest implements ServeContext {
  readonly remotePeerId: string;
  readonly nodeId: NodeId | undefined;
  /** Told once, when the request is aborted. */
  onAbort: ((reason: unknown) => void) | undefined;
  #controller: AbortController | undefined;
  #abort: {readonly reason: unknown} | undefined;

  constructor({remotePeerId, nodeId}: Omit<ServeContext, 'signal'>) {
    this.remotePeerId = remotePeerId;
    this.nodeId = nodeId;
  }

  get isAborted(): boolean {
    return this.#abort !== undefined;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#abort !== undefined) this.#controller.abort(this.#abort.reason);
    }
    return this.#controller.signal;
  }

  /** The first reason counts. */
  abort(reason: unknown): void {
    if (this.#abort !== undefined) return;
    this.#abort = {reason};
    this.#controller?.abort(reason);
    this.onAbort?.(reason);
  }
}
