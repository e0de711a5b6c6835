import {once} from 'node:events';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {ApiError} from '../../src/client/errors.ts';
import type {ApiMethod} from '../../src/protocol/api.ts';
import type {FakeChain} from './fake-chain.ts';

export type ChainServer = {
  readonly url: string;
  /** Cuts all connections, and every new one until `resume`; the port stays taken. */
  pause(): void;
  resume(): void;
  close(): Promise<void>;
};

/** The fake chain behind HTTP, as a node proxies a plugin's API. Closing it cuts all connections. */
export async function serveChain(chain: FakeChain): Promise<ChainServer> {
  let isPaused = false;
  const server = createServer((req, res) => {
    if (req.method !== 'POST') {
      res.writeHead(405).end();
      return;
    }
    let body = '';
    req.on('data', (chunk) => {
      body += chunk;
    });
    req.on('end', async () => {
      const {id, method, params} = JSON.parse(body) as {
        id: number;
        method: string;
        params: never;
      };
      const name = method.replace('session.', '') as ApiMethod;
      try {
        res.end(JSON.stringify({jsonrpc: '2.0', id, result: await chain.call(name, params)}));
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        const data = {code: error.code, ...error.details};
        res.end(
          JSON.stringify({jsonrpc: '2.0', id, error: {code: -32000, message: error.text, data}}),
        );
      }
    });
  });
  server.on('connection', (socket) => {
    if (isPaused) socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const {port} = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/rpc`,
    pause: () => {
      isPaused = true;
      server.closeAllConnections();
    },
    resume: () => {
      isPaused = false;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** Lets chain time pass at `speed` times real time until the condition holds. */
export async function passTime(
  chain: FakeChain,
  speed: number,
  isThere: () => boolean,
): Promise<void> {
  const tickMs = 50;
  for (let ticks = 0; !isThere(); ticks++) {
    if (ticks > 600) throw new Error(`30 s passed, the chain is in epoch ${chain.epoch}`);
    await new Promise((resolve) => setTimeout(resolve, tickMs));
    chain.advance(tickMs * speed);
  }
}
