import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {afterEach, describe, expect, it} from 'vitest';
import {ApiError, ClientError} from '../../src/client/errors.ts';
import {RpcChainClient} from '../../src/client/rpc-chain-client.ts';

const ACCOUNT = {address: '0x00', balance: '12', nextNonce: '3', nonce: '2'};

type Respond = (call: {id: number; method: string; params: unknown}, res: ServerResponse) => void;
let server: Server | undefined;

async function serve(respond: Respond): Promise<string> {
  server = createServer((req: IncomingMessage, res: ServerResponse) => {
    let body = '';
    req.on('data', (chunk) => {
      body += chunk;
    });
    req.on('end', () => respond(JSON.parse(body), res));
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/rpc`;
}

const answer =
  (result: unknown): Respond =>
  ({id}, res) =>
    res.end(JSON.stringify({jsonrpc: '2.0', id, result}));

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail('did not reject'),
    (error: unknown) => error,
  );
}

describe('RpcChainClient', () => {
  it('asks by JSON-RPC 2.0 and hands back the known fields', async () => {
    let asked: unknown;
    const url = await serve((call, res) => {
      asked = {method: call.method, params: call.params};
      answer({...ACCOUNT, newer: true})(call, res);
    });
    const client = new RpcChainClient({url});
    expect(await client.call('getAccount', {address: '0x00'})).toEqual(ACCOUNT);
    expect(asked).toEqual({method: 'session.getAccount', params: {address: '0x00'}});
  });

  it('keeps the server’s code, the exact reason and the facts of a refusal', async () => {
    const data = {code: 'API_TX_REFUSED', reason: 'TX_WRONG_NONCE', expected: '4', deep: {a: 1}};
    const url = await serve(({id}, res) =>
      res.end(JSON.stringify({jsonrpc: '2.0', id, error: {code: -32002, message: 'no', data}})),
    );
    const error = await failure(new RpcChainClient({url}).call('issueTx', {tx: '0x'}));
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      code: 'API_TX_REFUSED',
      reason: 'TX_WRONG_NONCE',
      text: 'no',
      data,
      details: {reason: 'TX_WRONG_NONCE', expected: '4'},
    });
  });

  it('takes an error without a coded part for API_ERROR', async () => {
    const url = await serve(({id}, res) => res.end(JSON.stringify({id, error: 'old style'})));
    const error = await failure(new RpcChainClient({url}).call('getEpoch', {}));
    expect(error).toMatchObject({code: 'API_ERROR', text: 'old style', reason: 'API_ERROR'});
  });

  const bad: readonly (readonly [string, Respond])[] = [
    ['no JSON', (_call, res) => res.end('<html>404</html>')],
    ['JSON of another kind', (_call, res) => res.end('[1]')],
    ['another request’s answer', (_call, res) => res.end('{"jsonrpc":"2.0","id":99,"result":{}}')],
    ['a missing field', answer({address: '0x00', balance: '12', nextNonce: '3'})],
    ['a number where a decimal belongs', answer({...ACCOUNT, balance: 12})],
    ['an amount above 2^64', answer({...ACCOUNT, balance: '18446744073709551616'})],
    ['null', answer(null)],
    ['bytes that are no UTF-8', (_call, res) => res.end(Buffer.from([0x7b, 0xff, 0x7d]))],
    ['a redirect', (_call, res) => res.writeHead(302, {location: '/elsewhere'}).end()],
  ];
  for (const [what, respond] of bad) {
    it(`raises a coded error for ${what}`, async () => {
      const url = await serve(respond);
      const error = await failure(new RpcChainClient({url}).call('getAccount', {address: '0x00'}));
      expect(error).toBeInstanceOf(ClientError);
      const code = what === 'a redirect' ? 'CLIENT_UNREACHABLE' : 'CLIENT_BAD_RESPONSE';
      expect(error).toMatchObject({code});
    });
  }

  it('cuts off an answer that does not end', async () => {
    let written = 0;
    const url = await serve((_call, res) => {
      const chunk = Buffer.alloc(1 << 20, 0x20);
      const more = (): void => {
        while (!res.destroyed && written < 64 << 20) {
          written += chunk.length;
          if (!res.write(chunk)) {
            res.once('drain', more);
            return;
          }
        }
      };
      more();
    });
    const error = await failure(new RpcChainClient({url}).call('getEpoch', {}));
    expect(error).toMatchObject({code: 'CLIENT_BAD_RESPONSE', details: {problem: 'too large'}});
    expect(written).toBeLessThan(32 << 20);
  });

  it('gives up on a silent server after its timeout', async () => {
    const url = await serve(() => undefined);
    const error = await failure(new RpcChainClient({url, timeoutMs: 100}).call('getEpoch', {}));
    expect(error).toMatchObject({code: 'CLIENT_TIMEOUT', details: {timeoutMs: 100}});
  });

  it('says that nobody listens', async () => {
    const url = await serve(answer({}));
    server?.close();
    const error = await failure(new RpcChainClient({url}).call('getEpoch', {}));
    expect(error).toMatchObject({code: 'CLIENT_UNREACHABLE', details: {reason: 'ECONNREFUSED'}});
  });

  it('stops with the reason of the caller’s signal', async () => {
    const url = await serve(() => undefined);
    const stop = new AbortController();
    const call = new RpcChainClient({url}).call('getEpoch', {}, stop.signal);
    const reason = new Error('stop');
    stop.abort(reason);
    expect(await failure(call)).toBe(reason);
  });

  it('refuses a URL that is not http', () => {
    for (const url of ['', 'localhost', 'file:///etc/passwd', 'ftp://x/']) {
      expect(() => new RpcChainClient({url})).toThrow(ClientError);
    }
  });
});
