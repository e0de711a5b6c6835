import {Duplex} from 'node:stream';
import {concatBytes} from '../../protocol/bytes.ts';
import {openChannel, type UnaryChannel} from './channel.ts';
import {serviceDefinition} from './definitions.ts';

type ReadAnswer = {
  readonly read: Uint8Array;
  readonly error?: {readonly errorCode: number; readonly message: string} | null;
};
type WriteAnswer = {readonly error?: string};

const READ_BYTES = 65_536;

type Done = (error?: Error | null) => void;

/**
 * A connection that the node has handed over, as a stream. Input comes through the node's buffered
 * reader, which may hold bytes already; output goes past its writer, which nobody can flush.
 * Host-protocol §2.9. A connection that breaks just ends: it is a stranger's.
 */
export class HijackedStream extends Duplex {
  readonly #reader: UnaryChannel;
  readonly #connection: UnaryChannel;
  #isReading = false;

  constructor(address: string) {
    super({allowHalfOpen: false});
    this.#reader = openChannel(address, serviceDefinition('io.reader.Reader'));
    this.#connection = openChannel(address, serviceDefinition('net.conn.Conn'));
  }

  override _read(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    void this.#readOnce();
  }

  async #readOnce(): Promise<void> {
    const answer = await this.#reader
      .call<ReadAnswer>('Read', {length: READ_BYTES})
      .catch(() => undefined);
    this.#isReading = false;
    if (this.destroyed) return;
    const read = answer?.read ?? new Uint8Array();
    const isOver = answer === undefined || (answer.error ?? null) !== null;
    if (read.length > 0) this.push(read);
    if (isOver) this.push(null);
    else if (read.length === 0) this._read();
  }

  async #send(payload: Uint8Array, done: Done): Promise<void> {
    const answer = await this.#connection
      .call<WriteAnswer>('Write', {payload})
      .catch(() => undefined);
    done();
    if (answer === undefined || (answer.error ?? '') !== '') this.destroy();
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: Done): void {
    void this.#send(chunk, done);
  }

  /** What waits goes in one call: a frame's head and body always come together. */
  override _writev(chunks: readonly {readonly chunk: Uint8Array}[], done: Done): void {
    void this.#send(concatBytes(...chunks.map(({chunk}) => chunk)), done);
  }

  override _final(done: Done): void {
    const close = this.#connection.call('Close', {});
    close.then(
      () => done(),
      () => done(),
    );
  }

  override _destroy(error: Error | null, done: Done): void {
    const letGo = (): void => {
      this.#reader.close();
      this.#connection.close();
      done(error);
    };
    // The node's side must not outlive ours; closing twice is harmless.
    this.#connection.call('Close', {}).then(letGo, letGo);
  }
}
