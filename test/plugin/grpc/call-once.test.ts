import {once} from 'node:events';
import {createServer, type IncomingHttpHeaders, type ServerHttp2Stream} from 'node:http2';
import {type AddressInfo, createServer as createTcpServer} from 'node:net';
import {afterEach, describe, expect, it} from 'vitest';
import {SERVICES} from '../../../src/devnet/host/host-definitions.ts';
import {startLoopbackServer} from '../../../src/devnet/host/loopback-server.ts';
import {addUnaryService} from '../../../src/devnet/host/unary-service.ts';
import {callOnce, UNAVAILABLE} from '../../../src/plugin/grpc/call-once.ts';
import {encodeAnnounced, INITIALIZE_PATH} from '../../../src/plugin/grpc/runtime-service.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const request = Uint8Array.of(1, 2, 3);
const call = (address: string, timeoutMs = 5000) =>
  callOnce({address, path: '/a.B/C', request, timeoutMs});

/** A server that answers by hand; its address. */
async function serve(
  answer: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void,
): Promise<string> {
  const server = createServer();
  server.on('stream', answer);
  server.on('sessionError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('one call without grpc-js', () => {
  it('reaches a server of grpc-js, and brings its refusal back', async () => {
    const seen: object[] = [];
    const server = await startLoopbackServer((grpc) =>
      addUnaryService(grpc, SERVICES.runtime, {
        Initialize: async (announced: {protocolVersion: number}) => {
          seen.push(announced);
          if (announced.protocolVersion !== 45) throw new Error('expected 45 – 100 %');
          return {};
        },
      }),
    );
    closing.push(() => server.stop());
    const announce = (protocolVersion: number) =>
      callOnce({
        address: server.address,
        path: INITIALIZE_PATH,
        request: encodeAnnounced({protocolVersion, addr: '127.0.0.1:1'}),
        timeoutMs: 5000,
      });
    expect(await announce(45)).toMatchObject({code: 0});
    expect(await announce(44)).toMatchObject({
      text: expect.stringContaining('expected 45 – 100 %'),
    });
    expect((await announce(44))?.code).not.toBe(0);
    expect(seen[0]).toEqual({protocolVersion: 45, addr: '127.0.0.1:1'});
    while (server.connections() > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  });

  it('sends what gRPC asks for: headers, then one message with its length', async () => {
    const bodies: Buffer[] = [];
    const headers: IncomingHttpHeaders[] = [];
    const address = await serve((stream, asked) => {
      headers.push(asked);
      stream.on('data', (chunk: Buffer) => bodies.push(chunk));
      stream.on('end', () => {
        stream.respond({':status': 200}, {waitForTrailers: true});
        stream.on('wantTrailers', () => stream.sendTrailers({'grpc-status': '0'}));
        stream.end(Buffer.alloc(5));
      });
    });
    expect(await call(address)).toEqual({code: 0, text: ''});
    expect(headers).toMatchObject([
      {':method': 'POST', ':path': '/a.B/C', 'content-type': 'application/grpc', te: 'trailers'},
    ]);
    expect(Buffer.concat(bodies)).toEqual(Buffer.from([0, 0, 0, 0, 3, 1, 2, 3]));
  });

  it.each([
    [{':status': 200, 'grpc-status': '9', 'grpc-message': 'not%20now%21'}, 9, 'not now!'],
    [{':status': 200, 'grpc-status': '9', 'grpc-message': '100 %'}, 9, '100 %'],
    [{':status': 200, 'grpc-status': '14'}, UNAVAILABLE, ''],
    [{':status': 404}, 2, 'HTTP status 404, not of gRPC'],
    [{':status': 200}, 2, 'HTTP status 200, not of gRPC'],
  ])('reads the status of an answer of headers alone: %o', async (headers, code, text) => {
    const address = await serve((stream) => stream.respond(headers, {endStream: true}));
    expect(await call(address)).toEqual({code, text});
  });

  it('takes an answer that is cut off for nobody there', async () => {
    const ended = await serve((stream) => stream.close());
    expect(await call(ended)).toMatchObject({code: UNAVAILABLE});
    const broken = await serve((stream) => stream.session?.socket.destroy());
    expect(await call(broken)).toMatchObject({code: UNAVAILABLE});
  });

  it('rejects where nobody listens, where no HTTP/2 is spoken, and what is no address', async () => {
    await expect(call('127.0.0.1:9')).rejects.toMatchObject({code: 'ECONNREFUSED'});
    await expect(call('no address')).rejects.toMatchObject({code: 'ERR_INVALID_URL'});
    const tcp = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    });
    tcp.listen(0, '127.0.0.1');
    await once(tcp, 'listening');
    closing.push(() => tcp.close());
    await expect(call(`127.0.0.1:${(tcp.address() as AddressInfo).port}`)).rejects.toThrow();
  });

  it('is undefined when there is no answer in time, and lets go of the connection', async () => {
    const closed = Promise.withResolvers<void>();
    const address = await serve((stream) => {
      stream.on('error', () => undefined);
      stream.session?.on('close', () => closed.resolve());
    });
    expect(await call(address, 50)).toBeUndefined();
    await closed.promise;
  });
});
