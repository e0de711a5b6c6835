import {once} from 'node:events';
import {connect, createServer, type Socket} from 'node:net';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {fromGoTime, GoTime, toGoTime} from '../../src/devnet/host/go-time.ts';
import {lendConnection} from '../../src/devnet/host/lent-connection.ts';
import type {LoopbackServer} from '../../src/devnet/host/loopback-server.ts';
import {openChannel, type UnaryChannel} from '../../src/plugin/grpc/channel.ts';
import {serviceDefinition} from '../../src/plugin/grpc/definitions.ts';
import {bytesToHex, hexToBytes, utf8ToBytes} from '../../src/protocol/bytes.ts';
import {decode, encode} from '../../src/protocol/codec.ts';

describe('Go binary time, by the vectors of host-protocol §7.2', () => {
  const vectors = [
    {hex: '01000000000000000000000000ffff', unixMs: undefined},
    {hex: '010000000ee0e7b0001dcd6500ffff', unixMs: BigInt(Date.parse('2026-01-01T00:00:00.5Z'))},
  ];
  for (const {hex, unixMs} of vectors) {
    it(`${hex} is ${unixMs ?? 'none'}`, () => {
      expect(bytesToHex(encode(GoTime, toGoTime(unixMs)))).toBe(hex);
      expect(fromGoTime(decode(GoTime, hexToBytes(hex)))).toBe(unixMs);
    });
  }
});

describe('a connection that the plugin has taken over', () => {
  let [client, socket]: [Socket | undefined, Socket | undefined] = [undefined, undefined];
  let lent: LoopbackServer;
  let channel: UnaryChannel;

  beforeEach(async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const {port} = server.address() as {port: number};
    client = connect(port, '127.0.0.1');
    [socket] = (await once(server, 'connection')) as [Socket];
    server.close();
    lent = await lendConnection(socket);
    channel = openChannel(lent.address, serviceDefinition('net.conn.Conn'));
  });
  afterEach(async () => {
    channel.close();
    await lent.stop();
    client?.destroy();
    socket?.destroy();
  });

  type Read = {readonly read: Uint8Array; readonly error: {readonly errorCode: number} | null};
  const read = (): Promise<Read> => channel.call<Read>('Read', {length: 100});
  const setDeadline = (method: string, afterMs: number | undefined): Promise<unknown> => {
    const atMs = afterMs === undefined ? undefined : BigInt(Date.now() + afterMs);
    return channel.call(method, {time: encode(GoTime, toGoTime(atMs))});
  };

  it('answers a read with code 2 when its deadline passes, and reads on after a later one', async () => {
    for (const method of ['SetReadDeadline', 'SetDeadline']) {
      await setDeadline(method, 50);
      expect((await read()).error?.errorCode).toBe(2);
      expect((await read()).error?.errorCode).toBe(2);
      await setDeadline(method, undefined);
      const waiting = read();
      client?.write('hello');
      expect(Buffer.from((await waiting).read).toString()).toBe('hello');
    }
  });

  it('ends a read that waits already when the deadline is moved before it', async () => {
    const waiting = read();
    await setDeadline('SetReadDeadline', -1);
    expect((await waiting).error?.errorCode).toBe(2);
  });

  it('fails a write whose deadline has passed, and writes again without one', async () => {
    const payload = utf8ToBytes('hello');
    await setDeadline('SetWriteDeadline', -1);
    await expect(channel.call('Write', {payload})).rejects.toThrow('i/o timeout');
    await setDeadline('SetWriteDeadline', undefined);
    expect(await channel.call('Write', {payload})).toMatchObject({length: 5});
  });
});
