import {once} from 'node:events';
import {waitFor} from './harness.ts';

type Message = {
  readonly id?: unknown;
  readonly method?: string;
  // biome-ignore lint/suspicious/noExplicitAny: answers of several methods, looked at field by field.
  readonly params?: any;
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  readonly result?: any;
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  readonly error?: any;
};

export const wsUrl = (rpcUrl: string): string =>
  rpcUrl.replace(/^http/, 'ws').replace(/\/rpc$/, '/ws');

/** A client of `/ws`, by the WebSocket that Node brings. */
export class WsClient {
  readonly socket: WebSocket;
  readonly messages: Message[] = [];
  closed: {readonly code: number; readonly reason: string} | undefined;
  #nextId = 100;

  private constructor(url: string) {
    this.socket = new WebSocket(url);
    this.socket.addEventListener('message', ({data}) => {
      this.messages.push(JSON.parse(String(data)) as Message);
    });
    this.socket.addEventListener('close', ({code, reason}) => {
      this.closed = {code, reason};
    });
  }

  static async open(url: string): Promise<WsClient> {
    const client = new WsClient(url);
    await Promise.race([once(client.socket, 'open'), once(client.socket, 'error')]);
    if (client.socket.readyState !== WebSocket.OPEN) throw new Error(`no WebSocket at ${url}`);
    return client;
  }

  async call(method: string, params: object = {}): Promise<Message> {
    const id = this.#nextId++;
    this.socket.send(JSON.stringify({jsonrpc: '2.0', id, method, params}));
    await waitFor(() => this.messages.some((message) => message.id === id));
    return this.messages.find((message) => message.id === id) as Message;
  }

  /** Events so far, of one subscription if it is named. */
  events(subscription?: string) {
    return this.messages
      .filter(({method}) => method === 'event')
      .filter(({params}) => subscription === undefined || params.subscription === subscription)
      .map(({params}) => params.event);
  }

  async close(): Promise<void> {
    if (this.closed !== undefined) return;
    this.socket.close();
    await waitFor(() => this.closed !== undefined);
  }
}
