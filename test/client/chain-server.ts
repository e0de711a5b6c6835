import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {type ChainServer, chainServers} from '../../src/client/trusted-root.ts';
import {createApi} from '../../src/plugin/api/json-rpc.ts';
import {apiContext} from '../plugin/api-fixture.ts';
import type {Driver} from '../vm/driver.ts';

/** A result on its way out of a server that lies about some of them. */
// biome-ignore lint/suspicious/noExplicitAny: results of all methods, which a liar changes at will.
export type Lie = (method: string, result: any, params: any) => unknown;

export type ServedState = AsyncDisposable & {readonly url: string; readonly server: ChainServer};

/** The whole API over a chain in memory, on a real socket; `lie` stands between. */
export async function serveState(driver: Driver, lie?: Lie): Promise<ServedState> {
  const api = createApi(apiContext(driver).context);
  const http = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const {method, params} = JSON.parse(body.toString());
    const {status, body: bytes} = await api.handle(body);
    const answer = JSON.parse(new TextDecoder().decode(bytes));
    if (lie !== undefined && answer.error === undefined) {
      answer.result = await lie(method.replace('session.', ''), answer.result, params);
    }
    response.writeHead(status, {'content-type': 'application/json'}).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/ext/bc/x/rpc`;
  const [server] = chainServers([url]);
  if (server === undefined) throw new Error('no server');
  return {
    url,
    server,
    async [Symbol.asyncDispose]() {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}
