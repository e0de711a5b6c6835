import {type Stream, StreamCloseEvent, StreamMessageEvent} from '@libp2p/interface';

/** One end of a stream, as far as frames need it; the test is the other side. */
export class FakeStream extends EventTarget {
  status = 'open';
  readStatus = 'readable';
  readableEnded = false;
  readonly readBufferLength = 0;
  readonly writeBufferLength = 0;
  readonly writableNeedsDrain = false;
  /** What the other side got. */
  readonly sent: Uint8Array[] = [];
  /** Why this side ended it. */
  error: Error | undefined;

  get asStream(): Stream {
    return this as unknown as Stream;
  }

  arrive(bytes: Uint8Array): void {
    this.dispatchEvent(new StreamMessageEvent(bytes));
  }

  send(bytes: Uint8Array): boolean {
    this.sent.push(bytes);
    return true;
  }

  pause(): void {
    this.readStatus = 'paused';
  }

  resume(): void {
    this.readStatus = 'readable';
  }

  abort(error: Error): void {
    if (this.status !== 'open') return;
    this.error = error;
    this.end('aborted');
  }

  /** As when the other side resets it, or its connection is gone. */
  end(status = 'reset'): void {
    this.status = status;
    this.readStatus = 'closed';
    this.readableEnded = true;
    this.dispatchEvent(new StreamCloseEvent());
  }
}
