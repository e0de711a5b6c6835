import {connect} from 'node:net';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {type StatusServer, startStatusServer} from '../../src/daemon/status-server.ts';

let server: StatusServer;
let errors: unknown[];

beforeEach(async () => {
  errors = [];
  server = await startStatusServer({
    at: {host: '127.0.0.1', port: 0},
    pages: new Map([
      ['/health', async () => ({status: 503, type: 'application/json', body: '{"healthy":false}'})],
      ['/metrics', () => Promise.reject(new RangeError('broken'))],
    ]),
    onError: (path, error) => errors.push([path, error]),
  });
});
afterEach(() => server[Symbol.asyncDispose]());

const get = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`http://127.0.0.1:${server.port}${path}`, init);

/** Sends raw bytes and answers everything that came until the server hung up. */
function raw(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(server.port, '127.0.0.1', () => socket.write(bytes));
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
  });
}

describe('the status server', () => {
  it('answers a page with its status and type', async () => {
    const answer = await get('/health?x=1');
    expect(answer.status).toBe(503);
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(await answer.json()).toEqual({healthy: false});
    const head = await get('/health', {method: 'HEAD'});
    expect([head.status, head.headers.get('content-length')]).toEqual([503, '17']);
    expect(await head.text()).toBe('');
  });

  const refused: readonly (readonly [string, string, number])[] = [
    ['GET', '/', 404],
    ['GET', '/healthy', 404],
    ['GET', '/health/', 404],
    ['GET', '/../health/x', 404],
    ['POST', '/nothing', 404],
    ['POST', '/health', 405],
    ['DELETE', '/metrics', 405],
  ];
  for (const [method, path, status] of refused) {
    it(`answers ${status} to ${method} ${path}`, async () => {
      const answer = await get(path, {method, ...(method === 'POST' ? {body: 'x'} : {})});
      expect(answer.status).toBe(status);
      expect(answer.headers.get('allow')).toBe(status === 405 ? 'GET, HEAD' : null);
    });
  }

  it('keeps the reason of a failed page to itself', async () => {
    const answer = await get('/metrics');
    expect(answer.status).toBe(500);
    expect(await answer.text()).toBe('internal error\n');
    expect(errors).toEqual([['/metrics', new RangeError('broken')]]);
  });

  it('refuses headers that are too large, and bytes that are no HTTP', async () => {
    const long = `GET /health HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(9000)}\r\n\r\n`;
    expect(await raw(long)).toMatch(/^HTTP\/1\.1 431 /);
    expect(await raw('\x16\x03\x01\x02\x00\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    expect((await get('/health')).status).toBe(503);
  });

  it('lets a bounded number in at once, and goes on after them', async () => {
    const sockets = Array.from({length: 40}, () => connect(server.port, '127.0.0.1'));
    let dropped = 0;
    for (const socket of sockets) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        dropped += 1;
      });
    }
    while (dropped < 8) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(sockets.filter(({destroyed}) => !destroyed)).toHaveLength(32);
    for (const socket of sockets) socket.destroy();
    while (dropped < 40) await new Promise((resolve) => setTimeout(resolve, 5));
    expect((await get('/health')).status).toBe(503);
  });

  it('closes at once, whoever is still connected', async () => {
    const socket = connect(server.port, '127.0.0.1');
    const closed = new Promise((resolve) => socket.on('close', resolve));
    await new Promise((resolve) => socket.on('connect', resolve));
    await server[Symbol.asyncDispose]();
    await closed;
    await expect(get('/health')).rejects.toThrow();
  });

  const unusable: readonly (readonly [string, () => number, string])[] = [
    ['127.0.0.1', () => server.port, 'EADDRINUSE'],
    // Nobody's address: the machine itself refuses it, and nothing is sent.
    ['192.0.2.1', () => 0, 'EADDRNOTAVAIL'],
    // Too long for a name: nobody is asked for it.
    ['x'.repeat(300), () => 0, ''],
  ];
  for (const [host, port, reason] of unusable) {
    it(`names the setting when it cannot listen at ${host.slice(0, 20)}`, async () => {
      const at = {host, port: port()};
      const starting = startStatusServer({at, pages: new Map(), onError: () => undefined});
      await expect(starting).rejects.toMatchObject({
        code: 'DAEMON_LISTEN_FAILED',
        details: {setting: 'metrics', host, port: at.port, reason: expect.stringContaining(reason)},
      });
    });
  }
});
