import {status} from '@grpc/grpc-js';
import {expect, it} from 'vitest';
import {openChannel} from '../../../src/plugin/grpc/channel.ts';
import {serviceDefinition} from '../../../src/plugin/grpc/definitions.ts';
import {startLoopbackServer} from '../../../src/plugin/grpc/server.ts';
import {type AnyUnary, toGrpc} from '../../../src/plugin/grpc/unary.ts';

const HALF = 'half of \ud83d';

it.each<[string, AnyUnary]>([
  [
    'throws',
    () => {
      throw new Error(HALF);
    },
  ],
  ['rejects', () => Promise.reject(new Error(HALF))],
  ['throws what is no error', () => Promise.reject(HALF)],
])(
  'a call that %s with half a character in its text is answered, and so is the next',
  async (_, handler) => {
    const failures: unknown[] = [];
    const service = serviceDefinition('rpcdb.Database');
    const server = await startLoopbackServer((grpc) => {
      grpc.addService(service, {
        HealthCheck: toGrpc(
          'HealthCheck',
          () => handler,
          (_method, error) => failures.push(error),
        ),
      });
    });
    const channel = openChannel(server.address, service);
    const expected = {code: status.UNKNOWN, details: 'half of \ufffd'};
    await expect(channel.call('HealthCheck', {})).rejects.toMatchObject(expected);
    await expect(channel.call('HealthCheck', {})).rejects.toMatchObject(expected);
    expect(failures.length).toBe(2);
    channel.close();
    server.close();
  },
);
